/// A 3×3 matrix by its columns.
struct Matrix3: Sendable, Equatable {
    /// Images of the unit vectors x, y, z.
    var columns: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)

    /// Compares the columns, which as a tuple have no conformance.
    static func == (a: Matrix3, b: Matrix3) -> Bool {
        a.columns.0 == b.columns.0 && a.columns.1 == b.columns.1 && a.columns.2 == b.columns.2
    }

    /// Leaves every vector as it is.
    static let identity = Matrix3(columns: (SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)))

    /// An element; both indices in 0…2.
    subscript(row: Int, column: Int) -> Double {
        column == 0 ? columns.0[row] : column == 1 ? columns.1[row] : columns.2[row]
    }

    /// The product with a column vector.
    static func * (matrix: Matrix3, vector: SIMD3<Double>) -> SIMD3<Double> {
        matrix.columns.0 * vector.x + matrix.columns.1 * vector.y + matrix.columns.2 * vector.z
    }

    /// The rotation nearest to the matrix: U Vᵀ of its singular values, never a reflection.
    ///
    /// V are the eigenvectors of AᵀA by Jacobi's rotations; u = A v / σ of the two largest, and the third ones are
    /// their cross products, which makes the determinant 1 and needs no division by the smallest σ.
    ///
    /// - Returns: nil where fewer than two singular values tell a direction.
    var nearestRotation: Matrix3? {
        var square = [[Double]](repeating: [0, 0, 0], count: 3)
        let own = [columns.0, columns.1, columns.2]
        for row in 0..<3 {
            for column in 0..<3 { square[row][column] = (own[row] * own[column]).sum() }
        }
        var vectors = [SIMD3<Double>(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)]
        for _ in 0..<16 {
            let off = abs(square[0][1]) + abs(square[0][2]) + abs(square[1][2])
            if off <= 1e-300 || off <= 1e-17 * (square[0][0] + square[1][1] + square[2][2]) { break }
            for (p, q) in [(0, 1), (0, 2), (1, 2)] where square[p][q] != 0 {
                let ratio = (square[q][q] - square[p][p]) / (2 * square[p][q])
                let tangent = (ratio < 0 ? -1.0 : 1) / (abs(ratio) + (ratio * ratio + 1).squareRoot())
                let cosine = 1 / (tangent * tangent + 1).squareRoot()
                let sine = tangent * cosine
                for index in 0..<3 {
                    let (a, b) = (square[index][p], square[index][q])
                    (square[index][p], square[index][q]) = (cosine * a - sine * b, sine * a + cosine * b)
                }
                for index in 0..<3 {
                    let (a, b) = (square[p][index], square[q][index])
                    (square[p][index], square[q][index]) = (cosine * a - sine * b, sine * a + cosine * b)
                }
                let (a, b) = (vectors[p], vectors[q])
                (vectors[p], vectors[q]) = (cosine * a - sine * b, sine * a + cosine * b)
            }
        }
        let order = [0, 1, 2].sorted { square[$0][$0] > square[$1][$1] }
        let (v0, v1) = (vectors[order[0]], vectors[order[1]])
        guard let u0 = unit(self * v0) else { return nil }
        let other = self * v1
        guard let u1 = unit(other - u0 * (u0 * other).sum()) else { return nil }
        let (v2, u2) = (cross(v0, v1), cross(u0, u1))
        func column(_ index: Int) -> SIMD3<Double> { u0 * v0[index] + u1 * v1[index] + u2 * v2[index] }
        return Matrix3(columns: (column(0), column(1), column(2)))
    }
}

private func unit(_ vector: SIMD3<Double>) -> SIMD3<Double>? {
    let length = (vector * vector).sum().squareRoot()
    return length.isFinite && length > 1e-150 ? vector / length : nil
}

/// Cross product, right-handed.
func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}

/// A similarity of space: x ↦ scale · R x + t.
struct Similarity: Sendable, Equatable {
    /// Uniform scale s.
    var scale: Double
    /// Rotation R, of determinant 1.
    var rotation: Matrix3
    /// Shift t, in the unit of the target's points.
    var translation: SIMD3<Double>

    /// The one that takes `from` to `to` with the least weighted squares (Umeyama 1991, with weights).
    ///
    /// - Returns: nil where the points tell no rotation.
    init?(from: [SIMD3<Double>], to: [SIMD3<Double>], weights: [Double]) {
        let total = weights.reduce(0, +)
        guard from.count == to.count, from.count == weights.count, total > 0 else { return nil }
        var middle = SIMD3<Double>()
        for (point, weight) in zip(from, weights) { middle += point * weight }
        middle /= total
        var columns = (SIMD3<Double>(), SIMD3<Double>(), SIMD3<Double>())
        for index in from.indices where weights[index] != 0 {
            let (step, target) = (from[index] - middle, to[index] * weights[index])
            columns.0 += target * step.x
            columns.1 += target * step.y
            columns.2 += target * step.z
        }
        guard let rotation = Matrix3(columns: columns).nearestRotation else { return nil }
        var (over, under) = (0.0, 0.0)
        for index in from.indices where weights[index] != 0 {
            let step = from[index] - middle
            over += (rotation * step * to[index]).sum() * weights[index]
            under += (step * from[index]).sum() * weights[index]
        }
        guard under > 0 else { return nil }
        scale = over / under
        self.rotation = rotation
        var shift = SIMD3<Double>()
        for index in from.indices where weights[index] != 0 {
            shift += (to[index] - scale * (rotation * from[index])) * weights[index]
        }
        translation = shift / total
    }
}
