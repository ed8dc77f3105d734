/// Cholesky's factorisation of some rows and columns of a symmetric positive definite matrix, which a row may join or
/// leave: L·Lᵀ = the matrix of those chosen.
///
/// One that joins adds a row to the factor, one that leaves renews the rows behind its own.
struct CholeskyFactor: Sendable {
    /// Size of the whole matrix.
    let count: Int
    /// count × count
    let matrix: [Double]
    /// The rows chosen, in the order of the factor's.
    private(set) var chosen: [Int]
    /// Lower triangle, in rows of ``count`` numbers.
    private var factor: [Double]

    /// The least number on the diagonal, which rounding must not take below 0.
    private static let leastSquare = BoundedLeastSquares.regularisation * 1e-6

    /// - Parameters:
    ///   - matrix: count × count numbers.
    ///   - chosen: rows to begin with.
    init(of matrix: [Double], count: Int, choosing chosen: [Int]) {
        self.count = count
        self.matrix = matrix
        self.chosen = chosen
        factor = [Double](repeating: 0, count: count * count)
        renew(from: 0)
    }

    /// Chooses one more row.
    mutating func append(_ index: Int) {
        chosen.append(index)
        renew(from: chosen.count - 1)
    }

    /// Gives up the row at a place of ``chosen``.
    mutating func remove(at place: Int) {
        chosen.remove(at: place)
        renew(from: place)
    }

    /// Solves matrix·x = right for the rows chosen.
    ///
    /// - Parameters:
    ///   - right: count numbers, of which those chosen are read.
    ///   - x: count numbers; the first become those of ``chosen``.
    func solve(_ right: [Double], into x: inout [Double]) {
        for place in chosen.indices {
            let row = place * count
            var sum = right[chosen[place]]
            for inner in 0..<place { sum -= factor[row + inner] * x[inner] }
            x[place] = sum / factor[row + place]
        }
        for place in chosen.indices.reversed() {
            let row = place * count
            let value = x[place] / factor[row + place]
            x[place] = value
            for inner in 0..<place { x[inner] -= factor[row + inner] * value }
        }
    }

    /// The factor's rows from a place on.
    private mutating func renew(from first: Int) {
        for place in first..<max(first, chosen.count) {
            let row = place * count
            let equation = chosen[place] * count
            for column in 0...place {
                var sum = matrix[equation + chosen[column]]
                let other = column * count
                for inner in 0..<column { sum -= factor[row + inner] * factor[other + inner] }
                factor[row + column] =
                    column == place ? max(sum, Self.leastSquare).squareRoot() : sum / factor[other + column]
            }
        }
    }
}
