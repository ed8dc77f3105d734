import AnimoModel
import AnimoModelFile
import AnimoMotion
import AnimoWire
import NIOCore
import Synchronization

/// One `Track` stream: pictures in, the faces in them out, one result for each in their order.
///
/// Pictures are read one after another, since each may tell where to look in the next.
final class TrackStream: StreamSession {
    /// Puts an output on the way, and calls back once it was handed to the socket.
    typealias Send = @Sendable (Wire.TrackOutput, _ handedOver: @escaping @Sendable () -> Void) -> Void

    /// A picture that was read: it gets one result.
    private struct Frame: Sendable {
        let frame: Wire.TrackFrame
        let received: NIODeadline
        /// Pays for what is made of it.
        let account: MemoryAccount
        /// Reservation of the frame as it came, or why there was none for it.
        let memory: Result<MemoryReservation, RPCError>
    }

    private enum Input: Sendable {
        case open(Wire.TrackOpen)
        case frame(Frame)
    }

    private struct State {
        var isOpen = false
        var reads = true
        var lastSeq: UInt64 = 0
        /// Frames whose results were not handed to the socket.
        var unanswered = 0
        var failure: RPCError?
    }

    private let admission: Admission
    private let renderer: FrameRenderer
    private let counters: Counters
    private let call: CallContext
    private let send: Send
    private let state = Mutex(State())
    private let inputs: AsyncStream<Input>
    private let input: AsyncStream<Input>.Continuation

    init(
        admission: Admission, renderer: FrameRenderer, counters: Counters, call: CallContext, send: @escaping Send
    ) {
        self.admission = admission
        self.renderer = renderer
        self.counters = counters
        self.call = call
        self.send = send
        (inputs, input) = AsyncStream.makeStream()
    }

    // MARK: Called by the connection's read loop; never waits

    func receive(_ body: ByteBuffer) {
        let received = NIODeadline.now()
        guard state.withLock(\.reads) else { return }
        do {
            let message = try Wire.TrackInput(decoding: body)
            try read(message)
            switch message.kind {
            case .open(let open): input.yield(.open(open))
            case .frame(var frame):
                let account = call.memory.another()
                let memory = Result { () throws(RPCError) in try account.reserve(body.readableBytes, field: "frame") }
                if case .failure = memory { frame.picture = nil }
                input.yield(
                    .frame(Frame(frame: frame, received: received, account: account, memory: memory)))
            case nil: break
            }
        } catch {
            fail(RPCError(mapping: error, field: "input"))
        }
    }

    /// - Throws: the rule that a message breaks.
    private func read(_ message: Wire.TrackInput) throws(RPCError) {
        let window = admission.limits.window
        let broken: RPCError? = state.withLock { state in
            switch (message.kind, state.isOpen) {
            case (nil, _): return .invalid("input", .missingField, "expected open or frame, got none")
            case (.open, true): return .invalid("input", .malformed, "the stream is open already")
            case (.frame, false): return .invalid("input", .malformed, "expected open as the first message")
            case (.open, false): state.isOpen = true
            case (.frame(let frame), true):
                guard frame.seq > state.lastSeq else {
                    return .invalid(
                        "frame.seq", .sequence, "expected a number above \(state.lastSeq), got \(frame.seq)")
                }
                guard state.unanswered < window else {
                    return RPCError(
                        .resourceExhausted, .window,
                        "frame: expected at most \(window) frames without a result, got one more", field: "frame",
                        limit: Double(window), actual: Double(window + 1))
                }
                state.lastSeq = frame.seq
                state.unanswered += 1
            }
            return nil
        }
        if let broken { throw broken }
    }

    func endUnlessOpening(after seconds: Double) {
        guard state.withLock({ !$0.isOpen }) else { return }
        fail(.notOpened(within: seconds))
    }

    func finishInput() {
        state.withLock { $0.reads = false }
        input.finish()
    }

    func fail(_ error: RPCError) {
        state.withLock { state in
            state.reads = false
            state.failure = state.failure ?? error
        }
        input.finish()
    }

    /// Opens nothing and reads no picture: each frame that came has the error as its result, and the stream ends with
    /// it.
    func refuse(_ error: RPCError) async throws {
        fail(error)
        for await input in inputs where !Task.isCancelled {
            if case .frame(let frame) = input { answer(frame, Self.result(of: frame, refused: error), by: nil) }
        }
        try Task.checkCancellation()
        throw state.withLock(\.failure) ?? error
    }

    func drain() { fail(RPCError(.unavailable, .draining, "the server is stopping")) }

    // MARK: On the stream's own task

