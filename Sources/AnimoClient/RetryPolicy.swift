import AnimoWire

/// When a failed call is tried again. Only what says "not now" is: UNAVAILABLE and overloaded.
public struct RetryPolicy: Sendable, Equatable {
    public var tries = 4
    public var firstDelay = Duration.milliseconds(100)
    public var longestDelay = Duration.seconds(1)
    /// Share by which a delay is varied, so that clients that failed together do not return together.
    public var jitter = 0.2

    public init() {}

    public static let standard = RetryPolicy()
    public static let never: RetryPolicy = {
        var policy = RetryPolicy()
        policy.tries = 1
        return policy
    }()

    /// The pause before the next try, or nil if there shall be none.
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
    /// Indicates whether the daemon, or the lack of one, may have changed its mind in a moment.
    var isWorthAnotherTry: Bool {
        code == .unavailable || (code == .resourceExhausted && reason == .overloaded)
    }
}
