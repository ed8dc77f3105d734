/// Weights by which the picture's edge alone accounts for constant planes.
struct EdgeWeights: Sendable {
    let kernel: Int
    /// (planes, k, k)
    let taps: [Float]
    /// (planes)(padded outputs), the 1×1 half's weights.
    let products: [[Float]]
}

/// Difference of each pixel near a picture's edge from the pixels inside, for constant planes padded with zeros.
///
/// For plane p with number v and taps w, whose sum is S inside and S(y, x) over the taps that lie in the picture:
/// Σ v · (S(y, x) − S) · weights[p, m]. Rows are of 2r + 1 kinds, r = k/2: the r first ones, those inside, the r last.
struct EdgeSums {
    private let radius: Int
    private let rows: Int
    private let columns: Int
    private let outputs: Int
    /// (kinds of rows, kinds of columns, outputs)
    private let sums: UnsafeMutablePointer<Float>

    init(_ workspace: Workspace, _ weights: EdgeWeights, _ planes: [Float], height: Int, width: Int) {
        radius = weights.kernel / 2
        outputs = weights.products.first?.count ?? 0
        rows = height
        columns = width
        let (down, across) = (Self.kinds(height, radius), Self.kinds(width, radius))
        sums = workspace.floats(down.count * across.count * outputs)
        let side = weights.kernel
        for (i, y) in down.enumerated() {
            for (j, x) in across.enumerated() {
                let target = sums + (i * across.count + j) * outputs
                for output in 0..<outputs { target[output] = 0 }
                for (plane, number) in planes.enumerated() where number != 0 {
                    var outside = 0.0
                    for tapY in 0..<side {
                        for tapX in 0..<side {
                            let (row, column) = (y + tapY - radius, x + tapX - radius)
                            if row >= 0, row < height, column >= 0, column < width { continue }
                            outside -= Double(weights.taps[(plane * side + tapY) * side + tapX])
                        }
                    }
                    let factor = Float(Double(number) * outside)
                    weights.products[plane].withUnsafeBufferPointer { products in
                        for output in 0..<outputs { target[output] += factor * products[output] }
                    }
                }
            }
        }
    }

    /// A row, or column, of each kind.
    private static func kinds(_ count: Int, _ radius: Int) -> [Int] {
        count <= 2 * radius ? Array(0..<count) : Array(0...radius) + ((count - radius)..<count)
    }

    @inline(__always)
    private func kind(_ place: Int, _ count: Int) -> Int {
        if count <= 2 * radius || place < radius { return place }
        return place < count - radius ? radius : 2 * radius + 1 - (count - place)
    }

    /// Adds what the pixels of a rectangle get.
    ///
    /// - Parameter picture: (height, width, outputs)
    func add(to picture: UnsafeMutablePointer<Float>, rows range: Range<Int>, columns span: Range<Int>) {
        let acrossKinds = columns <= 2 * radius ? columns : 2 * radius + 1
        for y in range {
            let kindY = kind(y, rows)
            let isInside = rows > 2 * radius && kindY == radius
            for x in span {
                let kindX = kind(x, columns)
                if isInside, columns > 2 * radius, kindX == radius { continue }
                let from = sums + (kindY * acrossKinds + kindX) * outputs
                let target = picture + (y * columns + x) * outputs
                for output in 0..<outputs { target[output] += from[output] }
            }
        }
    }
}
