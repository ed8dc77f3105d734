/// Minimises ‖y − x·B‖² + λ‖x‖² over 0 ≤ x ≤ 1 exactly, by an active-set method.
///
/// Each unknown is free or held at a bound; those begin free that lie within the bounds where there are none. With the
/// free ones solved for, the answer is optimal when none leaves its bounds and no held one would gain by letting go.
/// The objective is strictly convex and falls with every change of the sets, so no set returns and the search ends; the
/// answer depends on nothing but the input. (Stark & Parker, "Bounded-variable least squares", 1995.)
struct BoundedLeastSquares: Sendable {
    /// λ, which decides among unknowns that the basis cannot tell apart.
    static let regularisation = 1e-4

    /// rows × columns
    private let basis: [Double]
    /// The same transposed, columns × rows: products with it run along contiguous unknowns.
    private let transposed: [Double]
    private let rows: Int
    private let columns: Int
    /// The equations of all unknowns, (B·Bᵀ + λI)·x = B·y, which hold where nothing is bounded.
    private let unbounded: CholeskyFactor

    /// - Parameter basis: (rows, columns), row by row.
    init(basis: [Float], rows: Int, columns: Int) {
        let basis = basis.map(Double.init)
        self.basis = basis
        self.rows = rows
        self.columns = columns
        transposed = (0..<columns * rows).map { basis[$0 % rows * columns + $0 / rows] }
        var normal = [Double](repeating: 0, count: rows * rows)
        for row in 0..<rows {
            for other in 0..<rows {
                var sum = row == other ? Self.regularisation : 0
                for column in 0..<columns { sum += basis[row * columns + column] * basis[other * columns + column] }
                normal[row * rows + other] = sum
            }
        }
        unbounded = CholeskyFactor(of: normal, count: rows, choosing: Array(0..<rows))
    }

    /// y − x·B
    func residual(_ y: [Double], _ x: [Double]) -> [Double] {
        var residual = Array(y.prefix(columns))
        for (row, factor) in x.prefix(rows).enumerated() where factor != 0 {
            let start = row * columns
            for column in residual.indices { residual[column] -= factor * basis[start + column] }
        }
        return residual
    }

    /// The x that minimises.
    func solve(_ y: [Double]) -> [Double] {
        var right = [Double](repeating: 0, count: rows)
        for (column, value) in y.prefix(columns).enumerated() {
            let start = column * rows
            for row in right.indices { right[row] += transposed[start + row] * value }
        }
        let tolerance = 1e-10 * right.reduce(1) { max($0, abs($1)) }
        var search = Search(unbounded, right: right)
        for _ in 0..<64 * rows {
            guard let best = search.mostPromising(beyond: tolerance) else { break }
            search.release(best)
        }
        return search.x
    }

    /// The space that some rows of the basis span.
    func span(of rows: [Int]) -> Span { Span(rows.map { Array(basis[$0 * columns..<($0 + 1) * columns]) }) }

    /// An orthonormal set of vectors, by Gram and Schmidt twice over.
    struct Span: Sendable {
        private var axes: [[Double]] = []

        /// - Parameter vectors: of equal length; one that the others span already adds no axis.
        init(_ vectors: [[Double]]) {
            for vector in vectors {
                let size = Self.dot(vector, vector).squareRoot()
                var rest = vector
                for _ in 0..<2 {
                    for axis in axes {
                        let along = Self.dot(rest, axis)
                        for index in rest.indices { rest[index] -= along * axis[index] }
                    }
                }
                let left = Self.dot(rest, rest).squareRoot()
                if left > 1e-6 * size, left > 0 { axes.append(rest.map { $0 / left }) }
            }
        }

        /// The part of a vector that lies in the space.
        func projected(_ vector: [Double]) -> [Double] {
            var sum = [Double](repeating: 0, count: vector.count)
            for axis in axes {
                let along = Self.dot(vector, axis)
                for index in sum.indices { sum[index] += along * axis[index] }
            }
            return sum
        }

        private static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    }
}
