import NIOCore

/// The streams of one connection as its server sees them: frames in, actions out, no I/O.
///
/// A client opens streams with odd, increasing numbers. An even or reused number, or data on a
/// stream that is not open, is answered with that stream's error; twice in a row ends the connection.
/// A frame that is too long costs its stream, never the connection.
public struct ServerStreams: Sendable {
    /// A request that opened its stream.
    public struct Call: Sendable, Equatable {
        /// Number of the stream.
        public let stream: UInt32
        /// The method called.
        public let method: Method
        /// The request's envelope, with its payload.
        public let request: Wire.Request
        /// Always true unless the method is bidirectional.
        public let remoteClosed: Bool
    }

    /// An action that the server takes about a frame.
    public enum Action: Sendable, Equatable {
        /// Serve it; when its last frame is sent, call `finished`.
        case call(Call)
        /// The next message of an open bidirectional stream.
        case data(stream: UInt32, ByteBuffer)
        /// The client sends no more on this stream.
        case remoteClosed(stream: UInt32)
        /// The client broke a rule on an open stream: stop the call, send this as its response, call
        /// `finished`. Nothing more is told of the stream.
        case fail(stream: UInt32, RPCError)
        /// Send this; no call belongs to it.
        case reply(Frame)
        /// Send what is due and close the connection.
        case close
    }

    private enum State {
        case open, remoteClosed, failed
        /// A unary call whose client said that it would close its side later.
        case unclosed
    }

    private let frameLimit: Int
    private let maximumOpen: Int
    private var streams: [UInt32: State] = [:]
    private var last: UInt32 = 0
    private var strikes = 0
    private var closed = false
    /// Streams that the server ended first: data of theirs that was in flight is no violation.
    private var abandoned = RecentStreams(capacity: 256)

    /// - Parameters:
    ///   - frameLimit: the decoder's, for the words of an error.
    ///   - maximumOpen: streams that one connection may have open.
    public init(frameLimit: Int = Frame.defaultLimit, maximumOpen: Int = 256) {
        self.frameLimit = frameLimit
        self.maximumOpen = maximumOpen
    }

    /// Calls that were started and are not finished, in no order.
    public var openStreams: [UInt32] { Array(streams.keys) }

    /// Indicates whether no stream is open.
    public var isIdle: Bool { streams.isEmpty }

    /// Returns whether a stream is open.
    public func isOpen(_ stream: UInt32) -> Bool { streams[stream] != nil }

    /// Takes an event of the connection, and returns what to do about it.
    public mutating func receive(_ event: FrameEvent) -> [Action] {
        if closed { return [] }
        switch event {
        case .skipped: return []
        case .tooLong(let stream, let kind, let length): return tooLong(stream, kind, length)
        case .frame(let frame):
            switch frame.kind {
            case .request: return request(frame)
            case .data: return data(frame)
            case .response: return []  // means nothing here, as an unknown type
            }
        }
    }

    /// The server has sent the last frame of a stream.
    public mutating func finished(_ stream: UInt32) {
        guard let state = streams.removeValue(forKey: stream) else { return }
        if state != .remoteClosed { abandoned.insert(stream) }
    }

    private mutating func request(_ frame: Frame) -> [Action] {
        if let strike = misnumbered(frame.stream) { return strike }
        last = frame.stream
        strikes = 0
        let mayGoOn = frame.flags.contains(.remoteOpen)
        let request: Wire.Request
        do {
            request = try Wire.Request(decoding: frame.body)
        } catch {
            return refuse(frame.stream, RPCError(error), mayGoOn)
        }
        guard let method = Method(service: request.service, name: request.method) else {
            let error = RPCError(
                .unimplemented, .unknownMethod, "expected a service and method that are served, got others")
            return refuse(frame.stream, error, mayGoOn)
        }
        guard streams.count < maximumOpen else {
            let error = RPCError(
                .resourceExhausted, .overloaded, "expected at most \(maximumOpen) open streams on a connection",
                field: "stream", limit: Double(maximumOpen), actual: Double(streams.count + 1))
            return refuse(frame.stream, error, mayGoOn)
        }
        return open(frame, method, request)
    }

