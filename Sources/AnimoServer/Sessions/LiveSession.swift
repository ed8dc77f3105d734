import AnimoModel
import AnimoMotion
import AnimoPictures
import AnimoWire
import NIOCore
import Synchronization

/// One `Animate` stream: one source, many drivers, a picture for each.
final class LiveSession: Sendable {
    private enum Input: Sendable {
        case open(Wire.AnimateOpen, ByteHold)
        /// - Parameter refusal: why it cannot be drawn, whatever comes before it.
        case frame(Wire.AnimateFrame, received: NIODeadline, refusal: RPCError?)
        /// With the last frame read before it.
        case change(Result<Wire.AnimateChange, RPCError>, after: UInt64, ByteHold)
    }

    /// Puts an output on the way, whose memory is `hold`, and calls back once it was handed to the socket.
    typealias Send =
        @Sendable (
            Wire.AnimateOutput, _ hold: ByteHold?, _ handedOver: @escaping @Sendable () -> Void
        ) -> Void

    /// What the frames from here on are drawn with.
    private struct Setting: Sendable {
        var source: CachedSource
        var output: OutputOptions
        var options: Wire.DrawOptions?
        /// Where pictures depend on more than their own frame.
        var codes: SessionCodes?
        /// nil where motion is absolute.
        var relative: Wire.Relative?
    }

    private struct Inbox: Sendable {
        var state: SessionState?
        var failure: RPCError?
        var isClosed = false
        /// Memory of the frames without a result.
        var holds: [UInt64: ByteHold] = [:]
        /// What has not begun is taken back.
        var breaksOff = false
        /// The client was told so.
        var hasOpened = false
        var isDraining = false
        /// Those that draw, by their frames.
        var drawings: [UInt64: Task<Void, Never>] = [:]
    }

    private let service: AnimoService
    private let counters: Counters
    private let call: CallContext
    private let send: Send
    private let inbox = Mutex(Inbox())
    private let inputs: AsyncStream<Input>
    private let input: AsyncStream<Input>.Continuation
    /// Of frames that newer ones make obsolete.
    private let turns = NewestTurn()

    init(service: AnimoService, counters: Counters, call: CallContext, send: @escaping Send) {
        self.service = service
        self.counters = counters
        self.call = call
        self.send = send
        (inputs, input) = AsyncStream.makeStream()
    }

    // MARK: Called by the connection's read loop; never waits

    /// Takes the client's next message. What breaks the rules ends the session with its error.
    func receive(_ bytes: [UInt8]) {
        let received = NIODeadline.now()
        inbox.withLock { inbox in
            guard inbox.failure == nil, !inbox.isClosed else { return }
            do {
                let message = try Wire.AnimateInput(decoding: bytes)
                input.yield(try read(message, of: bytes.count, received: received, into: &inbox))
            } catch {
                inbox.failure = RPCError(answering: error, field: "input")
                input.finish()
            }
        }
    }

    /// The client will send no more.
    func finishInput() {
        inbox.withLock { $0.isClosed = true }
        input.finish()
    }

    /// Takes no more frames, takes back those that have not begun and ends with `error`.
    func fail(_ error: RPCError) {
        inbox.withLock { $0.failure = $0.failure ?? error }
        input.finish()
    }

    /// Answers the frames that were read before the session could be opened, each with `error`, and ends with it.
    func refuse(_ error: RPCError) async throws {
        fail(error)
        try await run()
    }

    /// Takes no more frames, finishes what was read and ends with UNAVAILABLE.
    func drain() {
        inbox.withLock { inbox in
            guard inbox.failure == nil, !inbox.isClosed else { return }
            inbox.failure = RPCError(.unavailable, .draining, "the server is stopping")
            inbox.isDraining = true
            // A session that is being opened is told when it is.
            if inbox.hasOpened { tellDraining() }
        }
        input.finish()
    }

    private func tellDraining() { send(Wire.AnimateOutput(kind: .draining(Wire.AnimateDraining())), nil) {} }

