import AnimoMotion
import AnimoWire
import NIOCore

/// One picture that was asked for and admitted: checked as far as can be before anything is decoded or computed.
///
/// Unary calls and the frames of live sessions both become one here, and ``FrameRenderer/render(_:)`` takes it from
/// there. What decoding will cost is known from the headers: ``IncomingPicture/pixels``.
struct RenderJob: Sendable {
    /// Reference of relative motion.
    enum Motion: Sendable {
        /// Nothing: the source does what the driver does.
        case absolute
        /// A neutral driver: the source does what the driver does beyond it.
        case relative(to: ValidatedDriver, adaptsScale: Bool)
        /// The frames of its live session before it, or around it.
        case session(SessionMotion)

        /// Whether a frame without a head is shown by the session's control instead of being refused.
        var isToldOfLoss: Bool {
            if case .session(let motion) = self { motion.control?.wire.lost != nil } else { false }
        }
    }

    let source: AdmittedSource
    let driver: ValidatedDriver
    let motion: Motion
    let output: OutputOptions
    let context: SchedulingContext
    /// Pays for what is decoded and rendered.
    let memory: MemoryAccount
    /// Among the frames of a live session that newer ones make obsolete; nil for what nothing makes obsolete.
    let precedence: FramePrecedence?
    /// Faces of a live session's frames, where a tracker is served; nil elsewhere.
    var faces: FrameFaces?
}

extension RenderJob {
    init(admitting request: Wire.ReenactRequest, by admission: Admission, for call: CallContext) throws(RPCError) {
        let source = try admission.source(request.source, model: request.model, of: call.peer.owner)
        let output = try OutputOptions(request.options, sent: source.sent, within: admission.limits.pictures)
        let validator = admission.validator(for: source.model, output)
        let driver = try validator.validate(request.driver)
        var motion = Motion.absolute
        if let relative = request.relative {
            guard let neutral = relative.neutral else {
                throw RPCError.invalid("relative.neutral", .missingField, "expected a driver at rest, got none")
            }
            motion = .relative(
                to: try validator.validate(neutral, field: "relative.neutral"), adaptsScale: relative.adaptScale)
        }
        self.init(
            source: source, driver: driver, motion: motion, output: output,
            context: call.scheduling(output.isBatch ? .batch : .interactive), memory: call.memory, precedence: nil)
    }

    init(admitting request: Wire.EditPoseRequest, by admission: Admission, for call: CallContext) throws(RPCError) {
        let source = try admission.source(request.source, model: request.model, of: call.peer.owner)
        let output = try OutputOptions(request.options, sent: source.sent, within: admission.limits.pictures)
        self.init(
            source: source, driver: try admission.validator(for: source.model, output).validate(edit: request),
            motion: .absolute, output: output, context: call.scheduling(output.isBatch ? .batch : .interactive),
            memory: call.memory, precedence: nil)
    }

    /// - Parameters:
    ///   - setting: of the live session, as of this frame.
    ///   - call: of the session, with the frame's own deadline and memory.
    init(
        admitting frame: Wire.AnimateFrame, in setting: SessionSetting, motion: SessionMotion?, faces: FrameFaces?,
        precedence: FramePrecedence?, by admission: Admission, for call: CallContext
    ) throws(RPCError) {
        let output = setting.output
        let validator = admission.validator(for: setting.source.model, output)
        let driver =
            if frame.driver == nil, setting.control?.wire.lost != nil {
                ValidatedDriver(content: .noHead)
            } else {
                try validator.validate(frame.driver, clampsPose: setting.control == nil)
            }
        self.init(
            source: .kept(setting.source), driver: driver,
            motion: motion.map(Motion.session) ?? .absolute, output: output,
            context: call.scheduling(output.isBatch ? .batch : .live), memory: call.memory, precedence: precedence,
            faces: faces)
    }
}