    /// As ttrpc's own server the method decides, not the flags: a unary request is whole whatever they
    /// say, and a payload in the request that opens a bidirectional stream is its first message.
    private mutating func open(_ frame: Frame, _ method: Method, _ request: Wire.Request) -> [Action] {
        let whole = method.shape != .bidirectional
        let remoteClosed = whole || frame.flags.contains(.remoteClosed)
        let willClose = whole && frame.flags.contains(.remoteOpen)
        streams[frame.stream] = willClose ? .unclosed : remoteClosed ? .remoteClosed : .open
        let call = Call(stream: frame.stream, method: method, request: request, remoteClosed: remoteClosed)
        var actions: [Action] = [.call(call)]
        if !whole, !request.payload.isEmpty {
            actions.append(.data(stream: frame.stream, ByteBuffer(bytes: request.payload)))
        }
        if !whole, remoteClosed { actions.append(.remoteClosed(stream: frame.stream)) }
        return actions
    }

    private mutating func data(_ frame: Frame) -> [Action] {
        let stream = frame.stream
        guard let state = streams[stream] else {
            if abandoned.contains(stream) {
                if frame.flags.contains(.remoteClosed) { abandoned.remove(stream) }
                return []
            }
            return strike(stream, "expected data on an open stream, got it on stream \(stream)")
        }
        strikes = 0
        let hasMessage = !frame.flags.contains(.noData) && !frame.body.isEmptyEnd(of: frame.flags)
        switch state {
        case .failed: return []
        case .remoteClosed, .unclosed:
            // Closing what is closed does no harm, and clients that send 0x02 with a unary call do it.
            if !hasMessage {
                streams[stream] = .remoteClosed
                return []
            }
            streams[stream] = .failed
            let error = RPCError(.invalidArgument, .malformed, "expected no data after the client's last, got some")
            return [.fail(stream: stream, error)]
        case .open:
            var actions: [Action] = []
            if hasMessage { actions.append(.data(stream: stream, frame.body)) }
            if frame.flags.contains(.remoteClosed) {
                streams[stream] = .remoteClosed
                actions.append(.remoteClosed(stream: stream))
            }
            return actions
        }
    }

    private mutating func tooLong(_ stream: UInt32, _ kind: Frame.Kind, _ length: Int) -> [Action] {
        let error = RPCError(
            .resourceExhausted, .frameTooLong, "expected a frame of at most \(frameLimit) bytes, got \(length)",
            limit: Double(frameLimit), actual: Double(length))
        switch kind {
        case .response: return []
        case .request:
            if let strike = misnumbered(stream) { return strike }
            last = stream
            strikes = 0
            return refuse(stream, error, true)
        case .data:
            guard let state = streams[stream] else {
                if abandoned.contains(stream) { return [] }
                return strike(stream, "expected data on an open stream, got it on stream \(stream)")
            }
            strikes = 0
            if state == .failed { return [] }
            streams[stream] = .failed
            return [.fail(stream: stream, error)]
        }
    }

    private mutating func misnumbered(_ stream: UInt32) -> [Action]? {
        if stream % 2 == 0 { return strike(stream, "expected an odd stream number, got \(stream)") }
        if stream <= last { return strike(stream, "expected a stream number above \(last), got \(stream)") }
        return nil
    }

    /// Answers a request that opens no stream.
    private mutating func refuse(_ stream: UInt32, _ error: RPCError, _ mayGoOn: Bool) -> [Action] {
        if mayGoOn { abandoned.insert(stream) }
        return [.reply(.failure(error, stream: stream))]
    }

    /// The error of a number that was misused; a call that runs under it ends with it.
    private mutating func strike(_ stream: UInt32, _ message: String) -> [Action] {
        strikes += 1
        let error = RPCError(.invalidArgument, .malformed, message, field: "stream")
        var actions: [Action]
        if streams[stream] != nil {
            let wasFailed = streams[stream] == .failed
            streams[stream] = .failed
            actions = wasFailed ? [] : [.fail(stream: stream, error)]
        } else {
            actions = [.reply(.failure(error, stream: stream))]
        }
        if strikes >= 2 {
            closed = true
            actions.append(.close)
        }
        return actions
    }
}

extension ByteBuffer {
    /// A client's last frame without a message often lacks the flag that says so.
    fileprivate func isEmptyEnd(of flags: Frame.Flags) -> Bool {
        readableBytes == 0 && flags.contains(.remoteClosed)
    }
}