    /// Options by which the stream's pictures are read.
    private struct Reading {
        let faces: ServedTracker
        let options: TrackingOptions
        let framing: HeadFraming
        /// Seconds from frame to frame; nil where pictures are of their own.
        let period: Double?
        var state = TrackingState()
    }

    func run() async throws {
        var reading: Reading?
        for await input in inputs where !Task.isCancelled {
            switch input {
            case .open(let open):
                do throws(RPCError) {
                    let begun = try self.reading(open)
                    reading = begun
                    let opened = Wire.TrackOpened(
                        window: UInt32(admission.limits.window), faceModel: begun.faces.modelName,
                        limits: admission.limits.wire, framing: Wire.FaceFraming(begun.framing))
                    send(Wire.TrackOutput(kind: .opened(opened))) {}
                } catch {
                    fail(error)
                }
            case .frame(let frame):
                guard var now = reading else { continue }
                let result = await result(of: frame, &now)
                reading = now
                answer(frame, result, by: now.faces)
            }
        }
        try Task.checkCancellation()
        if let failure = state.withLock(\.failure) { throw failure }
    }

    private func answer(_ frame: Frame, _ result: Wire.TrackResult, by faces: ServedTracker?) {
        counters.framed(
            model: faces?.modelName, outcome: "\(result.outcome)", took: .now() - frame.received)
        send(Wire.TrackOutput(kind: .result(result))) { [weak self] in
            self?.state.withLock { $0.unanswered -= 1 }
        }
    }

    private func reading(_ open: Wire.TrackOpen) throws(RPCError) -> Reading {
        let model = try admission.model(open.model)
        guard let faces = model.faces else {
            throw RPCError(
                .failedPrecondition, .noEstimator,
                "open.model: no face tracker is loaded; animoctl convert makes one, and animod --model loads it",
                field: "open.model")
        }
        guard open.threshold >= 0, open.threshold <= 1 else {
            throw .invalid("open.threshold", .outOfRange, "expected 0 to 1, got \(open.threshold)")
        }
        guard open.rate >= 0, open.rate <= 1000 else {
            throw .invalid("open.rate", .outOfRange, "expected 0 to 1000 frames a second, got \(open.rate)")
        }
        let options = TrackingOptions(
            choice: FaceChoice(open.face), threshold: open.threshold == 0 ? 0.5 : open.threshold,
            isSmooth: open.smooth && open.video)
        let domain: Domain? =
            open.domain == .unspecified
            ? nil
            : try model.engine.capabilities.domain(open.domain, field: "open.domain", among: Domain.allCases)
        return Reading(
            faces: faces, options: options,
            framing: try HeadFraming(open.framing, field: "open.framing") ?? domain.map(model.framing) ?? .voxCeleb,
            period: open.video ? 1 / (open.rate == 0 ? 25 : open.rate) : nil)
    }

    private func result(of frame: Frame, _ reading: inout Reading) async -> Wire.TrackResult {
        var result = Wire.TrackResult(seq: frame.frame.seq, outcome: .ok)
        do {
            _ = try frame.memory.get()
            let time = reading.period.map { period in
                frame.frame.timeUs == 0
                    ? Double(frame.frame.seq - 1) * period : Double(frame.frame.timeUs) / 1_000_000
            }
            let work = reading
            let (read, mapped) = try await renderer.codecs.run {
                let picture = try IncomingPicture(
                    frame.frame.picture, within: admission.limits.pictures, field: "frame.picture")
                var call = call
                (call.deadline, call.memory) = ((frame.received + .seconds(10)), frame.account)
                let read = try await renderer.track(
                    picture, by: work.faces, at: time, work.state, work.options, memory: frame.account,
                    as: call.scheduling(.interactive))
                let face = try read.picture.face.map { face in
                    try Wire.Face(face, framing: work.framing, mapping: work.faces.tracker.mapping)
                }
                return (read, face)
            }
            reading.state = read.state
            let seen = read.picture
            (result.width, result.height) = (UInt32(seen.width), UInt32(seen.height))
            result.faces = seen.faces.map(Wire.Detection.init)
            result.bestScore = seen.bestScore
            result.face = mapped
            result.times = read.times
        } catch {
            return Self.result(of: frame, refused: RPCError(mapping: error, field: "frame"))
        }
        return result
    }

    private static func result(of frame: Frame, refused error: RPCError) -> Wire.TrackResult {
        var result = Wire.TrackResult(seq: frame.frame.seq)
        switch error.code {
        case .cancelled: result.outcome = .cancelled
        case .deadlineExceeded: result.outcome = .deadlineExceeded
        case .invalidArgument, .failedPrecondition: result.outcome = .invalid
        default: result.outcome = .error
        }
        (result.message, result.detail) = (error.message, error.detail)
        return result
    }
}
