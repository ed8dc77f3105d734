import AnimoModel
import AnimoMotion
import AnimoPictures
import AnimoWire

/// Checks drivers against one model. Nothing is decoded, nothing computed.
struct DriverValidator: Sendable {
    let model: ModelRegistry.Entry
    let limits: ServerLimits
    let outOfRange: Wire.OutOfRange
    let mapping: ExpressionMapping?
    /// Keeps the body still where the standard 20 turn a head that has one.
    var stillBody = false
    /// Keeps the irises still where a face's eyes look aside.
    var stillIrises = false

    private var capabilities: Capabilities { model.engine.capabilities }
    private var poseMapping: PoseMapping {
        let mapping = model.engine.model.poseMapping
        return stillBody ? mapping.keepingBodyStill : mapping
    }

    /// - Parameters:
    ///   - field: of the request, for messages.
    ///   - takesWindow: whether a motion may give the code of every frame of the model's window itself.
    ///   - clampsPose: whether a pose is brought into its range.
    func validate(
        _ wire: Wire.Driver?, field: String = "driver", takesWindow: Bool = true, clampsPose: Bool = true
    ) throws(RPCError) -> ValidatedDriver {
        guard mapping != .edtn || capabilities.takesFlame else {
            throw RPCError(
                .failedPrecondition, .noEstimator,
                "mapping: the model makes no pose by edtn, a part that it has not; omit it, or convert the model with "
                    + "that part", field: "mapping")
        }
        switch wire?.kind {
        case nil:
            throw RPCError.invalid(field, .missingField, "expected a pose, a motion or a frame, got none")
        case .pose(let wire):
            var clamped: [Wire.Clamped] = []
            return driver(
                try pose(wire, field: "\(field).pose", isClamped: clampsPose, clamped: &clamped), clamped: clamped)
        case .motion(let wire):
            if takesWindow, let codes = try window(wire) { return ValidatedDriver(content: .window(codes)) }
            return ValidatedDriver(content: .numbers(try numbers(wire, field: "\(field).motion"), .motion))
        case .frame(let wire): return ValidatedDriver(content: .frame(try frame(wire)))
        }
    }

    /// A base pose with named changes.
    func validate(edit request: Wire.EditPoseRequest) throws(RPCError) -> ValidatedDriver {
        var clamped: [Wire.Clamped] = []
        var pose = try pose(request.basePose ?? Wire.Pose(), field: "base_pose", isClamped: true, clamped: &clamped)
        var field = "set"
        do throws(PoseError) {
            try apply(request.set, to: &pose) { $1 }
            field = "add"
            try apply(request.add, to: &pose) { $0 + $1 }
            field = "set and add"
            try bringIntoRange(&pose, clamped: &clamped)
        } catch {
            throw RPCError(error, field: field)
        }
        return driver(pose, clamped: clamped)
    }

    private func driver(_ pose: Pose, clamped: [Wire.Clamped]) -> ValidatedDriver {
        ValidatedDriver(content: .numbers(.pose(pose), .pose), pose: pose, clamped: clamped)
    }

    /// A pose from 20 values, or from names; both-sided names set left and right.
    private func pose(
        _ wire: Wire.Pose, field: String, isClamped: Bool, clamped: inout [Wire.Clamped]
    ) throws(RPCError) -> Pose {
        do throws(PoseError) {
            var pose = wire.values.isEmpty ? poseMapping.neutral : try poseMapping.pose(of: wire.values)
            try apply(wire.channels, to: &pose) { $1 }
            if isClamped { try bringIntoRange(&pose, clamped: &clamped) }
            return pose
        } catch {
            throw RPCError(error, field: field)
        }
    }

    /// Combines named values with a pose, in order.
    private func apply(
        _ changes: [Wire.NamedValue], to pose: inout Pose, combine: (Double, Double) -> Double
    ) throws(PoseError) {
        for change in changes {
            guard Float(change.value).isFinite else {
                throw PoseError(.notFinite, "\(change.name.shortened): expected a finite number, got \(change.value)")
            }
            for target in try poseMapping.targets(of: change.name) {
                let value = Double(Float(change.value) * target.factor)
                pose[target.index] = Float(combine(Double(pose.values[target.index]), value))
            }
        }
    }

