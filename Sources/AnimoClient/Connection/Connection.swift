import AnimoWire
import DequeModule
import NIOCore
import Synchronization

/// One connection and the calls in flight on it.
///
/// Frames are put into their order under the lock, that of their streams' numbers, and written outside it on the event
/// loop. Nothing waits for them to be written: reading never depends on writing.
final class Connection: Sendable {
    private enum Waiting {
        case call(PendingCall)
        case session(any StreamReceiver)
        case watch(WatchQueue)
    }

    private struct State {
        var streams: ClientStreams
        var waiting: [UInt32: Waiting] = [:]
        var failure: RPCError?
        /// Frames on their way to the event loop, in order.
        var outgoing: Deque<Frame> = []
    }

    private let channel: any Channel
    /// Metadata sent with every request.
    private let metadata: [Wire.KeyValue]
    private let state: Mutex<State>

    /// - Parameters:
    ///   - frameLimit: bytes of the largest frame that is read.
    ///   - metadata: sent with every request.
    init(channel: any Channel, frameLimit: Int, metadata: [Wire.KeyValue] = []) {
        self.channel = channel
        self.metadata = metadata
        state = Mutex(State(streams: ClientStreams(frameLimit: frameLimit)))
    }

    deinit { channel.close(promise: nil) }

    /// Whether nothing can be sent or received any more.
    var isLost: Bool { state.withLock { $0.failure != nil } }

    // MARK: Unary calls

    /// Sends a request and waits for its response.
    ///
    /// - Throws: `RPCError`, or `CancellationError` when the task is cancelled; the daemon is told.
    func call(_ method: Method, payload: [UInt8], timeout: Duration) async throws -> [UInt8] {
        guard timeout > .zero else { throw RPCError.deadline }
        let call = PendingCall()
        let request = Wire.Request(
            service: method.service, method: method.name, payload: payload, timeoutNano: timeout.nanoseconds,
            metadata: metadata)
        let sent = Mutex<(stream: UInt32?, isCancelled: Bool)>((nil, false))
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard call.wait(with: continuation) else { return }
                do {
                    let stream = try start(request, flags: [], as: .call(call))
                    let isCancelled = sent.withLock { sent in
                        sent.stream = stream
                        return sent.isCancelled
                    }
                    if isCancelled { return cancel(stream) }
                    call.expire(
                        by: channel.eventLoop.scheduleTask(in: .nanoseconds(timeout.nanoseconds)) { [weak self] in
                            self?.forget(stream)
                            call.end(.failure(RPCError.deadline))
                        })
                } catch {
                    call.end(.failure(error))
                }
            }
        } onCancel: {
            guard call.end(.failure(CancellationError())) else { return }
            // The later of the two, this or the sending, tells the daemon.
            let stream = sent.withLock { sent in
                sent.isCancelled = true
                return sent.stream
            }
            if let stream { cancel(stream) }
        }
    }

    /// Tells the daemon that nobody waits for a call; its answers, to both, are ignored.
    private func cancel(_ stream: UInt32) {
        forget(stream)
        let request = Wire.Request(
            service: Method.cancel.service, method: Method.cancel.name,
            payload: Wire.CancelRequest(stream: stream).encoded(), metadata: metadata)
        if let stream = try? start(request, flags: [], as: nil) { forget(stream) }
    }

    // MARK: Sessions

    /// Opens a stream whose frames go to `queue`.
    func open(_ method: Method, into queue: some StreamReceiver) throws(RPCError) -> UInt32 {
        let request = Wire.Request(service: method.service, method: method.name, metadata: metadata)
        return try start(request, flags: .remoteOpen, as: .session(queue))
    }

    /// Asks for a stream of health.
    func watch(_ message: Wire.HealthCheckRequest, into queue: WatchQueue) throws(RPCError) -> UInt32 {
        let method = Method.healthWatch
        let request = Wire.Request(
            service: method.service, method: method.name, payload: message.encoded(), metadata: metadata)
        return try start(request, flags: .remoteClosed, as: .watch(queue))
    }

    /// Sends one message on an open stream.
    func send(_ message: some WireMessage, on stream: UInt32) throws(RPCError) {
        let frame = Frame.data(message, stream: stream)
        try frame.checkLength()
        enqueue(frame)
        flush()
    }

    /// Sends the last frame of this end, once, unless the daemon has ended the stream already.
    func end(_ stream: UInt32) {
        enqueueEnd(stream)
        flush()
    }

    /// Gives a frame its place among those that leave; `flush` lets them leave.
    func enqueue(_ frame: Frame) { state.withLock { $0.outgoing.append(frame) } }

    /// As `enqueue`, the last frame of this end, unless the stream is over.
    func enqueueEnd(_ stream: UInt32) {
        state.withLock { state in
            if state.streams.close(stream) { state.outgoing.append(.end(stream: stream)) }
        }
    }

    /// Drops a stream's receiver; frames that still come for it are ignored.
    func forget(_ stream: UInt32) {
        let waiting = state.withLock { state in
            state.streams.forget(stream)
            return state.waiting.removeValue(forKey: stream)
        }
        // Released outside the lock: the end of a watch's queue calls back.
        withExtendedLifetime(waiting) {}
    }

    /// Runs `action` on the event loop after `delay`.
    func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) -> Scheduled<Void> {
        channel.eventLoop.scheduleTask(in: .nanoseconds(delay.nanoseconds), action)
    }

    // MARK: Both

    private func start(
        _ request: Wire.Request, flags: Frame.Flags, as waiting: Waiting?
    ) throws(RPCError) -> UInt32 {
        let body = request.encodedBuffer()
        let result: Result<UInt32, RPCError> = state.withLock { state in
            if let failure = state.failure { return .failure(failure) }
            guard let stream = state.streams.open(streaming: !flags.isEmpty) else {
                return .failure(.lost("its stream numbers are used up"))
            }
            let frame = Frame(stream: stream, kind: .request, flags: flags, body: body)
            do throws(RPCError) {
                try frame.checkLength()
            } catch {
                state.streams.forget(stream)
                return .failure(error)
            }
            state.waiting[stream] = waiting
            state.outgoing.append(frame)
            return .success(stream)
        }
        flush()
        return try result.get()
    }

    /// Lets all frames that have their place leave, on the event loop.
    func flush() {
        channel.eventLoop.execute { [self] in
            let frames = state.withLock { state in
                defer { state.outgoing = [] }
                return state.outgoing
            }
            guard !frames.isEmpty else { return }
            for frame in frames {
                channel.write(frame.header, promise: nil)
                channel.write(frame.body, promise: nil)
            }
            channel.flush()
        }
    }

    /// Handles a frame from the daemon, on the event loop.
    func receive(_ event: FrameEvent) {
        let deliveries: [(Waiting, ClientStreams.Event)] = state.withLock { state in
            state.streams.receive(event).compactMap { event in
                let stream = event.stream
                let waiting = event.endsStream ? state.waiting.removeValue(forKey: stream) : state.waiting[stream]
                return waiting.map { ($0, event) }
            }
        }
        for (waiting, event) in deliveries {
            switch waiting {
            case .call(let call): call.end(event.result)
            case .session(let queue): queue.receive(event)
            case .watch(let queue): queue.receive(event)
            }
        }
    }

    /// The connection is gone: so is everything that waits on it.
    func lose(_ error: RPCError) {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            if state.failure == nil { state.failure = error }
            return Array(state.waiting.values)
        }
        for waiting in waiting {
            switch waiting {
            case .call(let call): call.end(.failure(error))
            case .session(let queue): queue.end(error)
            case .watch(let queue): queue.end(error)
            }
        }
    }

    /// Closes the connection; everything that waits on it fails with CANCELLED.
    func close() async {
        lose(RPCError(code: .cancelled, message: "the client is closed"))
        try? await channel.close()
    }
}

