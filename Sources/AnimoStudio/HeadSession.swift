import AnimoCLI
import AnimoClient
import AnimoConcurrency
import AnimoJSON
import AnimoMotion
import AnimoWire
import Synchronization

/// One head on a page: its source at the daemon, its live session, the newest driver that waits for it, and how that is
/// followed.
final class HeadSession: Sendable {
    /// A driver on its way, with what the page wants back beside the picture.
    struct Drive: Sendable {
        /// Nil where no head is seen.
        let driver: Wire.Driver?
        /// 0 where the studio drives by itself.
        let seq: UInt32
        /// Milliseconds on the clock of whoever drives.
        let time: Double
    }

    /// Settings asked of the session, in force with the next one where there is none.
    private struct Asked {
        var control: PageControl
        /// Measurement of a neutral that is to begin.
        var calibration: Wire.Calibration?
        /// Measured neutrals, by the driver whose they are.
        var neutrals: [String: Wire.Driver] = [:]
        /// The neutral before the measurement that the page waits for.
        var awaited: (was: Wire.Driver?, driver: String)?
    }

    /// Thrown where motion is to be relative to another neutral: the session has to be opened anew.
    private struct Reopen: Error {}

    /// Place on the page, 0 to 3.
    let index: Int
    /// Name of the model at the daemon.
    let model: String
    private let client: AnimoClient
    private let request: Wire.PutSourceRequest
    private let options: Wire.DrawOptions
    private let groups: Set<ControlGroup>
    private let emit: @Sendable (PageOutput) async -> Void
    private let show: @Sendable ([UInt8]) -> Void
    /// Outlives the sessions: the newest driver waits here while the daemon is away.
    private let drives = Mailbox<Drive>(.latest)
    private let asked: Mutex<Asked>
    private let clock = Mutex(SessionClock())
    /// Signals that the settings have changed.
    private let wakes = Mailbox<Void>(.latest)

    /// - Parameters:
    ///   - groups: that the model can tell apart; none where it cannot be controlled.
    ///   - neutrals: measured before, by driver.
    ///   - emit: sends to the page; waits while the page does not read.
    ///   - show: is given every picture.
    init(
        _ index: Int, client: AnimoClient, request: Wire.PutSourceRequest, options: Wire.DrawOptions,
        groups: Set<ControlGroup> = [], control: PageControl = PageControl(), neutrals: [String: Wire.Driver] = [:],
        emit: @escaping @Sendable (PageOutput) async -> Void, show: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.index = index
        self.client = client
        self.request = request
        self.options = options
        self.groups = groups
        self.emit = emit
        self.show = show
        model = request.model
        asked = Mutex(Asked(control: control, neutrals: neutrals))
    }

    /// Neutrals that were measured, by driver.
    var neutrals: [String: Wire.Driver] { asked.withLock(\.neutrals) }

    /// Takes the place of a driver that was not sent yet. A model that cannot be controlled is driven by heads only.
    func send(_ next: Drive) {
        if next.driver == nil, groups.isEmpty { return }
        _ = drives.put(next)
    }

    /// Follows otherwise from the next driver on.
    func follow(_ control: PageControl) {
        let isNew = asked.withLock { asked in
            defer { asked.control = control }
            return asked.control != control
        }
        if isNew { _ = wakes.put(()) }
    }

    /// Measures the neutral anew.
    func calibrate(_ calibration: Wire.Calibration) {
        asked.withLock { $0.calibration = calibration }
        _ = wakes.put(())
    }

    /// Keeps a session open until cancelled or refused by the daemon. Waits for a daemon that is gone.
    func run() async {
        var told: String?
        while !Task.isCancelled {
            do {
                let held = try await client.hold(request, timeout: .seconds(20))
                let (open, control) = opening()
                let session = try await client.lasting(held, open, timeout: .seconds(20))
                await emit(.text(opened(held, session.opened)))
                told = nil
                try await play(session, control)
            } catch is CancellationError {
                return
            } catch is Reopen {
                continue
            } catch let error as RPCError where Self.isPassing(error) {
                let state = error.code == .resourceExhausted ? "overloaded" : "lost"
                if told != state {
                    told = state
                    await emit(
                        .text(.object(["kind": "daemon", "state": .string(state), "message": .string(error.message)])))
                }
                try? await Task.sleep(for: .seconds(1))
            } catch {
                let message = (error as? RPCError)?.message ?? "\(error)"
                await emit(
                    .text(
                        .object(["kind": "refused", "head": .integer(index), "message": .string(message)])))
                return
            }
        }
    }

