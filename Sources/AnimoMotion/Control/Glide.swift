/// The sixth stage: changes do not jump. An event puts the difference between the state shown and the target beside the
/// target, and takes it away along a smooth step (inertial blending).
struct Glide: Sendable {
    private var offset: [Double] = []
    private var start = 0.0
    private var duration = 0.0

    /// Starts anew from what is shown.
    mutating func begin(from shown: [Double], to target: [Double], now: Double, duration: Double) {
        offset = zip(shown, target).map { $0 - $1 }
        start = now
        self.duration = duration
    }

    /// The target with what is left of the difference, 0 after the duration.
    func applied(to target: [Double], now: Double) -> [Double] {
        guard duration > 0, offset.count == target.count else { return target }
        let left = 1 - smoothStep((now - start) / duration)
        guard left > 0 else { return target }
        return zip(target, offset).map { $0 + left * $1 }
    }
}

/// u²(3 − 2u), clamped: from 0 to 1 without a kink.
func smoothStep(_ u: Double) -> Double {
    let u = min(max(u, 0), 1)
    return u * u * (3 - 2 * u)
}
