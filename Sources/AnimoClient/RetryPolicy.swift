import AnimoWire

/// Rule by which a failed call is retried: after transient errors only, which are UNAVAILABLE and overloaded.
public struct RetryPolicy: Sendable, Equatable {
    /// Attempts in all, the first included.
    public var tries = 4
    /// Pause before the second attempt; each further one is twice as long.
    public var firstDelay = Duration.milliseconds(100)
    /// Upper bound of a pause.
    public var longestDelay = Duration.seconds(1)
    /// Share by which a delay is varied, so that clients that failed together do not return together.
    public var jitter = 0.2

    /// Creates the standard policy.
    public init() {}

    /// Four attempts, 0.1 s doubled up to 1 s, each ± 20 %.
    public static let standard = RetryPolicy()
    /// One attempt.
    public static let never: RetryPolicy = {
        var policy = RetryPolicy()
        policy.tries = 1
        return policy
    }()

    /// The pause before the next try, or nil for none.
    ///
    /// - Parameters:
    ///   - tried: how often the call was tried, from 1.
    ///   - chance: evenly from 0 to 1.
    public func delay(after error: RPCError, tried: Int, chance: Double) -> Duration? {
        guard tried < tries, error.isWorthAnotherTry else { return nil }
        let doubled = firstDelay * (1 << min(tried - 1, 20))
        let varied = min(doubled, longestDelay) * (1 + jitter * (2 * chance - 1))
        return max(varied, .milliseconds(Int64(clamping: error.detail?.retryAfterMs ?? 0)))
    }
}

extension RPCError {
    /// Indicates whether the error is transient.
    var isWorthAnotherTry: Bool {
        code == .unavailable || (code == .resourceExhausted && reason == .overloaded)
    }
}