    private func read(
        _ message: Wire.AnimateInput, of bytes: Int, received: NIODeadline, into inbox: inout Inbox
    ) throws -> Input {
        let hold = call.hold.another()
        switch (message.kind, inbox.state == nil) {
        case (nil, _):
            throw RPCError.invalid("input", .missingField, "expected open, frame or change, got none")
        case (.open(let open), true):
            let limits = service.limits
            guard open.window <= limits.windowMaximum else {
                throw RPCError.invalid(
                    "open.window", .outOfRange, limit: Double(limits.windowMaximum), actual: Double(open.window),
                    "expected at most \(limits.windowMaximum), got \(open.window)")
            }
            try hold.take(bytes, field: "open")
            inbox.state = SessionState(
                window: open.window == 0 ? limits.window : Int(open.window), policy: open.policy)
            return .open(open, hold)
        case (.open, false): throw RPCError.invalid("input", .malformed, "the session is open already")
        case (_, true): throw RPCError.invalid("input", .malformed, "expected open as the first message")
        case (.frame(let frame), false):
            guard frame.captureTime.count <= 64 else {
                throw RPCError.invalid(
                    "frame.capture_time", .size, limit: 64, actual: Double(frame.captureTime.count),
                    "expected at most 64 bytes, got \(frame.captureTime.count)")
            }
            guard frame.timeoutNano >= 0 else {
                throw RPCError.invalid("frame.timeout_nano", .outOfRange, "expected 0 or more")
            }
            try inbox.state?.read(frame.seq)
            do {
                try hold.take(bytes, field: "frame")
                inbox.holds[frame.seq] = hold
                return .frame(frame, received: received, refusal: nil)
            } catch {
                // It was read, so it gets a result; what it brought is let go.
                let left = Wire.AnimateFrame(seq: frame.seq, captureTime: frame.captureTime)
                return .frame(left, received: received, refusal: RPCError(answering: error))
            }
        case (.change(let change), false):
            try inbox.state?.readChange()
            let last = inbox.state?.lastSeq ?? 0
            do {
                try hold.take(bytes, field: "change")
                return .change(.success(change), after: last, hold)
            } catch {
                return .change(.failure(RPCError(answering: error)), after: last, hold)
            }
        }
    }

    // MARK: On the session's own task

    /// Lives until the client has finished and every frame has its result.
    ///
    /// - Throws: what ends the stream with an error; all results were sent before.
    func run() async throws {
        var setting: Setting?
        var reading: Task<Void, Never>?
        for await input in inputs {
            switch input {
            case .open(let open, let hold):
                let isRefused = inbox.withLock { $0.failure != nil && !$0.isDraining }
                if isRefused { continue }
                // What was sent behind an open that fails is answered too, each with the reason.
                do { setting = try await opened(open, hold) } catch { fail(RPCError(answering: error, field: "open")) }
            case .change(let change, let seq, let hold):
                setting = try await changed(change, after: seq, from: setting, hold)
            case .frame(let frame, let received, let refusal):
                guard let setting, refusal == nil else {
                    let failure = inbox.withLock { $0.failure }
                    answer(frame, refused: refusal ?? failure ?? RPCError(.cancelled, .cancelled, "cancelled"))
                    continue
                }
                let turn = setting.codes.map { _ in ReadingTurn(after: reading) }
                inbox.withLock { inbox in
                    inbox.drawings[frame.seq] = Task { [self] in
                        await draw(frame, received: received, with: setting, in: turn)
                        self.inbox.withLock { $0.drawings[frame.seq] = nil }
                    }
                }
                reading = turn?.end
            }
        }
        let isCancelled = Task.isCancelled
        let (failure, breaksOff, drawings) = inbox.withLock { inbox in
            inbox.breaksOff = isCancelled || inbox.failure.map { $0.code != .unavailable } ?? false
            return (inbox.failure, inbox.breaksOff, Array(inbox.drawings.values))
        }
        if breaksOff { for task in drawings { task.cancel() } }
        // Once all have been read nobody waits for later frames.
        await reading?.value
        setting?.codes?.finish()
        for task in drawings { await task.value }
        if let failure { throw failure }
    }

    private func opened(_ open: Wire.AnimateOpen, _ hold: ByteHold) async throws -> Setting {
        var call = call
        call.hold = hold
        call.deadline = .now() + .seconds(10)
        let found = try await service.sources.find(open.source, model: open.model, for: call, priority: .interactive)
        let output = try OutputOptions(open.options, sent: found.source.sent)
        let codes = try await codes(open, of: found.source, output: output, for: call)
        let opened = Wire.AnimateOpened(
            source: found.source.wire, window: UInt32(inbox.withLock { $0.state?.window ?? 0 }), policy: open.policy,
            limits: service.limits.wire)
        inbox.withLock { inbox in
            inbox.hasOpened = true
            send(Wire.AnimateOutput(kind: .opened(opened)), nil) {}
            if inbox.isDraining { tellDraining() }
        }
        return Setting(
            source: found.source, output: output, options: open.options, codes: codes, relative: open.relative)
    }

