import NIOCore

/// The streams of one connection as its client sees them: frames in, events out, no I/O.
public struct ClientStreams: Sendable {
    /// Meaning of a frame for its stream.
    public enum Event: Sendable, Equatable {
        /// Ends the stream; its status says how.
        case response(stream: UInt32, Wire.Response)
        /// One message of a streaming call.
        case data(stream: UInt32, ByteBuffer)
        /// The server ended a streaming call well.
        case ended(stream: UInt32)
        /// A frame broke the protocol; the stream is over.
        case failed(stream: UInt32, RPCError)
    }

    private let frameLimit: Int
    private var next: UInt32? = 1
    private var streams: [UInt32: State] = [:]

    private enum State {
        case unary, streaming
        /// Streaming, and this end has sent its last frame.
        case localClosed
    }

    /// Creates the streams of a new connection.
    ///
    /// - Parameter frameLimit: longest body that is accepted, in bytes.
    public init(frameLimit: Int = Frame.largestBody) {
        self.frameLimit = frameLimit
    }

    /// Streams without an end, in no order.
    public var openStreams: [UInt32] { Array(streams.keys) }

    /// The next number, or nil when a connection has used them all up.
    public mutating func open(streaming: Bool) -> UInt32? {
        guard let stream = next else { return nil }
        let following = stream.addingReportingOverflow(2)
        next = following.overflow ? nil : following.partialValue
        streams[stream] = streaming ? .streaming : .unary
        return stream
    }

    /// Returns whether this end may send on the stream and now sends its last frame.
    public mutating func close(_ stream: UInt32) -> Bool {
        guard streams[stream] == .streaming else { return false }
        streams[stream] = .localClosed
        return true
    }

    /// Forgets a stream; whatever still comes on it is ignored.
    public mutating func forget(_ stream: UInt32) {
        streams[stream] = nil
    }

    /// Takes an event of the connection, and returns its meaning.
    public mutating func receive(_ event: FrameEvent) -> [Event] {
        switch event {
        case .skipped: return []
        case .tooLong(let stream, let kind, let length):
            guard kind != .request, streams.removeValue(forKey: stream) != nil else { return [] }
            let error = RPCError(
                .resourceExhausted, .frameTooLong, "expected a reply of at most \(frameLimit) bytes, got \(length)",
                limit: Double(frameLimit), actual: Double(length))
            return [.failed(stream: stream, error)]
        case .frame(let frame):
            guard let state = streams[frame.stream] else { return [] }
            switch frame.kind {
            case .request: return []
            case .response: return response(frame)
            case .data where state == .unary:
                streams[frame.stream] = nil
                return [.failed(stream: frame.stream, .misbehaved("expected a response, got a frame of a stream"))]
            case .data: return data(frame)
            }
        }
    }

    private mutating func response(_ frame: Frame) -> [Event] {
        streams[frame.stream] = nil
        do {
            return [.response(stream: frame.stream, try Wire.Response(decoding: frame.body))]
        } catch {
            return [.failed(stream: frame.stream, .misbehaved(error.description))]
        }
    }

    private mutating func data(_ frame: Frame) -> [Event] {
        let ends = frame.flags.contains(.remoteClosed)
        var events: [Event] = []
        if !frame.flags.contains(.noData), !(ends && frame.body.readableBytes == 0) {
            events.append(.data(stream: frame.stream, frame.body))
        }
        if ends {
            streams[frame.stream] = nil
            events.append(.ended(stream: frame.stream))
        }
        return events
    }
}

extension RPCError {
    /// The other end broke the protocol.
    public static func misbehaved(_ message: String) -> RPCError {
        RPCError(.internal, .malformed, message)
    }
}
