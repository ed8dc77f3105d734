import AnimoKernelArguments

/// Brings weights to the points of their tiles, a vector of outputs at a time.
func winogradWeights(_ arguments: WinogradWeightsArguments) {
    let plane = arguments.depth * arguments.outputs
    let (taps, points, lines) = (arguments.taps, arguments.points, arguments.lines)
    withUnsafeTemporaryAllocation(of: Vector.self, capacity: 9) { grid in
        for index in 0..<9 { grid[index] = .zero }
        for row in 0..<arguments.depth {
            var column = 0
            while column < arguments.outputs {
                for tapY in 0..<taps {
                    for tapX in 0..<taps {
                        grid[tapY * 3 + tapX] = load(
                            arguments.weights + (tapY * taps + tapX) * plane + row * arguments.outputs + column)
                    }
                }
                // The panel this column lies in, and the row in it.
                let first = column / (2 * lanes) * (2 * lanes)
                let wide = min(2 * lanes, arguments.outputs - first)
                var target = arguments.target + first * arguments.depth + row * wide + column - first
                for y in 0..<points {
                    let (a, b, c) = (lines[3 * y], lines[3 * y + 1], lines[3 * y + 2])
                    let left = fused(a, grid[0], fused(b, grid[3], grid[6] * c))
                    let middle = fused(a, grid[1], fused(b, grid[4], grid[7] * c))
                    let right = fused(a, grid[2], fused(b, grid[5], grid[8] * c))
                    for x in 0..<points {
                        store(
                            target,
                            fused(lines[3 * x], left, fused(lines[3 * x + 1], middle, right * lines[3 * x + 2])))
                        target += plane
                    }
                }
                column += lanes
            }
        }
    }
}
