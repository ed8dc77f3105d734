/// Where each part of a rendered picture comes from in its source's square, at the flow's own size.
///
/// Positions count half-pixel centres: -1 is the square's left or upper edge, 1 its right or lower one. Grids of another
/// size are resized bilinearly, as networks resize their deformations.
package struct FlowGrid: Sendable, Equatable {
    /// Columns.
    package let width: Int
    /// Rows.
    package let height: Int
    /// (height, width, 2), x then y.
    package let positions: [Float]

    /// - Parameter positions: (height, width, 2); cut or filled with 0, the middle, to that length.
    package init(positions: [Float], width: Int, height: Int) {
        self.width = max(1, width)
        self.height = max(1, height)
        let count = self.width * self.height * 2
        self.positions =
            positions.count == count
            ? positions : Array(positions.prefix(count)) + [Float](repeating: 0, count: max(0, count - positions.count))
    }

    /// How far the motion carries each place of the grid, in pixels of a square of that many: position − own place.
    /// What is not a number stays in its place, and nothing goes further than ``farthest``.
    func displacements(squareWidth: Double, squareHeight: Double) -> [SIMD2<Float>] {
        let size = SIMD2(Double(width), Double(height))
        let square = SIMD2(squareWidth, squareHeight)
        return (0..<(width * height)).map { place in
            let at = SIMD2(Double(positions[2 * place]), Double(positions[2 * place + 1]))
            let own = (SIMD2(Double(place % width), Double(place / width)) + 0.5) / size
            let moved = ((at + 1) / 2 - own) * square
            return SIMD2<Float>(Self.bounded(moved.x), Self.bounded(moved.y))
        }
    }

    /// In pixels, beyond every picture: an enormous number must not overflow an index.
    private static let farthest = 32768.0

    private static func bounded(_ value: Double) -> Float {
        value.isNaN ? 0 : Float(min(max(value, -farthest), farthest))
    }
}

/// A picture as the networks drew it, and where its parts come from.
package struct DrawnHead: Sendable {
    /// Width in pixels.
    package let width: Int
    /// Height in pixels.
    package let height: Int
    /// Motion that the networks found for it.
    package let flow: FlowGrid
    /// (height, width), red, green and blue, 0 … 255.
    let levels: [SIMD4<Float>]

    /// - Parameters:
    ///   - pixels: (height, width, 3), 0 … 1; clamped to that, what is not a number counts as black.
    package init(pixels: [Float], width: Int, height: Int, flow: FlowGrid) {
        self.width = max(1, width)
        self.height = max(1, height)
        self.flow = flow
        let count = self.width * self.height
        func level(_ index: Int) -> Float {
            let value = index < pixels.count ? pixels[index] : 0
            return value > 0 ? min(value, 1) * 255 : 0
        }
        levels = (0..<count).map { SIMD4(level(3 * $0), level(3 * $0 + 1), level(3 * $0 + 2), 0) }
    }
}
