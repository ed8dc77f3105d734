import AnimoKernelArguments

/// Recipe by which a network's outputs are laid over a picture: which of its channels paint, and which move what lies
/// below.
package struct Layering: Sendable {
    /// First of one alpha or of four, and whether there are four: one for each of R, G, B, A.
    package var alpha: Int
    /// Whether each of R, G, B and A has an alpha of its own.
    package var hasFourAlphas: Bool
    /// First of the four channels of colour.
    package var colour: Int
    /// First of the two channels by which what lies below is moved, x and y in halves of the picture.
    package var grid: Int?
    /// Whether picture and colour change places in the mix.
    package var isSwapped: Bool

    /// Creates a recipe from its fields.
    package init(
        alpha: Int, hasFourAlphas: Bool = false, colour: Int, grid: Int? = nil, isSwapped: Bool = false
    ) {
        self.alpha = alpha
        self.hasFourAlphas = hasFourAlphas
        self.colour = colour
        self.grid = grid
        self.isSwapped = isSwapped
    }
}

/// Pictures of four channels, RGBA, each -1…1.
extension ComputeContext {
    /// α · colour + (1 − α) · below, α = sigmoid and colour = tanh of the heads' channels; below is `picture`, moved by
    /// the heads' grid where there is one: pixel (x, y) is read at (x + gx · W/2, y + gy · H/2), bilinear, held inside.
    ///
    /// - Parameters:
    ///   - picture: (H, W, 4)
    ///   - heads: (H, W, channels), before sigmoid and tanh.
    ///   - moved: a grid to add to the heads', by its first channel in a tensor of the same size.
    ///   - clearsSpecks: whether what is painted away from all that lies below is cleared (``Speck``).
    /// - Returns: (H, W, 4)
    package func layer(
        _ layering: Layering, _ heads: Tensor, over picture: Tensor, moved: (tensor: Tensor, channel: Int)? = nil,
        clearsSpecks: Bool = false
    ) -> Tensor {
        let output = workspace.tensor(batch: picture.batch, height: picture.height, width: picture.width, channels: 4)
        let covered = clearsSpecks ? workspace.bytes(picture.batch * picture.pixels) : nil
        pool.run(
            picture.batch * picture.height,
            LayerRows(
                picture: picture, heads: heads, layering: layering, grid: layering.grid.map { (heads, $0) },
                moved: moved, covered: covered, output: output, kernel: kernels.narrow))
        if let covered { clearSpecks(output, awayFrom: covered) }
        return output
    }

    /// `picture` moved by a grid alone, as in ``layer(_:_:over:moved:)``.
    ///
    /// - Parameter grid: a tensor of the picture's size and the grid's first channel in it.
    package func warp(
        _ picture: Tensor, by grid: (tensor: Tensor, channel: Int), adding moved: (tensor: Tensor, channel: Int)? = nil
    ) -> Tensor {
        let output = workspace.tensor(batch: picture.batch, height: picture.height, width: picture.width, channels: 4)
        pool.run(
            picture.batch * picture.height,
            LayerRows(
                picture: picture, heads: nil, layering: nil, grid: grid, moved: moved, covered: nil, output: output,
                kernel: kernels.narrow))
        return output
    }

    /// One picture in sRGB, 0…1: colour from linear light, alpha as it is. (H, W, 4)
    package func displayPicture(_ tensor: Tensor, _ picture: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: tensor.pixels * 4) { buffer, written in
            guard let target = buffer.baseAddress else { return }
            pool.run(
                tensor.height,
                DisplayRows(source: tensor, picture: picture, target: target, kernel: kernels.narrow))
            written = tensor.pixels * 4
        }
    }

    /// The square part of a picture at (left, top).
    package func cut(_ picture: Tensor, left: Int, top: Int, side: Int) -> Tensor {
        let output = workspace.tensor(batch: picture.batch, height: side, width: side, channels: picture.channels)
        for index in 0..<picture.batch {
            for y in 0..<side {
                (output.pictures[index] + y * side * output.depth).update(
                    from: picture.pictures[index] + ((top + y) * picture.width + left) * picture.depth,
                    count: side * picture.depth)
            }
        }
        return output
    }

    /// Writes `part` over a picture at (left, top).
    package func paste(_ part: Tensor, onto picture: Tensor, left: Int, top: Int) {
        for index in 0..<picture.batch {
            for y in 0..<part.height {
                (picture.pictures[index] + ((top + y) * picture.width + left) * picture.depth).update(
                    from: part.pictures[index] + y * part.width * part.depth, count: part.width * part.depth)
            }
        }
    }

    /// A picture laid over another by its own alpha: colour from both, alpha that of the one below.
    ///
    /// RGB = a · over + (1 − a) · below, a = (over's alpha + 1) / 2
    package func merge(_ over: Tensor, onto below: Tensor) -> Tensor {
        let output = workspace.tensor(batch: below.batch, height: below.height, width: below.width, channels: 4)
        for index in 0..<below.batch {
            let (upper, lower, target) = (over.pictures[index], below.pictures[index], output.pictures[index])
            for pixel in 0..<below.pixels {
                let place = pixel * below.depth
                let alpha = (upper[place + 3] + 1) / 2
                for channel in 0..<3 {
                    target[place + channel] =
                        alpha * upper[place + channel] + (1 - alpha) * lower[place + channel]
                }
                target[place + 3] = lower[place + 3]
                for channel in 4..<below.depth { target[place + channel] = 0 }
            }
        }
        return output
    }

    /// `picture` and, enlarged by two (bilinear, unaligned corners), a smaller picture and the first two channels of a
    /// grid side by side: (2h, 2w, 4 + 4 + 2).
    package func joinEnlarged(_ picture: Tensor, _ small: Tensor, _ grid: Tensor) -> Tensor {
        let output = workspace.tensor(
            batch: picture.batch, height: picture.height, width: picture.width, channels: 10)
        pool.run(
            picture.batch * picture.height,
            EnlargedRows(picture: picture, small: small, grid: grid, output: output, kernel: kernels.narrow))
        return output
    }

    /// Two pictures of four channels side by side: (H, W, 8).
    package func join(_ a: Tensor, _ b: Tensor) -> Tensor {
        let output = workspace.tensor(batch: a.batch, height: a.height, width: a.width, channels: 8)
        for index in 0..<a.batch {
            for pixel in 0..<a.pixels {
                let target = output.pictures[index] + pixel * output.depth
                target.update(from: a.pictures[index] + pixel * a.depth, count: 4)
                (target + 4).update(from: b.pictures[index] + pixel * b.depth, count: 4)
            }
        }
        return output
    }

    /// Some channels of one picture, (height, width, channels).
    package func values(_ tensor: Tensor, _ picture: Int, channels: Range<Int>) -> [Float] {
        let source = tensor.pictures[picture]
        return (0..<tensor.pixels).flatMap { pixel in channels.map { source[pixel * tensor.depth + $0] } }
    }
}

