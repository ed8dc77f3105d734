import AnimoCLI
import AnimoJobs
import AnimoMotion
import AnimoWire

/// States of an item's frames: control over the whole recording, a frame after the other. A function of the recording,
/// the options and the source alone, so that any part of it can be rendered again.
struct MotionStates {
    /// Control that an item asks for, and the state that its source brings.
    struct Plan: Sendable {
        var motion: ModelMotion
        var options = ControlOptions()
        /// Seconds over which a neutral is measured; nil where motion is absolute or the neutral is given.
        var calibration: Double?
        /// A neutral that is known.
        var neutral: [Double]?
        /// The source's own state; none for zeros.
        var own: [Double] = []
        /// The source's own translation, which poses take; nil where drivers keep theirs.
        var translation: SIMD3<Float>?
        /// Indicates whether motions take the source's translation too, as those of drawn heads do.
        var takesTranslation = false
        /// Shown until the first head, where control cannot tell the model's groups apart.
        var first: RecordedDriver?
        /// Frames of which the model renders one picture.
        var window = 1
        var rate: FrameRate
    }

    private let plan: Plan
    private var lines: LineReader
    private var reader: RecordingReader
    private var control: Control?
    private var number = 0
    private var held: RecordedDriver?
    private var isPose = false
    /// Codes from the first that the next window needs.
    private var codes: [[Float]] = []
    private var codesStart = 0
    private var isAtEnd = false
    private var given = 0

    /// - Parameter journal: recorded motion with a line for every frame.
    init(_ plan: Plan, journal: String) throws {
        self.plan = plan
        lines = try LineReader(journal)
        reader = plan.motion.reader(rate: plan.rate.value)
        if let code = plan.motion.code {
            var control = Control(code.layout, options: plan.options, own: plan.own)
            if let neutral = plan.neutral {
                control.calibrate(neutral: neutral)
            } else if let calibration = plan.calibration {
                control.calibrate(over: calibration)
            }
            self.control = control
        }
    }

    /// The next frame's driver, or nil after the last.
    mutating func next() throws -> Wire.Driver? {
        guard plan.window > 1 else { return try code().map(wire) }
        let reach = plan.window / 2
        while !isAtEnd, codesStart + codes.count <= given + reach {
            if let code = try code() { codes.append(code) } else { isAtEnd = true }
        }
        let end = codesStart + codes.count
        guard given < end else { return nil }
        let window = (given - reach..<given - reach + plan.window).flatMap { place in
            codes[min(max(place, codesStart), end - 1) - codesStart]
        }
        given += 1
        while codesStart < given - reach, !codes.isEmpty {
            codes.removeFirst()
            codesStart += 1
        }
        return Wire.Driver(kind: .motion(Wire.Motion(values: window)))
    }

    private func wire(_ code: [Float]) -> Wire.Driver {
        plan.motion.kind == .pose
            ? Wire.Driver(kind: .pose(Wire.Pose(values: code))) : Wire.Driver(kind: .motion(Wire.Motion(values: code)))
    }

    /// Code of the next frame.
    private mutating func code() throws -> [Float]? {
        var frame: RecordedFrame?
        while frame == nil {
            guard let line = try lines.next() else { return nil }
            frame = try reader.read(line.utf8, number: number + 1)
        }
        defer { number += 1 }
        let driver = frame?.driver
        guard let code = plan.motion.code, control != nil else {
            if let driver { held = driver }
            switch driver ?? held ?? plan.first {
            case .motion(let values)?, .pose(let values)?: return values
            case .named?, nil: throw Failure(.badData, "no head in any frame")
            }
        }
        let state = try driver.map { try self.state($0, code) }
        if driver != nil { isPose = code.isPose || isPoseDriver(driver) }
        let shown = control?.frame(at: plan.rate.time(of: number), driver: state, isCut: isPose)
        return code.code(of: shown?.state ?? [])
    }

    private func isPoseDriver(_ driver: RecordedDriver?) -> Bool {
        if case .motion? = driver { false } else { true }
    }

    private func state(_ driver: RecordedDriver, _ code: ControlCode) throws -> [Double] {
        switch driver {
        case .motion(var values):
            if plan.takesTranslation, values.count == Motion.count { place(&values) }
            return code.state(of: values)
        case .pose(let values): return try state(try plan.motion.mapping.pose(of: values), code)
        case .named(let named):
            return try state(try plan.motion.mapping.pose(setting: named.map { ($0.name, $0.value) }), code)
        }
    }

    private func state(_ pose: Pose, _ code: ControlCode) throws -> [Double] {
        guard !code.isPose else { return code.state(of: pose.values, pose: pose) }
        var values = [Float](repeating: 0, count: Motion.count)
        place(&values)
        return code.state(of: values, pose: pose)
    }

    private func place(_ values: inout [Float]) {
        let translation = plan.translation ?? .zero
        for axis in 0..<3 { values[67 + axis] = translation[axis] }
    }
}
