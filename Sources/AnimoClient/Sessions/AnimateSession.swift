import AnimoWire

/// A live session: frames in, exactly one result for each out, in order.
///
/// `send` waits while the window is full, and the window empties as results are read from `outputs`:
/// send and read from two tasks, or in turn with at most `opened.window` frames unread.
public final class AnimateSession: Sendable {
    /// The daemon's answer to the opening: window, limits, prepared source.
    public let opened: Wire.AnimateOpened
    /// Everything the daemon sends after `opened`; ends after `finish` when the last result has come, and
    /// throws `RPCError` if the session ends otherwise. For one reader.
    public let outputs: AsyncThrowingStream<Wire.AnimateOutput, any Error>

    private let queue: SessionQueue<Wire.AnimateOutput>
    private let lifetime: StreamLifetime
    private let sender: SessionSender

    /// Opens the stream and waits for the daemon's answer.
    ///
    /// - Throws: `RPCError` of the daemon, or DEADLINE_EXCEEDED after `timeout`.
    init(opening open: Wire.AnimateOpen, on connection: Connection, within timeout: Duration) async throws {
        let queue = SessionQueue<Wire.AnimateOutput>()
        let stream = try connection.open(.animate, into: queue)
        let lifetime = StreamLifetime(of: stream, on: connection)
        let timer = connection.schedule(after: timeout) { queue.end(.deadline) }
        defer { timer.cancel() }
        try connection.send(Wire.AnimateInput(kind: .open(open)), on: stream)
        let opened = try await queue.opened()
        queue.makeRoom(Int(max(opened.window, 1)))
        self.opened = opened
        self.queue = queue
        self.lifetime = lifetime
        sender = SessionSender(on: connection, stream: stream)
        outputs = AsyncThrowingStream {
            defer { withExtendedLifetime(lifetime) {} }
            return try await queue.next()
        }
    }

    /// Sends a frame as soon as the window has room. A `seq` of 0 is set to the next number.
    public func send(_ frame: Wire.AnimateFrame) async throws {
        try await queue.waitForRoom()
        do {
            try await sender.send { last in
                var frame = frame
                if frame.seq == 0 { frame.seq = last + 1 }
                guard frame.seq > last else {
                    throw RPCError(
                        .invalidArgument, .sequence, "expected a number above \(last), got \(frame.seq)", field: "seq")
                }
                return (Wire.AnimateInput(kind: .frame(frame)), frame.seq)
            }
        } catch {
            queue.makeRoom(1)
            throw error
        }
    }

    /// Changes the source or the options from the next frame on; `outputs` says whether it was accepted.
    public func change(_ change: Wire.AnimateChange) async throws {
        try queue.checkOpen()
        try await sender.send { _ in (Wire.AnimateInput(kind: .change(change)), nil) }
    }

    /// No more frames: results of those that were sent still come, then `outputs` ends.
    public func finish() async throws { sender.finish() }
}

extension SessionQueue<Wire.AnimateOutput> {
    /// Waits for the answer to `open`. A daemon that drains may say so before, and opens the session or ends it with a
    /// status all the same; the reader of a session that was opened learns of it.
    fileprivate func opened() async throws -> Wire.AnimateOpened {
        var draining: Wire.AnimateOutput?
        while let output = try await next() {
            switch output.kind {
            case .opened(let opened):
                if let draining { putBack(draining) }
                return opened
            case .draining: draining = output
            case nil: continue  // a kind that later daemons may have
            case .result, .changed, .calibrated:
                throw RPCError.misbehaved("expected the session to be opened, got another message")
            }
        }
        guard draining == nil else { throw RPCError(.unavailable, .draining, "the server is stopping") }
        throw RPCError.misbehaved("expected the session to be opened, got its end")
    }
}
