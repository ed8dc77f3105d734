extension BoundedLeastSquares {
    /// A search under way: the unknowns, which of them are free, and the free ones' equations.
    struct Search {
        /// Unknowns as near to a bound as this begin at it, so that what is at rest is exactly 0.
        private static let margin = 0.01

        /// Within 0…1.
        private(set) var x: [Double]
        /// B·y
        private let right: [Double]
        /// Half the slope of the objective, turned round: right − normal·x.
        private var gradient: [Double]
        private var isFree: [Bool]
        private var free: CholeskyFactor
        private var step: [Double]

        /// Begins at the minimum without bounds, moved into them.
        ///
        /// - Parameters:
        ///   - unbounded: B·Bᵀ + λI of all n unknowns.
        ///   - right: B·y, n numbers.
        init(_ unbounded: CholeskyFactor, right: [Double]) {
            self.right = right
            gradient = right
            step = [Double](repeating: 0, count: right.count)
            unbounded.solve(right, into: &step)
            x = step.map { $0 < Self.margin ? 0 : $0 > 1 - Self.margin ? 1 : $0 }
            let isFree = x.map { $0 > 0 && $0 < 1 }
            free = CholeskyFactor(
                of: unbounded.matrix, count: right.count, choosing: isFree.indices.filter { isFree[$0] })
            self.isFree = isFree
            updateGradient()
            descend()
        }

        /// The held unknown that gains most by letting go; nil where none gains more than `tolerance`.
        func mostPromising(beyond tolerance: Double) -> Int? {
            var best: Int?
            var most = tolerance
            for index in x.indices where !isFree[index] {
                let gain = x[index] > 0 ? -gradient[index] : gradient[index]
                if gain > most { (best, most) = (index, gain) }
            }
            return best
        }

        /// Lets a held unknown go, and solves.
        mutating func release(_ index: Int) {
            isFree[index] = true
            free.append(index)
            descend()
        }

        /// Solves for the free unknowns; where one would leave its bounds, goes as far as the first bound, holds it
        /// there and solves again.
        private mutating func descend() {
            while true {
                free.solve(gradient, into: &step)
                var reach = 1.0
                var blocking: (place: Int, bound: Double)?
                for (place, index) in free.chosen.enumerated() {
                    let target = x[index] + step[place]
                    guard target < 0 || target > 1 else { continue }
                    let bound: Double = target < 0 ? 0 : 1
                    let share = step[place] == 0 ? 0 : (bound - x[index]) / step[place]
                    if share < reach || blocking == nil {
                        (reach, blocking) = (max(0, min(share, reach)), (place, bound))
                    }
                }
                for (place, index) in free.chosen.enumerated() { x[index] += reach * step[place] }
                if let blocking {
                    let index = free.chosen[blocking.place]
                    x[index] = blocking.bound
                    isFree[index] = false
                    free.remove(at: blocking.place)
                }
                updateGradient()
                guard blocking != nil else { return }
            }
        }

        private mutating func updateGradient() {
            gradient = right
            for (index, value) in x.enumerated() where value != 0 {
                let row = index * x.count
                for other in gradient.indices { gradient[other] -= free.matrix[row + other] * value }
            }
        }
    }
}