    /// The timeline of a session whose pictures depend on more than their own frame; nil for others.
    private func codes(
        _ open: Wire.AnimateOpen, of source: CachedSource, output: OutputOptions, for call: CallContext
    ) async throws -> SessionCodes? {
        let capabilities = source.model.engine.capabilities
        try check(open.lookahead, open, capabilities)
        guard open.relative != nil || capabilities.window > 1 else { return nil }
        if open.relative != nil, !capabilities.isRelative {
            throw RPCError(
                .failedPrecondition, .noEstimator,
                "open.relative: this model's family has no relative motion; leave it away", field: "open.relative")
        }
        var neutral: DriverCode?
        if let driver = open.relative?.neutral {
            let reader = DriverReader(
                model: source.model, limits: service.limits, outOfRange: output.outOfRange, hold: call.hold)
            let terms = DriverTerms(
                domain: source.domain, source: source.prepared, translation: output.translation,
                mapping: output.mapping)
            let pending = try await service.sources.codecs.run {
                try reader.read(driver, terms: terms, as: "open.relative.neutral").code
            }
            var times = Wire.Times()
            neutral = try await service.draughtsman.resolve(
                pending, by: source.model, times: &times, as: call.standing(.interactive)
            ).first
        }
        return SessionCodes(
            CodeTimeline(window: capabilities.window, lookahead: Int(open.lookahead), neutral: neutral))
    }

    private func check(_ lookahead: UInt32, _ open: Wire.AnimateOpen, _ capabilities: Capabilities) throws {
        guard lookahead > 0 else { return }
        let field = "open.lookahead"
        guard capabilities.window > 1 else {
            throw RPCError(
                .failedPrecondition, .outOfRange, "\(field): this model draws each picture from one frame alone",
                field: field)
        }
        let window = inbox.withLock { $0.state?.window ?? 0 }
        let most = min(capabilities.window / 2, window - 1)
        guard lookahead <= most else {
            throw RPCError.invalid(
                field, .outOfRange, limit: Double(most), actual: Double(lookahead),
                "expected at most \(most) with a window of \(window), got \(lookahead)")
        }
        guard open.policy == .queue else {
            throw RPCError.invalid(
                field, .malformed, "expected the policy queue: with latest no frame would live to see later ones")
        }
    }

    /// The setting after a change; a refused one leaves everything as it was and says so.
    private func changed(
        _ change: Result<Wire.AnimateChange, RPCError>, after seq: UInt64, from old: Setting?, _ hold: ByteHold
    ) async throws -> Setting? {
        guard var setting = old else { return nil }
        var answer = Wire.AnimateChanged()
        do {
            let change = try change.get()
            if let source = change.source {
                var call = call
                call.hold = hold
                call.deadline = .now() + .seconds(10)
                // The session's own model, even if another is served under its name by now.
                let model = setting.source.model
                setting.source = try await service.sources.find(source, on: model, for: call, priority: .live).source
            }
            if let options = change.options { setting.options = options }
            setting.output = try OutputOptions(setting.options, sent: setting.source.sent)
            if change.calibrate {
                guard setting.relative != nil, let codes = setting.codes else {
                    throw RPCError.invalid(
                        "change.calibrate", .malformed, "expected a session of relative motion; this one is absolute")
                }
                codes.calibrate(after: seq)
            }
        } catch {
            let error = RPCError(answering: error, field: "change")
            answer.message = error.message
            answer.detail = error.detail
            setting = old ?? setting
        }
        answer.source = setting.source.wire
        emit { [answer] in $0.answerChange(Wire.AnimateOutput(kind: .changed(answer)), after: seq) }
        return setting
    }

    private func draw(
        _ frame: Wire.AnimateFrame, received: NIODeadline, with setting: Setting, in turn: ReadingTurn?
    ) async {
        defer { turn?.finish() }
        let timeout = frame.timeoutNano == 0 ? TimeAmount.seconds(10) : .nanoseconds(frame.timeoutNano)
        do {
            var result = try await drawn(frame, deadline: received + timeout, with: setting, in: turn)
            result.outcome = .ok
            answer(frame, result, by: setting)
        } catch {
            answer(frame, refused: RPCError(answering: error, field: "frame"), by: setting)
        }
    }

