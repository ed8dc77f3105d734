import AnimoWire

/// Pictures in, what is seen of the faces in them out: exactly one result for each, in order.
///
/// `send` waits while the window is full, and the window empties as results are read: send and read from two tasks, or
/// in turn with at most `opened.window` frames unread.
public final class TrackSession: Sendable {
    /// The daemon's answer to the opening: window, model, limits.
    public let opened: Wire.TrackOpened
    /// One result for each frame; ends after `finish` when the last has come, and throws `RPCError` if the session ends
    /// otherwise. For one reader.
    public let results: AsyncThrowingStream<Wire.TrackResult, any Error>

    private let queue: SessionQueue<Wire.TrackOutput>
    private let lifetime: StreamLifetime
    private let sender: SessionSender

    /// Opens the stream and waits for the daemon's answer.
    ///
    /// - Throws: `RPCError` of the daemon, or DEADLINE_EXCEEDED after `timeout`.
    init(opening open: Wire.TrackOpen, on connection: Connection, within timeout: Duration) async throws {
        let queue = SessionQueue<Wire.TrackOutput>()
        let stream = try connection.open(.track, into: queue)
        let lifetime = StreamLifetime(of: stream, on: connection)
        let timer = connection.schedule(after: timeout) { queue.end(.deadline) }
        defer { timer.cancel() }
        try connection.send(Wire.TrackInput(kind: .open(open)), on: stream)
        let opened = try await queue.trackOpened()
        queue.makeRoom(Int(max(opened.window, 1)))
        self.opened = opened
        self.queue = queue
        self.lifetime = lifetime
        sender = SessionSender(on: connection, stream: stream)
        results = AsyncThrowingStream {
            defer { withExtendedLifetime(lifetime) {} }
            while let output = try await queue.next() {
                // A kind that later daemons may have is passed over.
                if case .result(let result) = output.kind { return result }
            }
            return nil
        }
    }

    /// Sends a picture as soon as the window has room. Its `seq` is set to the next number.
    public func send(_ frame: Wire.TrackFrame) async throws {
        try await queue.waitForRoom()
        do {
            try await sender.send { last in
                var frame = frame
                frame.seq = last + 1
                return (Wire.TrackInput(kind: .frame(frame)), frame.seq)
            }
        } catch {
            queue.makeRoom(1)
            throw error
        }
    }

    /// No more pictures: results of those that were sent still come, then `results` ends.
    public func finish() { sender.finish() }
}

extension SessionQueue<Wire.TrackOutput> {
    /// Waits for the answer to `open`.
    fileprivate func trackOpened() async throws -> Wire.TrackOpened {
        while let output = try await next() {
            switch output.kind {
            case .opened(let opened): return opened
            case nil: continue
            case .result: throw RPCError.misbehaved("expected tracking to be opened, got a result")
            }
        }
        throw RPCError.misbehaved("expected tracking to be opened, got its end")
    }
}
