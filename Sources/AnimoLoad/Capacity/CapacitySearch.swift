/// Finds the largest number that fits where every smaller one does too.
enum CapacitySearch {
    /// Goes up from `guess` in growing steps while it fits, down while it does not, and halves the rest: a good guess
    /// takes two tries.
    ///
    /// - Returns: 0 where not even 1 fits, `limit` where nothing was found that does not.
    static func largest(
        from guess: Int, limit: Int, fits: (Int) async throws -> Bool
    ) async rethrows -> Int {
        var (fitting, excessive) = (0, limit + 1)
        var (next, step) = (guess, 1)
        while excessive - fitting > 1 {
            next = min(max(next, fitting + 1), excessive - 1)
            let isUpward = try await fits(next)
            if isUpward { fitting = next } else { excessive = next }
            let isBracketed = fitting > 0 && excessive <= limit
            next = isBracketed ? (fitting + excessive) / 2 : isUpward ? fitting + step : excessive - step
            step *= 2
        }
        return fitting
    }
}
