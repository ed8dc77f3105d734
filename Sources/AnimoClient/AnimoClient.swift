import AnimoWire

/// A client of one daemon: every call of `Protos/animo.proto` as an async function.
///
/// Calls run side by side over one connection, which is made again when it is lost. All are idempotent,
/// so all are tried again as `RetryPolicy` says, within their timeout. Cancelling the task that waits
/// tells the daemon. Failures are `RPCError`s, with UNAVAILABLE where no daemon answers.
public final class AnimoClient: Sendable {
    /// For a call that names no timeout.
    public static let defaultTimeout = Duration.seconds(10)

    /// Address of the daemon.
    public let address: Address
    /// Rule by which a failed call is tried again.
    public let retry: RetryPolicy
    private let dialer: Dialer

    private init(address: Address, retry: RetryPolicy, dialer: Dialer) {
        self.address = address
        self.retry = retry
        self.dialer = dialer
    }

    /// Connects, trying again as `retry` says.
    ///
    /// - Parameters:
    ///   - connectTimeout: for each try.
    ///   - frameLimit: the longest reply that is accepted.
    ///   - credentials: for a daemon over TCP that asks for them.
    public static func connect(
        to address: Address, connectTimeout: Duration = .seconds(5), frameLimit: Int = Frame.largestBody,
        retry: RetryPolicy = .standard, credentials: Credentials = Credentials()
    ) async throws -> AnimoClient {
        let dialer = Dialer(
            address: address, timeout: connectTimeout, frameLimit: frameLimit, credentials: credentials)
        let client = AnimoClient(address: address, retry: retry, dialer: dialer)
        let enough = (connectTimeout + retry.longestDelay) * retry.tries
        _ = try await client.trying(until: .now + enough) { _ in try await dialer.connection() }
        return client
    }

    /// Ends the connection; what still waits on it fails with CANCELLED.
    public func close() async {
        await dialer.close()
    }

    /// One unary call.
    func call<Reply: WireMessage>(
        _ method: Method, _ request: some WireMessage, _ timeout: Duration?
    ) async throws -> Reply {
        let payload = request.encoded()
        let reply = try await trying(until: .now + (timeout ?? Self.defaultTimeout)) { [dialer] deadline in
            let connection = try await dialer.connection()
            return try await connection.call(
                method, payload: payload, timeout: ContinuousClock.now.duration(to: deadline))
        }
        do {
            return try Reply(decoding: reply)
        } catch {
            throw RPCError.misbehaved(error.description)
        }
    }

    /// The next call gets a connection of its own.
    func leaveConnection() async { await dialer.leave() }

    /// Runs `body` on a connection, trying again as `retry` says where there is none.
    func onConnection<Value: Sendable>(_ body: (Connection) throws -> Value) async throws -> Value {
        try await trying(until: .now + Self.defaultTimeout) { [dialer] _ in try body(try await dialer.connection()) }
    }

    /// Opens a session; see `animate`.
    func open(_ message: Wire.AnimateOpen, _ timeout: Duration) async throws -> AnimateSession {
        try await trying(until: .now + timeout) { [dialer] deadline in
            let connection = try await dialer.connection()
            return try await AnimateSession(
                opening: message, on: connection, within: ContinuousClock.now.duration(to: deadline))
        }
    }

    /// Opens a stream of pictures to be tracked; see `track`.
    func open(_ message: Wire.TrackOpen, _ timeout: Duration) async throws -> TrackSession {
        try await trying(until: .now + timeout) { [dialer] deadline in
            let connection = try await dialer.connection()
            return try await TrackSession(
                opening: message, on: connection, within: ContinuousClock.now.duration(to: deadline))
        }
    }

    /// Runs `attempt` until it succeeds, fails for good, or the next try would come after `deadline`.
    private func trying<Value: Sendable>(
        until deadline: ContinuousClock.Instant, _ attempt: (_ deadline: ContinuousClock.Instant) async throws -> Value
    ) async throws -> Value {
        var tried = 0
        while true {
            tried += 1
            do {
                return try await attempt(deadline)
            } catch let error as RPCError {
                // This daemon accepts no more; the one that answers at its address next may.
                if error.reason == .draining { await dialer.leave() }
                let chance = Double.random(in: 0...1)
                guard let delay = retry.delay(after: error, tried: tried, chance: chance) else { throw error }
                if ContinuousClock.now + delay >= deadline { throw error }
                try await Task.sleep(for: delay)
            }
        }
    }
}
