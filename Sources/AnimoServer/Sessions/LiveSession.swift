import AnimoMotion
import AnimoWire
import NIOCore
import Synchronization

/// One `Animate` stream: one source, many drivers, a picture for each.
///
/// Messages are decoded by who reads them, before the session's lock is taken; outputs are ordered under it, and
/// encoded and sent outside it, by one task at a time.
final class LiveSession: StreamSession {
    /// Encodes an output, whose picture takes `memory`, puts it on the way, and calls back once it was handed to the
    /// socket.
    typealias Send =
        @Sendable (
            Wire.AnimateOutput, _ memory: MemoryReservation?, _ handedOver: @escaping @Sendable () -> Void
        ) -> Void

    let admission: Admission
    let renderer: FrameRenderer
    private let counters: Counters
    let call: CallContext
    private let send: Send
    let inbox = Mutex(SessionInbox())
    private let inputs: AsyncStream<SessionInput>
    private let input: AsyncStream<SessionInput>.Continuation
    private let frames = FrameTasks()
    /// Gate at which newer frames displace older ones.
    private let gate = LatestWinsGate()

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

    /// Takes the client's next message. What breaks the rules ends the session with its error.
    func receive(_ body: ByteBuffer) {
        let received = NIODeadline.now()
        guard inbox.withLock(\.reads) else { return }
        do {
            let message = try Wire.AnimateInput(decoding: body)
            guard let read = try take(message, of: body.readableBytes, received: received) else { return }
            input.yield(read)
        } catch {
            fail(RPCError(mapping: error, field: "input"))
        }
    }

    /// - Returns: nil where the session reads no more.
    private func take(
        _ message: Wire.AnimateInput, of bytes: Int, received: NIODeadline
    ) throws(RPCError) -> SessionInput? {
        let account = call.memory.another()
        let memory = Result { () throws(RPCError) in try account.reserve(bytes, field: message.field) }
        if case .open = message.kind { _ = try memory.get() }
        let read: Result<UInt64?, RPCError> = inbox.withLock { inbox in
            guard inbox.reads else { return .success(nil) }
            return Result { () throws(RPCError) in
                try inbox.read(message, within: admission.limits)
                return inbox.ledger?.lastSeq ?? 0
            }
        }
        guard let last = try read.get() else { return nil }
        switch message.kind {
        case .open(let open): return .open(open, account, try memory.get())
        case .frame(let frame):
            return .frame(SessionFrame(frame, received: received, account: account, memory: memory))
        case .change(let change):
            return .change(SessionChange(change: change, seq: last, account: account, memory: memory))
        case nil: return nil
        }
    }

    /// The client will send no more.
    func finishInput() {
        inbox.withLock { $0.finish() }
        input.finish()
    }

    /// Reads no more, takes back the frames that have not begun and ends with `error`.
    func fail(_ error: RPCError) {
        inbox.withLock { $0.fail(error) }
        input.finish()
    }

    func endUnlessOpening(after seconds: Double) {
        guard inbox.withLock({ $0.state == .new }) else { return }
        fail(.notOpened(within: seconds))
    }

    /// Answers the frames that were read before the session could be opened, each with `error`, and ends with it.
    func refuse(_ error: RPCError) async throws {
        fail(error)
        try await run()
    }

    /// Reads no more, finishes what was read and ends with UNAVAILABLE.
    func drain() {
        inbox.withLock { $0.drain() }
        // The session's own task goes on, and sends what there is to say.
        input.finish()
    }

    // MARK: On the session's own task

    /// Lives until the client has finished and every frame has its result.
    ///
    /// - Throws: what ends the stream with an error; all results were sent before.
    func run() async throws {
        var setting: SessionSetting?
        var turn: SequentialGate?
        for await input in inputs {
            switch input {
            case .open(let open, let account, let memory): setting = await opened(open, account, memory)
            case .change(let change): setting = await changed(change, from: setting)
            case .frame(let frame):
                let next = setting?.isSequential == true ? SequentialGate(after: turn?.end) : nil
                if await begin(frame, in: setting, turn: next) { turn = next ?? turn }
            }
        }
        let isCancelled = Task.isCancelled
        let (failure, isBrokenOff) = inbox.withLock { inbox in
            if isCancelled { inbox.abandon() }
            return (inbox.failure, inbox.isBrokenOff)
        }
        if isBrokenOff { frames.cancelAll() }
        await flush()
        // Once all have been read nobody waits for later frames.
        await turn?.end.value
        setting?.timeline?.finish()
        await frames.waitUntilEnded()
        if let failure { throw failure }
    }