    /// Returns whether waiting helps.
    private static func isPassing(_ error: RPCError) -> Bool {
        switch error.code {
        case .unavailable, .resourceExhausted, .deadlineExceeded, .aborted: true
        default: false
        }
    }

    private func opening() -> (Wire.AnimateOpen, PageControl) {
        asked.withLock { asked in
            let control = asked.control
            let open = Wire.AnimateOpen(
                policy: .latest, options: options,
                relative: control.neutral.map { Wire.Relative(neutral: asked.neutrals[$0] ?? control.measured) },
                control: control.wire(groups))
            return (open, control)
        }
    }

    private func play(_ session: ReconnectingSession, _ control: PageControl) async throws {
        // A head that is exchanged ends its session at once, though its own task is cancelled.
        defer { Task.detached { try? await session.finish() } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [drives] in
                while let next = try await drives.next() {
                    let clock = self.clock.withLock { $0.time(at: next.time) }
                    try await session.send(
                        Wire.AnimateFrame(
                            captureTime: Self.stamp(next, clock), driver: next.driver, timeUs: Int64(clock * 1000)))
                }
            }
            group.addTask {
                for try await result in session.results {
                    await self.noteNeutral(of: session)
                    await self.take(result)
                }
            }
            group.addTask { try await self.change(session, from: control) }
            while try await group.next() != nil {}
        }
    }

    /// Changes the session to what is asked for.
    private func change(_ session: ReconnectingSession, from control: PageControl) async throws {
        var current = control
        repeat {
            let (wanted, calibration) = asked.withLock { asked in (asked.control, asked.calibration) }
            guard wanted.neutral == current.neutral else { throw Reopen() }
            var change = Wire.AnimateChange()
            if wanted != current { change.control = wanted.wire(groups) }
            if let calibration, let driver = wanted.neutral {
                asked.withLock { asked in
                    asked.calibration = nil
                    asked.awaited = groups.isEmpty ? nil : (session.neutral, driver)
                }
                // Models that cannot be controlled take the next frame, and do not say when they have.
                if groups.isEmpty { change.calibrate = true } else { change.calibration = calibration }
            }
            current = wanted
            if change != Wire.AnimateChange() {
                do {
                    try await session.change(change)
                    if change.calibrate { await tellCalibrated(nil) }
                    // Earlier drivers may have been rendered by the old control: the page sends its last once more.
                    if change.control != nil {
                        await emit(.text(.object(["kind": "controlled", "head": .integer(index)])))
                    }
                } catch let error as RPCError where !Self.isPassing(error) {
                    await emit(.text(.object(["kind": "malformed", "message": .string(error.message)])))
                }
            }
        } while try await wakes.next() != nil
    }

    /// Tells the page when the measurement that it waits for has ended.
    private func noteNeutral(of session: ReconnectingSession) async {
        let neutral = session.neutral
        let isNew = asked.withLock { asked in
            guard let awaited = asked.awaited, let neutral, neutral != awaited.was else { return false }
            asked.neutrals[awaited.driver] = neutral
            asked.awaited = nil
            return true
        }
        if isNew { await tellCalibrated(neutral) }
    }

    /// - Parameter neutral: for the page to keep, and to give again; nil where the daemon does not tell it.
    private func tellCalibrated(_ neutral: Wire.Driver?) async {
        let measured: JSONValue =
            switch neutral?.kind {
            case .pose(let pose): .pose(pose)
            case .motion(let motion): .floats(motion.values)
            case .frame, nil: .null
            }
        await emit(
            .text(.object(["kind": "calibrated", "head": .integer(index), "neutral": measured])))
    }

    private func take(_ result: Wire.AnimateResult) async {
        let (seq, time, clock) = Self.unstamp(result.captureTime)
        var facts: KeyValuePairs<String, JSONValue> {
            [
                "tracking": .string(Self.word(result.tracking)), "face": result.face.map(JSONValue.face) ?? .null,
                "head": .integer(index), "seq": .integer(Int(seq)), "time": .number(time),
                "outcome": .string("\(result.outcome)"), "message": .string(result.message),
                "delay": seq == 0 ? .measured(StudioClock.milliseconds(at: .now) - time) : .null,
                "batch": .integer(Int(result.batchSize)), "dropped": .count(result.dropped),
                "clamped": .array(result.clamped.map { .string($0.channel) }),
                "ms": .object([
                    "decode": .milliseconds(result.times?.decode), "queue": .milliseconds(result.times?.queue),
                    "compute": .milliseconds(result.times?.compute), "encode": .milliseconds(result.times?.encode),
                ]),
                "crop": result.driverCrop.map(JSONValue.crop) ?? .null,
                "pose": result.pose.map(JSONValue.pose) ?? .null,
            ]
        }
        guard result.outcome == .ok, let picture = result.picture else {
            return await emit(.text(.object(facts).with("kind", "failed")))
        }
        self.clock.withLock { $0.show(clock, of: time) }
        show(picture.data)
        await emit(.picture(.object(facts), picture.data))
    }

    private func opened(_ held: HeldSource, _ opened: Wire.AnimateOpened) -> JSONValue {
        .object([
            "kind": "opened", "head": .integer(index), "width": .integer(Int(held.prepared.width)),
            "height": .integer(Int(held.prepared.height)), "window": .integer(Int(opened.window)),
            "crop": held.prepared.crop.map(JSONValue.crop) ?? .null, "controlled": .bool(!groups.isEmpty),
        ])
    }

    /// Empty where the model cannot be controlled.
    private static func word(_ tracking: Wire.Tracking) -> String {
        switch tracking {
        case .unspecified: ""
        case .ok: "ok"
        case .held: "held"
        case .idle: "idle"
        }
    }

    /// Bytes that come back with the result of a frame.
    private static func stamp(_ drive: Drive, _ clock: Double) -> [UInt8] {
        [UInt64(drive.seq), drive.time.bitPattern, clock.bitPattern].flatMap { number in
            withUnsafeBytes(of: number.littleEndian) { Array($0) }
        }
    }

    private static func unstamp(_ bytes: [UInt8]) -> (seq: UInt32, time: Double, clock: Double) {
        guard bytes.count == 24 else { return (0, 0, 0) }
        func number(_ place: Int) -> UInt64 {
            bytes[8 * place..<8 * place + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        return (UInt32(clamping: number(0)), Double(bitPattern: number(1)), Double(bitPattern: number(2)))
    }
}

extension JSONValue {
    /// Milliseconds from microseconds; 0 where none were measured.
    static func milliseconds(_ microseconds: UInt64?) -> JSONValue { .measured(Double(microseconds ?? 0) / 1000) }

    /// Rectangle of the original that was prepared, in its pixels.
    static func crop(_ crop: Wire.CropTransform) -> JSONValue {
        .object([
            "x": .measured(crop.offsetX), "y": .measured(crop.offsetY),
            "width": .measured(crop.scaleX * Double(crop.width)),
            "height": .measured(crop.scaleY * Double(crop.height)),
        ])
    }

    /// A face in pixels of the driver's picture.
    static func face(_ face: Wire.Face) -> JSONValue {
        .object([
            "how": .string(face.how == .tracked ? "tracked" : "detected"), "presence": .measured(face.presence),
            "box": face.box.map(JSONValue.box) ?? .null,
        ])
    }

    /// x, y, width and height in pixels, to a tenth.
    static func box(_ box: Wire.Box) -> JSONValue {
        .array([box.x, box.y, box.width, box.height].map { .measured($0, digits: 1) })
    }

    /// Numbers by the channels' names: the standard 20, then named ones.
    static func pose(_ pose: Wire.Pose) -> JSONValue {
        var object = JSONObject()
        for (name, value) in zip(PoseMapping.standardChannels, pose.values) { object[name] = .float(value) }
        for channel in pose.channels { object[channel.name] = .decimal(channel.value) }
        return .object(object)
    }

    /// An object with one more member; any other value as it is.
    func with(_ name: String, _ value: String) -> JSONValue {
        guard case .object(var object) = self else { return self }
        object[name] = .string(value)
        return .object(object)
    }
}

extension JSONValue: ExpressibleByStringLiteral {
    /// Lets a JSON string be written as a literal.
    package init(stringLiteral value: String) { self = .string(value) }
}
