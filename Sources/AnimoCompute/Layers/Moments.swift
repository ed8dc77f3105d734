import AnimoKernelArguments

/// Mean and biased variance of every channel over each picture, (batch, depth) each.
package struct Moments {
    let mean: UnsafeMutablePointer<Float>
    let variance: UnsafeMutablePointer<Float>
    let depth: Int
    let pixels: Int

    /// Mean then variance of one picture, to be kept.
    package func values(_ picture: Int) -> [Float] {
        Array(UnsafeBufferPointer(start: mean + picture * depth, count: depth))
            + Array(UnsafeBufferPointer(start: variance + picture * depth, count: depth))
    }
}

/// Means and squared deviations of the bands of a batch of pictures, (batch, bands, 2, depth).
struct BandSums {
    let sums: UnsafeMutablePointer<Float>
    let tensor: Tensor
    let bands: Bands

    init(_ workspace: Workspace, _ tensor: Tensor, _ bands: Bands) {
        sums = workspace.floats(tensor.batch * bands.count * 2 * tensor.depth)
        self.tensor = tensor
        self.bands = bands
    }

    /// Measures one band, whose rows have just been written.
    @inline(__always)
    func measure(_ picture: Int, _ band: Int, _ kernels: KernelTable) {
        let (depth, rows) = (tensor.depth, bands.rows(band))
        let mean = sums + (picture * bands.count + band) * 2 * depth
        kernels.bandMoments(
            BandMomentsArguments(
                values: tensor.pictures[picture] + rows.lowerBound * tensor.width * depth,
                pixels: rows.count * tensor.width, channels: depth, mean: mean, deviation: mean + depth))
    }

    /// Joins the bands in order.
    func moments(_ workspace: Workspace) -> Moments {
        Moments(workspace, joining: sums, of: tensor, parts: bands.count) { bands.rows($0).count * tensor.width }
    }
}

extension Moments {
    /// Joins the moments of the parts that pictures were cut into, in the parts' order (Chan, Golub & LeVeque 1979).
    ///
    /// - Parameters:
    ///   - sums: means and squared deviations of the parts of a batch of pictures, (batch, parts, 2, depth).
    ///   - tensor: the pictures.
    ///   - pixels: of each part.
    init(
        _ workspace: Workspace, joining sums: UnsafeMutablePointer<Float>, of tensor: Tensor, parts: Int,
        pixels: (_ part: Int) -> Int
    ) {
        let depth = tensor.depth
        let joined = workspace.floats(tensor.batch * 2 * depth)
        self.init(mean: joined, variance: joined + tensor.batch * depth, depth: depth, pixels: tensor.pixels)
        // Part by part, all channels of a part at once: what depends on the counts is the same for every channel.
        let running = workspace.doubles(2 * depth)
        let (mean, deviation) = (running, running + depth)
        for picture in 0..<tensor.batch {
            for channel in 0..<(2 * depth) { running[channel] = 0 }
            var count = 0.0
            for part in 0..<parts {
                let place = sums + (picture * parts + part) * 2 * depth
                let more = Double(pixels(part))
                let (share, cross) = (more / (count + more), count * more / (count + more))
                for channel in 0..<depth {
                    let step = Double(place[channel]) - mean[channel]
                    deviation[channel] += Double(place[depth + channel]) + step * step * cross
                    mean[channel] += step * share
                }
                count += more
            }
            for channel in 0..<depth {
                self.mean[picture * depth + channel] = Float(mean[channel])
                variance[picture * depth + channel] = Float(max(0, deviation[channel]) / count)
            }
        }
    }
}
