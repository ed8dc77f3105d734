import AnimoWire
import NIOCore

/// A call of many messages both ways, as its connection sees it. Only ``run()`` and ``refuse(_:)`` may wait.
protocol StreamSession: AnyObject, Sendable {
    /// Takes the client's next message. A broken rule ends the session with its error.
    func receive(_ body: ByteBuffer)
    /// The client will send no more.
    func finishInput()
    /// Reads no more and ends with `error`.
    func fail(_ error: RPCError)
    /// Ends with `error` a call that is not served.
    func refuse(_ error: RPCError) async throws
    /// Ends with an error where the client has not opened it: a place is for work.
    func endUnlessOpening(after seconds: Double)
    /// Reads no more, finishes what was read and ends with UNAVAILABLE.
    func drain()
    /// Lives until the client has finished and all that was read is answered.
    ///
    /// - Throws: what ends the stream with an error.
    func run() async throws
}

extension RPCError {
    /// A stream whose client has not said what it is for.
    static func notOpened(within seconds: Double) -> RPCError {
        RPCError(
            .deadlineExceeded, .deadline, "open: expected within \(seconds.rounded(to: 2)) s, got nothing",
            field: "open",
            limit: seconds)
    }
}