    /// Admits a frame and lets it be rendered on a task of its own.
    ///
    /// - Returns: whether it takes its turn; one that was refused has its result already.
    private func begin(_ frame: SessionFrame, in setting: SessionSetting?, turn: SequentialGate?) async -> Bool {
        let job: RenderJob
        do throws(RPCError) {
            job = try admit(frame, in: setting, turn: turn)
        } catch {
            answer(frame, refused: error, by: setting)
            await flush()
            guard let turn, setting?.timeline != nil else {
                turn?.finish()
                return false
            }
            frames.start(frame.seq, on: renderer.codecs) { await Self.end(turn, of: frame.seq, in: setting?.timeline) }
            return true
        }
        frames.start(frame.seq, on: renderer.codecs) { [self] in
            await render(job, of: frame, in: setting)
            if let turn { await Self.end(turn, of: frame.seq, in: setting?.timeline) }
        }
        return true
    }

    /// Ends a frame's turn. One that added no code, because it failed, is counted in its order all the same.
    private static func end(_ turn: SequentialGate, of seq: UInt64, in timeline: SessionTimeline?) async {
        if let timeline {
            await turn.begin()
            timeline.pass(seq)
        }
        turn.finish()
    }

    private func admit(
        _ frame: SessionFrame, in setting: SessionSetting?, turn: SequentialGate?
    ) throws(RPCError) -> RenderJob {
        _ = try frame.memory.get()
        let (failure, isLatest) = inbox.withLock { ($0.failure, $0.isLatest) }
        guard let setting else { throw failure ?? RPCError(.cancelled, .cancelled, "cancelled") }
        var call = call
        call.deadline = frame.deadline
        call.memory = frame.account
        var motion: SessionMotion?
        if let turn, setting.timeline != nil || setting.control != nil {
            motion = SessionMotion(
                seq: frame.seq, time: frame.time, timeline: setting.timeline, relative: setting.relative,
                control: setting.control, turn: turn)
        }
        let faces = setting.faces.flatMap { memory in
            turn.map { turn in
                FrameFaces(
                    memory: memory, turn: turn, time: frame.time, isLive: isLatest, isLast: motion == nil)
            }
        }
        return try RenderJob(
            admitting: frame.frame, in: setting, motion: motion, faces: faces,
            precedence: isLatest ? FramePrecedence(seq: frame.seq, gate: gate, frames: frames) : nil, by: admission,
            for: call)
    }

    // MARK: On codec threads

    private func render(_ job: RenderJob, of frame: SessionFrame, in setting: SessionSetting?) async {
        do {
            let picture = try await renderer.render(job)
            complete(frame, Wire.AnimateResult(picture, to: frame), memory: picture.memory, in: setting)
        } catch {
            answer(frame, refused: RPCError(mapping: error, field: "frame"), by: setting)
        }
        sendOutputs()
    }

    private func answer(_ frame: SessionFrame, refused error: RPCError, by setting: SessionSetting?) {
        var result = Wire.AnimateResult(seq: frame.seq, captureTime: frame.captureTime)
        switch error.code {
        case .cancelled: result.outcome = inbox.withLock(\.isBrokenOff) ? .cancelled : .dropped
        case .deadlineExceeded: result.outcome = .deadlineExceeded
        case .invalidArgument, .failedPrecondition: result.outcome = .invalid
        default: result.outcome = .error
        }
        result.message = result.outcome == .dropped ? "replaced by a newer frame" : error.message
        result.detail = result.outcome == .dropped ? nil : error.detail
        result.modelDigest = setting?.source.model.engine.information.digest ?? []
        complete(frame, result, memory: nil, in: setting)
    }

    private func complete(
        _ frame: SessionFrame, _ result: Wire.AnimateResult, memory: MemoryReservation?, in setting: SessionSetting?
    ) {
        counters.framed(
            model: setting?.source.model.name, outcome: "\(result.outcome)", took: .now() - frame.received)
        inbox.withLock { inbox in
            // Taken and told in one step: the frame that a neutral belongs to may be completed by another thread.
            for (seq, calibrated) in setting?.control?.takeCalibrated() ?? [] { inbox.tell(calibrated, before: seq) }
            inbox.complete(result, memory: memory)
        }
    }

    /// Sends all outputs that are ready, on a codec thread: whoever comes meanwhile leaves its own to the one at it.
    func sendOutputs() {
        guard inbox.withLock({ $0.beginSending() }) else { return }
        while let next = inbox.withLock({ $0.nextOutput() }) {
            let place = next.place
            send(next.output, next.memory) { [weak self] in self?.inbox.withLock { $0.handedOver(place) } }
        }
    }

    /// Sends on a codec thread what was said on another.
    private func flush() async { await renderer.codecs.run { sendOutputs() } }
}

extension Wire.AnimateInput {
    /// The field that is refused where there is no memory for it.
    fileprivate var field: String {
        switch kind {
        case .open: "open"
        case .frame: "frame"
        case .change: "change"
        case nil: "input"
        }
    }
}
