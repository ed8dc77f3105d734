import AnimoCLI
import AnimoClient
import AnimoJobs
import AnimoMotion
import AnimoWire

/// Makes a job's control of options, the source and the driver's journal.
struct JobControl: Sendable {
    let run: Run
    let settings: ControlSettings
    let model: ServedModel
    let motion: ModelMotion
    let daemon: Daemon

    /// - Parameters:
    ///   - journal: file of the motion that was read from the driver.
    ///   - drivingDomain: kind of head that it was read of; nil for numbers.
    func plan(
        _ held: HeldSource, journal: String, rate: FrameRate, drivingDomain: Wire.Domain?
    ) async throws -> MotionStates.Plan {
        var plan = MotionStates.Plan(motion: motion, rate: rate)
        plan.window = max(1, Int(model.description.window))
        plan.takesTranslation = drivingDomain == .anime
        plan.first = try Self.firstHead(journal, motion, rate)
        guard plan.first != nil else { throw Failure(.badData, "no head in any frame of the driver") }
        guard let code = motion.code else {
            guard !settings.asksForControl, control.calibrate == nil else {
                throw Failure(.badData, "this model's groups cannot be told apart: omit the options of control")
            }
            return plan
        }
        let isVox = held.prepared.domain == .vox
        if isVox, let own = held.prepared.translation { plan.translation = SIMD3(own.x, own.y, own.z) }
        plan.own = try await own(held, code, plan.translation)
        var options = ControlOptions()
        let usual = settings.smoothing ?? 0
        let known = Set(model.controlGroups)
        for group in ControlGroup.allCases where known.contains(group) {
            options.groups[group] = ControlOptions.Group(
                origin: settings.origins[group] ?? .driver, gain: settings.gains[group] ?? 1, smoothing: usual)
        }
        if settings.isRelative == true {
            let parts = settings.relativeParts ?? []
            options.relative = Set(parts.isEmpty ? RelativePart.allCases : parts)
        }
        options.isMirrored = settings.isMirrored ?? false
        options.idleSeed = settings.idleSeed ?? 0
        if let blend = settings.blend { options.blend = Double(blend) / 1000 }
        options.fixed = try fixed(code, own: plan.own)
        // Held for a moment, then idle, as live; or idle from the first frame on.
        if run.onNoHead == .idle { options.lost.hold = 0 }
        plan.options = options
        if settings.isRelative == true {
            if let neutral = settings.neutral {
                plan.neutral = try await state(of: neutral, code)
            } else {
                plan.calibration = Double(control.calibrate ?? 0) / 1000
            }
        }
        return plan
    }

    /// Relative motion of models that have it without control: the first head is the neutral, so that every frame
    /// stands for itself.
    func relative(_ plan: MotionStates.Plan) -> Wire.Relative? {
        guard settings.isRelative == true, motion.code == nil, let first = plan.first else { return nil }
        return Wire.Relative(neutral: settings.neutral ?? motion.wire(first), adaptScale: run.adaptScale)
    }

    private var control: ControlArguments { run.control }

    private func fixed(_ code: ControlCode, own: [Double]) throws -> [Double] {
        var fixed = own
        if let given = settings.fixed {
            let pose =
                given.values.isEmpty
                ? try motion.mapping.pose(setting: given.channels.map { ($0.name, $0.value) })
                : try motion.mapping.pose(of: given.values)
            for (index, value) in pose.values.enumerated() where index < fixed.count { fixed[index] = Double(value) }
        } else {
            let translation = Set(code.layout.groups[.translation] ?? [])
            for index in fixed.indices where !translation.contains(index) { fixed[index] = 0 }
        }
        return fixed
    }

    /// The source's own state: as its estimator reads it, 0 for drawn heads and where there is none.
    private func own(_ held: HeldSource, _ code: ControlCode, _ translation: SIMD3<Float>?) async throws -> [Double] {
        let rest = [Double](repeating: 0, count: code.layout.count)
        guard !code.isPose, held.prepared.domain == .vox, let source = held.request.source,
            model.description.estimators.contains(where: { $0.domain == .vox })
        else { return rest }
        let frame = Wire.DrivingFrame(
            picture: source.picture, domain: source.domain, crop: source.crop, landmarks: source.landmarks)
        do {
            let reply = try await daemon.client.retarget(
                Wire.RetargetRequest(
                    model: model.name, driver: Wire.Driver(kind: .frame(frame)), priority: .batch),
                timeout: daemon.timeout)
            guard var values = motion.numbers(reply), values.count == Motion.count else { return rest }
            if let translation { for axis in 0..<3 { values[67 + axis] = translation[axis] } }
            return code.state(of: values)
        } catch let error as RPCError where [.noHead, .noEstimator].contains(error.reason) {
            return rest
        }
    }

    private func state(of driver: Wire.Driver, _ code: ControlCode) async throws -> [Double] {
        let reply = try await daemon.client.retarget(
            Wire.RetargetRequest(model: model.name, driver: driver, priority: .batch), timeout: daemon.timeout)
        guard let values = motion.numbers(reply) else {
            throw Failure(.badData, "the neutral: no motion of this model")
        }
        return code.state(of: values)
    }

    /// Driver in the first frame with a head; nil where none has one.
    private static func firstHead(_ journal: String, _ motion: ModelMotion, _ rate: FrameRate) throws -> RecordedDriver?
    {
        var lines = try LineReader(journal)
        var reader = motion.reader(rate: rate.value)
        var number = 0
        while let line = try lines.next() {
            number += 1
            if let driver = try reader.read(line.utf8, number: number)?.driver { return driver }
        }
        return nil
    }
}