private struct LayerRows: PoolWork {
    let picture: Tensor
    let heads: Tensor?
    let layering: Layering?
    let grid: (tensor: Tensor, channel: Int)?
    let moved: (tensor: Tensor, channel: Int)?
    /// (batch, height, width)
    let covered: UnsafeMutablePointer<UInt8>?
    let output: Tensor
    let kernel: KernelTable

    func run(_ task: Int, by worker: Int) {
        let (height, width) = (picture.height, picture.width)
        let (index, y) = (task / height, task % height)
        func row(_ tensor: Tensor, _ channel: Int = 0) -> UnsafePointer<Float> {
            UnsafePointer(tensor.pictures[index] + y * width * tensor.depth + channel)
        }
        var arguments = LayerRowArguments(
            picture: picture.pictures[index], picturePixel: picture.depth, height: height, width: width, y: y,
            output: output.pictures[index] + y * width * output.depth, outputPixel: output.depth)
        if let heads, let layering {
            arguments.heads = row(heads)
            arguments.headsPixel = heads.depth
            arguments.alpha = layering.alpha
            arguments.hasFourAlphas = layering.hasFourAlphas
            arguments.colour = layering.colour
            arguments.isSwapped = layering.isSwapped
        }
        if let grid {
            arguments.grid = row(grid.tensor, grid.channel)
            arguments.gridPixel = grid.tensor.depth
        }
        if let moved {
            arguments.baseGrid = row(moved.tensor, moved.channel)
            arguments.baseGridPixel = moved.tensor.depth
        }
        if let covered {
            arguments.covered = covered + task * width
            arguments.coveringAlpha = Speck.coveringAlpha
        }
        kernel.layerRow(arguments)
    }
}

private struct DisplayRows: PoolWork {
    let source: Tensor
    let picture: Int
    /// (height, width, 4)
    let target: UnsafeMutablePointer<Float>
    let kernel: KernelTable

    func run(_ y: Int, by worker: Int) {
        kernel.displayRow(
            DisplayRowArguments(
                input: source.pictures[picture] + y * source.width * source.depth, inputPixel: source.depth,
                width: source.width, output: target + y * source.width * 4))
    }
}

private struct EnlargedRows: PoolWork {
    let picture: Tensor
    let small: Tensor
    let grid: Tensor
    let output: Tensor
    let kernel: KernelTable

    func run(_ task: Int, by worker: Int) {
        let (index, y) = (task / output.height, task % output.height)
        // The two rows of the small pictures that this one lies between, and how far.
        let place = max(0.5 * (Float(y) + 0.5) - 0.5, 0)
        let upper = Int(place)
        let lower = min(upper + 1, small.height - 1)
        func row(_ tensor: Tensor, _ y: Int) -> UnsafePointer<Float> {
            UnsafePointer(tensor.pictures[index] + y * tensor.width * tensor.depth)
        }
        kernel.enlargeRow(
            EnlargeRowArguments(
                picture: row(picture, y), picturePixel: picture.depth, upper: row(small, upper),
                lower: row(small, lower), smallPixel: small.depth, gridUpper: row(grid, upper),
                gridLower: row(grid, lower), gridPixel: grid.depth, down: place - Float(upper), width: small.width,
                output: output.pictures[index] + y * output.width * output.depth, outputPixel: output.depth))
    }
}