    /// Brings every channel into its range and reports it, or refuses, as the caller asked.
    private func bringIntoRange(_ pose: inout Pose, clamped: inout [Wire.Clamped]) throws(PoseError) {
        if outOfRange == .refuse { try poseMapping.requireInRange(pose) }
        let result = poseMapping.clamped(pose)
        pose = result.pose
        clamped += result.clamped.map {
            Wire.Clamped(channel: $0.name, asked: Double($0.asked), used: Double($0.used))
        }
    }

    /// Numbers of any kind that the model understands, told apart by their count.
    private func numbers(_ wire: Wire.Motion, field: String) throws(RPCError) -> DriverNumbers {
        try Self.requireSane(wire.values, field: field)
        let numbers: DriverNumbers
        do throws(PoseError) {
            numbers = try DriverNumbers(
                wire.values, codeCount: capabilities.codeCount, window: capabilities.window)
        } catch {
            throw RPCError(error, field: field)
        }
        if case .flame = numbers, mapping == .basis {
            throw RPCError(
                .failedPrecondition, .noEstimator,
                "\(field): FLAME coefficients become a pose by the mapping edtn alone; the basis is for motions of 70",
                field: field)
        }
        return numbers
    }

    /// Refuses numbers that no head has ever meant: angles, shifts and intensities are a few units at most, and what is
    /// a thousand would be rendered as noise.
    static func requireSane(_ values: [Float], field: String) throws(RPCError) {
        guard let index = values.firstIndex(where: { $0.isFinite && abs($0) > 1000 }) else { return }
        throw RPCError.invalid(
            field, .outOfRange, limit: 1000, actual: Double(abs(values[index])),
            "expected numbers from -1000 to 1000, got \(values[index]) at \(index)")
    }

    /// A motion that gives the code of every frame of the window itself; nil for any other.
    private func window(_ wire: Wire.Motion) throws(RPCError) -> [DriverCode]? {
        let (count, window) = (capabilities.codeCount, capabilities.window)
        guard window > 1, wire.values.count == count * window else { return nil }
        guard wire.values.allSatisfy(\.isFinite) else {
            throw RPCError.invalid("driver.motion", .notFinite, "expected finite numbers")
        }
        return (0..<window).map { DriverCode(Array(wire.values[($0 * count)..<(($0 + 1) * count)])) }
    }

    /// From a face to the model's pose, as far as the client lets it follow.
    private var faceMapping: FaceMapping? {
        guard case .talkingHead3(var mapping) = model.engine.faceMapping else { return model.engine.faceMapping }
        (mapping.bodyFollows, mapping.irisesFollow) = (!stillBody, !stillIrises)
        return .talkingHead3(mapping)
    }

    private func frame(_ wire: Wire.DrivingFrame) throws(RPCError) -> DrivingPicture {
        let domain = try capabilities.domain(wire.domain, field: "driver.frame.domain", among: Domain.allCases)
        let reader = try model.reader(wire.reader, of: domain, mapping: mapping)
        let field = "driver.frame.picture"
        let picture = try IncomingPicture(wire.picture, within: limits.pictures, field: field)
        do throws(PictureError) {
            return DrivingPicture(
                picture: picture, crop: try Crop(wire.crop, field: "driver.frame.crop"),
                landmarks: try Landmarks(wire.landmarks, field: "driver.frame.landmarks"), domain: domain,
                reader: reader, search: model.search(wire.face, in: domain), mapping: faceMapping)
        } catch {
            throw RPCError(error, field: field)
        }
    }
}

extension String {
    /// Cut so that a message stays a line.
    var shortened: String { count <= 60 ? self : String(prefix(57)) + "..." }
}
