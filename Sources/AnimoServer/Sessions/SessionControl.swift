import AnimoModel
import AnimoMotion
import AnimoWire
import Synchronization

/// Control of one live session's drivers. Frames pass one after another, in the order of `seq`, whether they are
/// rendered or not; changes hold from the next frame on.
///
/// Its settings are a value, so that every frame has those of its own time; its memory of earlier frames is shared.
struct SessionControl: Sendable {
    /// Pose or motion that a frame shows.
    struct Shown: Sendable {
        var code: DriverCode
        /// In the order of the model's channels; nil where nothing leads to a pose.
        var pose: Pose?
        var clamped: [Wire.Clamped]
        /// Unspecified where the session says nothing of lost heads.
        var tracking: Wire.Tracking
    }

    /// Change between two frames.
    enum Change: Sendable {
        case options(ControlOptions, own: [Double])
        case measure(seconds: Double, includesEyes: Bool)
        case neutral([Double])

        var isOptions: Bool { if case .options = self { true } else { false } }
    }

    fileprivate struct State: Sendable {
        var control: Control
        var changes: [(seq: UInt64, change: Change)] = []
        /// Whether the last driver was a pose, whose numbers are clamped.
        var isClamped = true
        var calibrated: [(seq: UInt64, neutral: Control.Calibrated)] = []
    }

    private final class Memory: Sendable {
        let state: Mutex<State>

        init(_ control: Control) { state = Mutex(State(control: control)) }
    }

    /// As the client asked.
    var wire: Wire.Control
    var relative: Wire.Relative?
    let code: ControlCode
    private let mapping: PoseMapping
    private let memory: Memory

    /// - Parameter own: the source's own state.
    init(
        _ wire: Wire.Control, relative: Wire.Relative?, code: ControlCode, mapping: PoseMapping,
        options: ControlOptions, own: [Double]
    ) {
        self.wire = wire
        self.relative = relative
        self.code = code
        self.mapping = mapping
        memory = Memory(Control(code.layout, options: options, own: own))
    }

    /// Changes what happens to the frames after `seq`. Of the changes between two frames the last of its kind counts,
    /// so that they do not pile up where no frames come.
    func change(after seq: UInt64, _ change: Change) {
        memory.state.withLock { state in
            state.changes.removeAll { $0.seq == seq && $0.change.isOptions == change.isOptions }
            state.changes.append((seq, change))
        }
    }

    /// Passes the next frame.
    ///
    /// - Parameters:
    ///   - driver: nil where no head was seen.
    ///   - pose: the driver's pose as it was asked for, where it was one.
    ///   - motion: the frame's place and time.
    /// - Throws: where a channel is out of its range and the session refuses that.
    func pass(
        _ driver: DriverCode?, pose: Pose?, _ motion: SessionMotion, _ output: OutputOptions
    ) throws(RPCError) -> Shown {
        let shown = memory.state.withLock { state in
            state.applyChanges(before: motion.seq)
            if driver != nil { state.isClamped = pose != nil || code.isPose }
            let shown = state.control.frame(
                at: motion.time, driver: driver.map { code.state(of: $0.values, pose: pose) }, isCut: state.isClamped)
            if let calibrated = shown.calibrated { state.calibrated.append((motion.seq, calibrated)) }
            return shown
        }
        let clamped = clamped(shown)
        if output.outOfRange == .refuse, let first = clamped.first {
            throw RPCError.invalid(
                "frame.driver.pose", .outOfRange, limit: first.used, actual: first.asked,
                "\(first.channel): expected \(first.used) at the most, got \(first.asked)")
        }
        return Shown(
            code: DriverCode(code.code(of: shown.state)),
            pose: code.pose(of: shown.state).flatMap { try? Pose($0, count: $0.count) }, clamped: clamped,
            tracking: wire.lost == nil ? .unspecified : shown.tracking.wire)
    }

    /// Neutrals that were measured and not told yet, with the frames that completed them.
    func takeCalibrated() -> [(seq: UInt64, calibrated: Wire.Calibrated)] {
        let measured = memory.state.withLock { state in
            defer { state.calibrated = [] }
            return state.calibrated
        }
        return measured.map { seq, measured in
            (seq, Wire.Calibrated(neutral: driver(of: measured.neutral), frames: measured.frames))
        }
    }

    /// A neutral as a driver that gives it again: a motion where there is more to it than a pose can show.
    private func driver(of neutral: [Double]) -> Wire.Driver {
        let isPose = code.isPose || neutral[code.layout.remainder].allSatisfy { $0 == 0 }
        if isPose, let pose = code.pose(of: neutral) { return Wire.Driver(kind: .pose(Wire.Pose(values: pose))) }
        return Wire.Driver(kind: .motion(Wire.Motion(values: code.code(of: neutral))))
    }

    /// Channels that were clamped. What differs by less than float32 tells is no news to anyone.
    private func clamped(_ shown: Control.Shown) -> [Wire.Clamped] {
        zip(mapping.channels, zip(shown.uncut, shown.state)).compactMap { name, values in
            let (asked, used) = values
            return abs(asked - used) > 1e-6 ? Wire.Clamped(channel: name, asked: asked, used: used) : nil
        }
    }
}

extension SessionControl.State {
    /// Takes the changes that came before a frame.
    fileprivate mutating func applyChanges(before seq: UInt64) {
        while let first = changes.first, first.seq < seq {
            changes.removeFirst()
            switch first.change {
            case .options(let options, let own): control.change(options, own: own)
            case .measure(let seconds, let includesEyes):
                control.calibrate(over: seconds, includesEyes: includesEyes)
            case .neutral(let neutral): control.calibrate(neutral: neutral)
            }
        }
    }
}

extension ControlTracking {
    var wire: Wire.Tracking {
        switch self {
        case .ok: .ok
        case .held: .held
        case .idle: .idle
        }
    }
}