extension ClientStreams.Event {
    fileprivate var stream: UInt32 {
        switch self {
        case .response(let stream, _), .data(let stream, _), .ended(let stream), .failed(let stream, _): stream
        }
    }

    fileprivate var endsStream: Bool {
        if case .data = self { false } else { true }
    }

    /// Outcome of a unary call: the response's message, or its error.
    fileprivate var result: Result<[UInt8], any Error> {
        switch self {
        case .response(_, let response):
            if let status = response.status, status.code != StatusCode.ok.rawValue {
                .failure(RPCError(status: status))
            } else {
                .success(response.payload)
            }
        case .failed(_, let error): .failure(error)
        case .data, .ended: .failure(RPCError.misbehaved("expected a response, got a frame of a stream"))
        }
    }
}

extension Frame {
    /// - Throws: RESOURCE_EXHAUSTED, `frameTooLong`, where the body exceeds ``Frame/largestBody``.
    func checkLength() throws(RPCError) {
        guard body.readableBytes <= Frame.largestBody else {
            throw RPCError(
                .resourceExhausted, .frameTooLong,
                "expected a message of at most \(Frame.largestBody) bytes, got \(body.readableBytes)",
                limit: Double(Frame.largestBody), actual: Double(body.readableBytes))
        }
    }
}

extension RPCError {
    /// DEADLINE_EXCEEDED of a call without an answer in time.
    static let deadline = RPCError(.deadlineExceeded, .deadline, "the daemon did not answer in time")

    /// UNAVAILABLE of a lost connection, with the reason in words.
    static func lost(_ why: String) -> RPCError {
        RPCError(code: .unavailable, message: "the connection to the daemon was lost: \(why)")
    }
}

extension Duration {
    /// From 0 to 36 years, so that sums with a clock fit too.
    var nanoseconds: Int64 {
        let longest = Duration.nanoseconds(1 << 60)
        let (seconds, attoseconds) = max(.zero, min(self, longest)).components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
