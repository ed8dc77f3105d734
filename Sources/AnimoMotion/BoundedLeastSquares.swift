/// Minimises ‖y − x·B‖² + λ‖x‖² over 0 ≤ x ≤ 1 exactly, by an active-set method.
///
/// Each unknown is free or held at a bound. With the free ones solved for, the answer is optimal when none leaves its
/// bounds and no held one would gain by letting go. The objective is strictly convex and falls with every change of
/// the sets, so no set returns and the search ends; the answer depends on nothing but the input.
/// (Stark & Parker, "Bounded-variable least squares", 1995.)
struct BoundedLeastSquares: Sendable {
    static let regularisation = 1e-4

    private let basis: [Double]
    private let rows: Int
    private let columns: Int
    /// B·Bᵀ + λI, rows × rows.
    private let normal: [Double]

    init(basis: [Float], rows: Int, columns: Int) {
        self.basis = basis.map(Double.init)
        self.rows = rows
        self.columns = columns
        var normal = [Double](repeating: 0, count: rows * rows)
        for row in 0..<rows {
            for other in 0..<rows {
                var sum = row == other ? Self.regularisation : 0
                for column in 0..<columns {
                    sum += self.basis[row * columns + column] * self.basis[other * columns + column]
                }
                normal[row * rows + other] = sum
            }
        }
        self.normal = normal
    }

    /// y − x·B
    func residual(_ y: [Double], _ x: [Double]) -> [Double] {
        (0..<columns).map { column in
            (0..<rows).reduce(y[column]) { $0 - x[$1] * basis[$1 * columns + column] }
        }
    }

    /// The x that minimises.
    func solve(_ y: [Double]) -> [Double] {
        let right = (0..<rows).map { row in
            (0..<columns).reduce(0.0) { $0 + basis[row * columns + $1] * y[$1] }
        }
        let tolerance = 1e-10 * max(1, right.map(abs).max() ?? 0)
        var x = [Double](repeating: 0, count: rows)
        var isFree = [Bool](repeating: false, count: rows)
        for _ in 0..<64 * rows {
            let gradient = (0..<rows).map { row in
                (0..<rows).reduce(right[row]) { $0 - normal[row * rows + $1] * x[$1] }
            }
            let gain = { (row: Int) in isFree[row] ? 0 : x[row] > 0 ? -gradient[row] : gradient[row] }
            guard let best = (0..<rows).max(by: { gain($0) < gain($1) }), gain(best) > tolerance else { break }
            isFree[best] = true
            descend(&x, &isFree, right)
        }
        return x
    }

    /// Solves for the free unknowns; where one would leave its bounds, goes as far as the first bound, holds it there
    /// and solves again.
    private func descend(_ x: inout [Double], _ isFree: inout [Bool], _ right: [Double]) {
        while true {
            let free = (0..<rows).filter { isFree[$0] }
            let target = minimum(free, x, isFree, right)
            var step = 1.0
            var blocking: Int?
            for (index, row) in free.enumerated() where target[index] < 0 || target[index] > 1 {
                let bound: Double = target[index] < 0 ? 0 : 1
                let reach = target[index] == x[row] ? 0 : (bound - x[row]) / (target[index] - x[row])
                if reach < step || blocking == nil { (step, blocking) = (max(0, min(reach, step)), row) }
            }
            for (index, row) in free.enumerated() { x[row] += step * (target[index] - x[row]) }
            guard let blocking else { return }
            for (index, row) in free.enumerated() where row == blocking { x[row] = target[index] < 0 ? 0 : 1 }
            isFree[blocking] = false
        }
    }

    /// The unconstrained minimum over the free unknowns, the others held: a symmetric positive definite system,
    /// solved by Cholesky's factorisation.
    private func minimum(_ free: [Int], _ x: [Double], _ isFree: [Bool], _ right: [Double]) -> [Double] {
        let count = free.count
        var factor = [Double](repeating: 0, count: count * count)
        var solution = free.map { row in
            (0..<rows).reduce(right[row]) { isFree[$1] ? $0 : $0 - normal[row * rows + $1] * x[$1] }
        }
        for i in 0..<count {
            for j in 0...i {
                let sum = (0..<j).reduce(normal[free[i] * rows + free[j]]) {
                    $0 - factor[i * count + $1] * factor[j * count + $1]
                }
                factor[i * count + j] =
                    i == j ? max(sum, Self.regularisation * 1e-6).squareRoot() : sum / factor[j * count + j]
            }
        }
        for i in 0..<count {
            for j in 0..<i { solution[i] -= factor[i * count + j] * solution[j] }
            solution[i] /= factor[i * count + i]
        }
        for i in (0..<count).reversed() {
            for j in i + 1..<count where j > i { solution[i] -= factor[j * count + i] * solution[j] }
            solution[i] /= factor[i * count + i]
        }
        return solution
    }

    /// The space that some rows of the basis span.
    func span(of rows: [Int]) -> Span { Span(rows.map { Array(basis[$0 * columns..<($0 + 1) * columns]) }) }

    /// An orthonormal set of vectors, by Gram and Schmidt twice over.
    struct Span: Sendable {
        private var axes: [[Double]] = []

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
