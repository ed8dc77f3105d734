import AnimoWire

/// A live session that outlives its connection, and its daemon.
///
/// When either is lost, or the daemon drains, the session is opened again at the daemon that the address then leads to,
/// its source is put again if need be, and frames without a result are sent once more: each still gets exactly one
/// result, in order. With the policy `latest` only the newest of them is sent, the others are `dropped`. Relative
/// motion keeps its reference, the first frame. The client's `RetryPolicy` bounds the sessions in a row that end
/// without a result.
///
/// Send and read from two tasks: `send` waits while there are as many frames without a result as the window holds,
/// whether there is a session at that moment or not. Once `results` has ended, by an error or not, `send` throws.
public final class ReconnectingSession: Sendable {
    /// One for each frame, in the order they were sent; ends after `finish`. For one reader.
    public let results: AsyncThrowingStream<Wire.AnimateResult, any Error>
    /// The daemon's answer when the session was opened first.
    public let opened: Wire.AnimateOpened

    private let reconnector: SessionReconnector

    /// - Throws: `RPCError` where the first session cannot be opened; only later ones are tried again.
    init(_ client: AnimoClient, _ held: HeldSource, _ open: Wire.AnimateOpen, timeout: Duration?) async throws {
        let reconnector = SessionReconnector(client, held, open, timeout: timeout)
        opened = try await reconnector.open()
        self.reconnector = reconnector
        results = AsyncThrowingStream { try await reconnector.next() }
    }

    /// Number of times it was opened again.
    public var reopened: Int { reconnector.reopened }

    /// Sends a frame as soon as the window has room. Its `seq` is set to the next number.
    ///
    /// - Throws: `RPCError`, that of `results` where they ended by one; `CancellationError` before the frame was sent.
    public func send(_ frame: Wire.AnimateFrame) async throws { try await reconnector.send(frame) }

    /// Renders otherwise from the next frame on, also after the session was opened again; its source stays the one it
    /// holds.
    ///
    /// Returns when the daemon has agreed. Its answer comes with the results, so these must be read by another task.
    ///
    /// - Throws: `RPCError` where the daemon refuses; everything stays as it was.
    public func change(_ change: Wire.AnimateChange) async throws { try await reconnector.change(change) }

    /// The neutral that was measured or given last, which a session that is opened again begins with.
    public var neutral: Wire.Driver? { reconnector.neutral }

    /// No more frames: results of those that were sent still come, then `results` ends.
    public func finish() async throws { try await reconnector.finish() }
}

extension AnimoClient {
    /// Opens a session on a held source that is opened again when it is lost; `open` says the rest.
    public func lasting(
        _ held: HeldSource, _ open: Wire.AnimateOpen = Wire.AnimateOpen(), timeout: Duration? = nil
    ) async throws -> ReconnectingSession {
        try await ReconnectingSession(self, held, open, timeout: timeout)
    }
}
