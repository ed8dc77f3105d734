import AnimoConcurrency
import AnimoWire
import Synchronization

/// The sending end of a session's stream: one message after another, frames numbered upwards, until it is finished.
final class SessionSender: Sendable {
    private struct State {
        var seq: UInt64 = 0
        var isFinished = false
    }

    private let connection: Connection
    private let stream: UInt32
    private let state = Mutex(State())
    /// One message at a time is numbered, encoded and sent.
    private let turn = AsyncSemaphore(1)

    /// - Parameter stream: an open stream of this connection.
    init(on connection: Connection, stream: UInt32) {
        self.connection = connection
        self.stream = stream
    }

    /// Sends a message in its turn, unless the session is finished.
    ///
    /// - Parameter make: the message after a frame of that number, and the number of its own frame, if it is one.
    func send<Message: WireMessage>(
        _ make: (_ last: UInt64) throws -> (message: Message, seq: UInt64?)
    ) async throws {
        try await turn.wait()
        defer { turn.signal() }
        let (message, seq) = try make(state.withLock(\.seq))
        let frame = Frame.data(message, stream: stream)
        try frame.checkLength()
        let isOver = state.withLock { state in
            if state.isFinished { return true }
            if let seq { state.seq = seq }
            connection.enqueue(frame)
            return false
        }
        if isOver { throw RPCError.sessionOver }
        connection.flush()
    }

    /// Ends the stream's sending half; a second call does nothing.
    func finish() {
        state.withLock { state in
            if state.isFinished { return }
            state.isFinished = true
            connection.enqueueEnd(stream)
        }
        connection.flush()
    }
}
