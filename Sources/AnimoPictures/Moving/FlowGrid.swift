/// Source position of each part of a rendered picture in its source's square, at the flow's own size.
///
/// Positions count half-pixel centres: -1 is the square's left or upper edge, 1 its right or lower one. Grids of
/// another size are resized bilinearly, as networks resize their deformations.
///
/// The same numbers as AnimoModel's `FlowField`, which this module may not import, with displacements in pixels and
/// with one cell at least; AnimoServer makes one of the other.
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

    /// Displacement of each place of the grid, in pixels of a square of that many: position − own place. One that is
    /// not a number is 0, and none is longer than ``farthest``.
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
