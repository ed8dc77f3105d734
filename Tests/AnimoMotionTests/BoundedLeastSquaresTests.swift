import Testing

@testable import AnimoMotion

@Suite struct BoundedLeastSquaresTests {
    /// At the minimum no free unknown has a slope, and none at a bound would gain by moving inwards.
    @Test(arguments: 0..<200) func satisfiesTheConditionsOfAMinimum(seed: Int) {
        var generator = SplitMix64(state: UInt64(seed))
        let draw = { (generator: inout SplitMix64) in 4 * generator.unit() - 2 }
        var basis = (0..<17 * 64).map { _ in draw(&generator) }
        // As in the published basis, two rows oppose two others.
        for column in 0..<64 { basis[8 * 64 + column] = -basis[6 * 64 + column] }
        for column in 0..<64 { basis[9 * 64 + column] = -basis[7 * 64 + column] }
        let y = (0..<64).map { _ in Double(draw(&generator)) * Double(seed % 7) }
        let solver = BoundedLeastSquares(basis: basis, rows: 17, columns: 64)
        let x = solver.solve(y)
        let residual = solver.residual(y, x)
        for row in 0..<17 {
            var slope = BoundedLeastSquares.regularisation * x[row]
            for column in 0..<64 { slope -= Double(basis[row * 64 + column]) * residual[column] }
            #expect(x[row] >= 0 && x[row] <= 1)
            if x[row] > 0 { #expect(slope < 1e-6) }
            if x[row] < 1 { #expect(slope > -1e-6) }
        }
        #expect(solver.solve(y) == x)
    }

    @Test func oppositeRowsHaveOneAnswer() {
        var basis = [Float](repeating: 0, count: 2 * 3)
        basis[0] = 2
        basis[3] = -2
        let solver = BoundedLeastSquares(basis: basis, rows: 2, columns: 3)
        let x = solver.solve([1, 0, 0])
        #expect(abs(x[0] - 0.5) < 1e-4 && x[1] == 0)
        let y = solver.solve([-9, 0, 0])
        #expect(y[0] == 0 && y[1] == 1)
    }

    @Test func rowsOfNothingAreLeftAtRest() {
        let solver = BoundedLeastSquares(basis: [Float](repeating: 0, count: 12), rows: 3, columns: 4)
        #expect(solver.solve([1, 2, 3, 4]) == [0, 0, 0])
        #expect(solver.span(of: [0, 1]).projected([1, 2, 3, 4]) == [0, 0, 0, 0])
    }
}
