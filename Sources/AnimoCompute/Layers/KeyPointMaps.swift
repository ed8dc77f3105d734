import Foundation

extension ComputeContext {
    /// Key points from a detector's maps: a softmax over each point's pixels, and under it the mean place and the mean
    /// Jacobian (Siarohin et al. 2019).
    ///
    /// value = Σ heat · grid, jacobian = Σ heat · map; the grid goes from -1 to 1 between the outermost pixels'
    /// centres.
    ///
    /// - Parameters:
    ///   - maps: (h, w, 5 · points): each point's logits, then four maps of Jacobians for each.
    ///   - temperature: what logits are divided by.
    /// - Returns: for each picture six numbers of each point: x, y, then the Jacobian row by row.
    package func keyPoints(_ maps: Tensor, points: Int, temperature: Float) -> [[Float]] {
        if isReference { return referenceKeyPoints(maps, points: points, temperature: temperature) }
        let room = workspace.floats(maps.batch * points * 6)
        let (width, height, depth) = (maps.width, maps.height, maps.depth)
        pool.run(maps.batch * points) { task in
            let (picture, point) = (task / points, task % points)
            let values = maps.pictures[picture]
            var largest = -Float.infinity
            for pixel in 0..<maps.pixels { largest = max(largest, values[pixel * depth + point]) }
            var sums = SIMD8<Double>.zero
            for y in 0..<height {
                let gridY = height > 1 ? 2 * (Float(y) / Float(height - 1)) - 1 : 0
                for x in 0..<width {
                    let place = values + (y * width + x) * depth
                    let heat = Double(exp((place[point] - largest) / temperature))
                    let gridX = width > 1 ? 2 * (Float(x) / Float(width - 1)) - 1 : 0
                    let jacobian = place + points + 4 * point
                    sums +=
                        heat
                        * SIMD8(
                            Double(gridX), Double(gridY), Double(jacobian[0]), Double(jacobian[1]), Double(jacobian[2]),
                            Double(jacobian[3]), 1, 0)
                }
            }
            for index in 0..<6 { room[task * 6 + index] = Float(sums[index] / sums[6]) }
        }
        return (0..<maps.batch).map { picture in
            Array(UnsafeBufferPointer(start: room + picture * points * 6, count: points * 6))
        }
    }
}