    private func answer(_ frame: Wire.AnimateFrame, refused error: RPCError, by setting: Setting? = nil) {
        var result = Wire.AnimateResult()
        switch error.code {
        case .cancelled: result.outcome = breaksOff ? .cancelled : .dropped
        case .deadlineExceeded: result.outcome = .deadlineExceeded
        case .invalidArgument, .failedPrecondition: result.outcome = .invalid
        default: result.outcome = .error
        }
        result.message = result.outcome == .dropped ? "a newer frame came" : error.message
        result.detail = result.outcome == .dropped ? nil : error.detail
        answer(frame, result, by: setting)
    }

    private func answer(_ frame: Wire.AnimateFrame, _ result: Wire.AnimateResult, by setting: Setting?) {
        var result = result
        result.seq = frame.seq
        result.captureTime = frame.captureTime
        result.modelDigest = setting?.source.model.engine.information.digest ?? []
        counters.framed(outcome: "\(result.outcome)")
        emit { [result] in $0.complete(result) }
    }

    private var isLatest: Bool { inbox.withLock { $0.state?.policy == .latest } }

    /// Whether frames are cancelled because the whole session is, not because newer ones came.
    private var breaksOff: Bool { inbox.withLock { $0.breaksOff } }

    private func drawn(
        _ frame: Wire.AnimateFrame, deadline: NIODeadline, with setting: Setting, in turn: ReadingTurn?
    ) async throws -> Wire.AnimateResult {
        let source = setting.source
        let output = setting.output
        let hold = inbox.withLock { $0.holds[frame.seq] } ?? call.hold.another()
        let terms = DriverTerms(
            domain: source.domain, source: source.prepared, translation: output.translation, mapping: output.mapping)
        let reader = DriverReader(
            model: source.model, limits: service.limits, outOfRange: output.outOfRange, hold: hold)
        var call = call
        call.deadline = deadline
        let standing = call.standing(output.isBatch ? .batch : .live)
        // What is obsolete already is not even decoded; what is being decoded is left to be.
        let isLatest = isLatest
        if isLatest { try await turns.begin(frame.seq) }
        var hasTurn = isLatest
        defer { if hasTurn { turns.end() } }
        try Task.checkCancellation()
        let (driver, decoding) = try await timed {
            try await service.sources.codecs.run(decoding: frame.driver?.hasPicture ?? false) {
                try reader.read(frame.driver, terms: terms)
            }
        }
        var times = Wire.Times(decode: decoding.microseconds)
        let engineDriver: EngineDriver
        if let codes = setting.codes {
            // Frames are read one after another, so that each knows those before it.
            await turn?.begin()
            try Task.checkCancellation()
            let own = try await service.draughtsman.resolve(
                driver.code, by: source.model, times: &times, as: standing)
            engineDriver = .codes(
                try await codes.window(
                    own, at: frame.seq, of: source, relative: setting.relative, turn: turn, until: deadline))
        } else {
            engineDriver = driver.code.driver(window: source.model.engine.capabilities.window)
        }
        if isLatest {
            // Older ones that wait to be drawn are obsolete; those being drawn still end in a picture.
            for (seq, task) in inbox.withLock({ $0.drawings }) where seq < frame.seq { task.cancel() }
            hasTurn = false
            turns.end()
        }
        let drawing = try await service.draughtsman.draw(
            engineDriver, on: source, output: output, times: times, as: standing, hold: hold)
        return Wire.AnimateResult(
            picture: drawing.picture, motion: Wire.Motion(values: drawing.code.values),
            driverCrop: driver.crop.map(Wire.CropTransform.init), clamped: driver.clamped,
            translationAssumed: driver.translationAssumed, times: drawing.times,
            batchSize: UInt32(drawing.batchSize))
    }

    /// Sends under the lock, so that outputs leave in the order in which they became sendable.
    private func emit(_ step: @Sendable (inout SessionState) -> [Wire.AnimateOutput]) {
        inbox.withLock { inbox in
            guard var state = inbox.state else { return }
            let outputs = step(&state)
            inbox.state = state
            for output in outputs {
                if case .result(let result) = output.kind {
                    let hold = inbox.holds.removeValue(forKey: result.seq)
                    send(output, hold) { [weak self] in self?.inbox.withLock { $0.state?.handedOver() } }
                } else {
                    send(output, nil) { [weak self] in self?.inbox.withLock { $0.state?.changeHandedOver() } }
                }
            }
        }
    }
}
