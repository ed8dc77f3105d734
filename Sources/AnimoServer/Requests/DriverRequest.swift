import AnimoModel
import AnimoPictures
import AnimoWire

/// A driver that passed its checks, for one source.
struct DriverRequest: Sendable {
    var driver: EngineDriver
    /// The pose that was asked for, where one was.
    var pose: Pose?
    var crop: CropTransform?
    var clamped: [Wire.Clamped] = []
    var translationAssumed = false
}

/// What is known about translation besides the driver: `product.md`, Words.
struct TranslationFacts: Sendable {
    var domain: Domain
    /// As the source's own estimator read it.
    var own: SIMD3<Float>?
    /// As the caller gave it.
    var given: SIMD3<Float>?

    /// A driver's motion with the translation that belongs to this source.
    func applied(to motion: Motion, from driver: DriverKind) -> (motion: Motion, assumed: Bool) {
        let (translation, assumed) = TranslationRule.translation(
            source: domain, driver: driver, driven: motion.translation, own: own, asked: given)
        var motion = motion
        motion.translation = translation
        return (motion, assumed)
    }
}

/// Checks drivers against one model and turns them into what its engine reads.
struct DriverReader: Sendable {
    let model: ModelRegistry.Entry
    let limits: ServerLimits
    let outOfRange: Wire.OutOfRange

    private var information: ModelInformation { model.engine.information }

    /// A pose from 20 values, or from names; both-sided names set left and right.
    func pose(_ wire: Wire.Pose, field: String, clamped: inout [Wire.Clamped]) throws -> Pose {
        do throws(PoseError) {
            var pose = wire.values.isEmpty ? Pose() : try Pose(wire.values)
            try apply(wire.channels, to: &pose) { $1 }
            try bringIntoRange(&pose, clamped: &clamped)
            return pose
        } catch {
            throw RPCError(error, field: field)
        }
    }

    /// Combines named values with a pose, in order.
    func apply(
        _ changes: [Wire.NamedValue], to pose: inout Pose, combine: (Double, Double) -> Double
    ) throws(PoseError) {
        for change in changes {
            guard Float(change.value).isFinite else {
                throw PoseError(.notFinite, "\(change.name.shortened): expected a finite number, got \(change.value)")
            }
            for index in try model.engine.poseMapping.indices(of: change.name) {
                pose[index] = Float(combine(Double(pose.values[index]), change.value))
            }
        }
    }

    /// Brings every channel into its range and reports it, or refuses, as the caller asked.
    func bringIntoRange(_ pose: inout Pose, clamped: inout [Wire.Clamped]) throws(PoseError) {
        let mapping = model.engine.poseMapping
        if outOfRange == .refuse { try mapping.requireInRange(pose) }
        let result = mapping.clamped(pose)
        pose = result.pose
        clamped += result.clamped.map {
            Wire.Clamped(channel: $0.name, asked: Double($0.asked), used: Double($0.used))
        }
    }

    func motion(_ wire: Wire.Motion, field: String) throws -> Motion {
        do throws(PoseError) { return try Motion(wire.values) } catch { throw RPCError(error, field: field) }
    }

    /// What the engine is to read for `wire`. Decodes a frame's picture: call it on a codec thread.
    func read(_ wire: Wire.Driver?, translation facts: TranslationFacts) throws -> DriverRequest {
        switch wire?.kind {
        case nil:
            throw RPCError.invalid("driver", .missingField, "expected a pose, a motion or a frame, got none")
        case .pose(let wire):
            var clamped: [Wire.Clamped] = []
            let pose = try pose(wire, field: "driver.pose", clamped: &clamped)
            return try request(for: pose, clamped: clamped, translation: facts)
        case .motion(let wire):
            let (motion, assumed) = facts.applied(to: try motion(wire, field: "driver.motion"), from: .motion)
            return DriverRequest(driver: .motion(motion), translationAssumed: assumed)
        case .frame(let wire):
            let (picture, domain, crop) = try frame(wire)
            let assumed = facts.applied(to: Motion(), from: .frame(domain)).assumed
            return DriverRequest(
                driver: .frame(picture, domain) { facts.applied(to: $0, from: .frame(domain)).motion }, crop: crop,
                translationAssumed: assumed)
        }
    }

    func request(for pose: Pose, clamped: [Wire.Clamped], translation facts: TranslationFacts) throws -> DriverRequest {
        let (motion, assumed) = facts.applied(to: try motion(of: pose), from: .pose)
        return DriverRequest(driver: .motion(motion), pose: pose, clamped: clamped, translationAssumed: assumed)
    }

    func motion(of pose: Pose) throws -> Motion {
        do throws(PoseError) { return try model.engine.poseMapping.motion(from: pose) } catch {
            throw RPCError(error, field: "driver")
        }
    }

    func pose(of motion: Motion) throws -> (pose: Pose, expressed: Expressed) {
        do throws(PoseError) { return try model.engine.poseMapping.pose(from: motion) } catch {
            throw RPCError(error, field: "driver")
        }
    }

    /// A driving frame at its estimator's input size.
    func frame(_ wire: Wire.DrivingFrame) throws -> (picture: Picture, domain: Domain, crop: CropTransform) {
        let domain = try information.domain(wire.domain, field: "driver.frame.domain", among: Domain.allCases)
        guard let side = information.estimatorInputs[domain] else {
            throw RPCError(
                .failedPrecondition, .noEstimator,
                "driver.frame: the model has no estimator for \(domain.rawValue) frames; "
                    + "drive it by a pose or a motion", field: "driver.frame.domain")
        }
        let field = "driver.frame.picture"
        let picture = try PictureReader(limits: limits).decode(wire.picture, field: field)
        do throws(PictureError) {
            let crop = try Crop(wire.crop, field: "driver.frame.crop")
            let prepared = try Preparation.prepare(
                picture, crop: crop, side: side, background: domain.background)
            return (prepared.picture, domain, prepared.transform)
        } catch {
            throw RPCError(error, field: field)
        }
    }
}

extension String {
    /// Cut so that a message stays a line.
    var shortened: String { count <= 60 ? self : String(prefix(57)) + "..." }
}
