import AnimoWire
import Synchronization

/// Bytes that all requests in the works may hold together: what came over the wire, decoded pictures, and results that
/// have not been sent. What does not fit is refused before it is made.
final class ByteBudget: Sendable {
    private struct State {
        var used = 0
        var peak = 0
    }

    let limit: Int
    private let retryAfter: @Sendable () -> Double
    private let state = Mutex(State())

    /// - Parameter retryAfter: seconds until some of it should be free again.
    init(limit: Int, retryAfter: @escaping @Sendable () -> Double) {
        self.limit = limit
        self.retryAfter = retryAfter
    }

    var used: Int { state.withLock { $0.used } }
    /// The most that was ever in use.
    var peak: Int { state.withLock { $0.peak } }

    /// A new request's part, nothing yet.
    func hold() -> ByteHold { ByteHold(of: self) }

    /// - Parameter held: what the request has already: one that is alone may exceed the limit, or it could never be
    ///   served.
    fileprivate func take(_ bytes: Int, beside held: Int, field: String) throws(RPCError) {
        let used = state.withLock { state -> Int? in
            guard state.used == held || bytes <= limit - state.used else { return state.used }
            state.used += bytes
            state.peak = max(state.peak, state.used)
            return nil
        }
        guard let used else { return }
        let milliseconds = UInt64(min(max(retryAfter() * 1000, 100), 10_000))
        throw RPCError(
            .resourceExhausted, .overloaded,
            "\(field): needs \(bytes) bytes of memory, \(max(0, limit - used)) of \(limit) for requests are free; "
                + "try again in \(milliseconds) ms", field: field, limit: Double(limit), actual: Double(used + bytes),
            retryAfterMs: milliseconds)
    }

    fileprivate func giveBack(_ bytes: Int) { state.withLock { $0.used -= bytes } }
}

/// One request's part of the budget, given back when nobody holds it any more.
final class ByteHold: Sendable {
    private let budget: ByteBudget
    private let bytes = Mutex(0)

    fileprivate init(of budget: ByteBudget) { self.budget = budget }

    deinit { budget.giveBack(bytes.withLock { $0 }) }

    /// - Throws: RESOURCE_EXHAUSTED with a time to retry; nothing was taken then.
    func take(_ count: Int, field: String) throws {
        try bytes.withLock { bytes in
            try budget.take(count, beside: bytes, field: field)
            bytes += count
        }
    }

    func giveBack(_ count: Int) {
        let returned = bytes.withLock { bytes in
            let returned = min(count, bytes)
            bytes -= returned
            return returned
        }
        budget.giveBack(returned)
    }

    /// Another request's part of the same budget.
    func another() -> ByteHold { budget.hold() }
}
