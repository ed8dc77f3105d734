import AnimoModel
import AnimoMotion
import AnimoWire

/// Checks what is asked of a session's control, and brings it about. What is refused leaves everything as it was.
struct ControlAdmission: Sendable {
    /// With the source and the options that hold from here on.
    let setting: SessionSetting
    let admission: Admission
    let renderer: FrameRenderer
    let memory: MemoryAccount
    let context: SchedulingContext

    private var engine: Engine { setting.source.model.engine }

    func opened(_ wire: Wire.Control, _ relative: Wire.Relative?) async throws -> SessionControl {
        guard let code = engine.controlCode else {
            throw RPCError(
                .failedPrecondition, .noEstimator,
                "open.control: this model's groups cannot be told apart; omit it", field: "open.control")
        }
        let own = own(code)
        let control = SessionControl(
            wire, relative: relative, code: code, mapping: engine.model.poseMapping,
            options: try options(wire, relative, code, own), own: own)
        if let neutral = relative?.neutral {
            control.change(
                after: 0, .neutral(try await state(of: neutral, code, field: "open.relative.neutral")))
        } else if relative != nil {
            control.change(after: 0, .measure(seconds: 0, includesEyes: false))
        }
        return control
    }

    /// - Parameter seq: the last frame before the change.
    func changed(_ change: Wire.AnimateChange, after seq: UInt64) async throws -> SessionControl? {
        guard var control = setting.control else { return nil }
        let code = control.code
        let own = own(code)
        control.wire = change.control ?? control.wire
        control.relative = change.relative ?? control.relative
        let options = try options(control.wire, control.relative, code, own)
        var neutral: [Double]?
        if let given = change.calibration?.neutral {
            neutral = try await state(of: given, code, field: "change.calibration.neutral")
        } else if let given = change.relative?.neutral {
            neutral = try await state(of: given, code, field: "change.relative.neutral")
        }
        if change.calibrate || change.calibration != nil, control.relative == nil {
            throw RPCError.invalid(
                "change.calibration", .malformed, "expected a session of relative motion; this one is absolute")
        }
        if change.control != nil || change.relative != nil || change.source != nil {
            control.change(after: seq, .options(options, own: own))
        }
        if let neutral {
            control.change(after: seq, .neutral(neutral))
        } else if change.calibrate || change.calibration != nil {
            let asked = change.calibration ?? Wire.Calibration()
            control.change(
                after: seq, .measure(seconds: Double(asked.overMs) / 1000, includesEyes: asked.eyes))
        }
        return control
    }

    private func options(
        _ wire: Wire.Control, _ relative: Wire.Relative?, _ code: ControlCode, _ own: [Double]
    ) throws(RPCError) -> ControlOptions {
        var fixed: [Float]?
        if let pose = wire.fixed {
            let driver = try validator.validate(Wire.Driver(kind: .pose(pose)), field: "control.fixed")
            fixed = driver.pose?.values
        }
        return try ControlOptions(wire, relative: relative, of: code, fixed: fixed, own: own)
    }

    private var validator: DriverValidator { admission.validator(for: setting.source.model, setting.output) }

    /// The state of a driver that is given as a neutral.
    private func state(of driver: Wire.Driver, _ code: ControlCode, field: String) async throws -> [Double] {
        let driver = try validator.validate(driver, field: field, clampsPose: false)
        let codes = try await renderer.codes(
            of: driver, for: setting.source, setting.output, memory: memory, as: context)
        return code.state(of: codes.first?.values ?? [], pose: driver.pose)
    }

    /// The source's own state: as its estimator reads it, 0 for anime sources and where there is none.
    private func own(_ code: ControlCode) -> [Double] {
        let source = setting.source
        guard !code.isPose, source.domain == .vox else { return [Double](repeating: 0, count: code.layout.count) }
        var motion = source.prepared.motion ?? Motion()
        motion.translation = source.prepared.translation ?? setting.output.translation ?? .zero
        return code.state(of: motion.values)
    }
}
