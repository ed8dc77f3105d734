import AnimoModel
import AnimoMotion
import AnimoPictures
import AnimoWire

/// A driver that passed its checks, for one source.
struct DriverRequest: Sendable {
    var code: PendingCode
    /// The pose that was asked for, where one was.
    var pose: Pose?
    var crop: CropTransform?
    var clamped: [Wire.Clamped] = []
    var translationAssumed = false
}

/// What is asked of drivers besides themselves.
struct DriverTerms: Sendable {
    /// The source's domain.
    var domain: Domain
    var source: (any PreparedHead)?
    var translation: SIMD3<Float>?
    var mapping: ExpressionMapping?

    func context(of kind: DriverKind) -> DriverContext {
        DriverContext(domain: domain, source: source, kind: kind, translation: translation, mapping: mapping)
    }
}

/// Checks drivers against one model and turns them into what its engine reads.
struct DriverReader: Sendable {
    let model: ModelRegistry.Entry
    let limits: ServerLimits
    let outOfRange: Wire.OutOfRange
    /// Pays for a driving frame.
    let hold: ByteHold

    private var capabilities: Capabilities { model.engine.capabilities }
    private var poseMapping: PoseMapping { model.engine.model.poseMapping }

    /// A pose from 20 values, or from names; both-sided names set left and right.
    func pose(_ wire: Wire.Pose, field: String, clamped: inout [Wire.Clamped]) throws -> Pose {
        do throws(PoseError) {
            var pose = wire.values.isEmpty ? poseMapping.neutral : try poseMapping.pose(of: wire.values)
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
            for target in try poseMapping.targets(of: change.name) {
                let value = Double(Float(change.value) * target.factor)
                pose[target.index] = Float(combine(Double(pose.values[target.index]), value))
            }
        }
    }

    /// Brings every channel into its range and reports it, or refuses, as the caller asked.
    func bringIntoRange(_ pose: inout Pose, clamped: inout [Wire.Clamped]) throws(PoseError) {
        if outOfRange == .refuse { try poseMapping.requireInRange(pose) }
        let result = poseMapping.clamped(pose)
        pose = result.pose
        clamped += result.clamped.map {
            Wire.Clamped(channel: $0.name, asked: Double($0.asked), used: Double($0.used))
        }
    }

    /// What the engine is to read for `wire`. Decodes a frame's picture: call it on a codec thread.
    func read(
        _ wire: Wire.Driver?, terms: DriverTerms, as field: String = "driver"
    ) throws -> DriverRequest {
        switch wire?.kind {
        case nil:
            throw RPCError.invalid(field, .missingField, "expected a pose, a motion or a frame, got none")
        case .pose(let wire):
            var clamped: [Wire.Clamped] = []
            let pose = try pose(wire, field: "\(field).pose", clamped: &clamped)
            return try request(for: pose, clamped: clamped, terms: terms)
        case .motion(let wire):
            if let codes = try wholeWindow(wire) { return DriverRequest(code: .known(codes)) }
            let coded = try code(
                of: numbers(wire, field: "\(field).motion", mapping: terms.mapping), as: .motion, terms: terms)
            return DriverRequest(code: .known([coded.code]), translationAssumed: coded.translationAssumed)
        case .frame(let wire):
            let (aligned, reader) = try frame(wire, mapping: terms.mapping)
            let (engine, context) = (model.engine, terms.context(of: .frame(reader.domain)))
            let code = PendingCode.frame(aligned.frame, reader) { try engine.model.code(of: $0, in: context).code }
            // Who gives a source's translation does not depend on the numbers.
            let assumed = TranslationRule.translation(
                source: terms.domain, driver: .frame(reader.domain), driven: .zero, own: terms.source?.translation,
                asked: terms.translation
            ).assumed
            return DriverRequest(
                code: code, crop: aligned.crop, translationAssumed: assumed && capabilities.takesMotions)
        }
    }

    func request(for pose: Pose, clamped: [Wire.Clamped], terms: DriverTerms) throws -> DriverRequest {
        let coded = try code(of: .pose(pose), as: .pose, terms: terms)
        return DriverRequest(
            code: .known([coded.code]), pose: pose, clamped: clamped,
            translationAssumed: coded.translationAssumed)
    }

    /// Numbers of any kind that the model understands, told apart by their count.
    func numbers(_ wire: Wire.Motion, field: String, mapping: ExpressionMapping?) throws -> DriverNumbers {
        try Self.requireSane(wire.values, field: field)
        let numbers: DriverNumbers
        do throws(PoseError) { numbers = try DriverNumbers(wire.values, codeCount: capabilities.codeCount) } catch {
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
    /// a thousand would be drawn as noise.
    static func requireSane(_ values: [Float], field: String) throws {
        guard let index = values.firstIndex(where: { $0.isFinite && abs($0) > 1000 }) else { return }
        throw RPCError.invalid(
            field, .outOfRange, limit: 1000, actual: Double(abs(values[index])),
            "expected numbers from -1000 to 1000, got \(values[index]) at \(index)")
    }

    private func code(of numbers: DriverNumbers, as kind: DriverKind, terms: DriverTerms) throws -> CodedDriver {
        do { return try model.engine.model.code(of: numbers, in: terms.context(of: kind)) } catch {
            throw RPCError(answering: error, field: "driver")
        }
    }

    /// A motion that gives the code of every frame of the window itself.
    private func wholeWindow(_ wire: Wire.Motion) throws -> [DriverCode]? {
        let (count, window) = (capabilities.codeCount, capabilities.window)
        guard window > 1, wire.values.count == count * window else { return nil }
        guard wire.values.allSatisfy(\.isFinite) else {
            throw RPCError.invalid("driver.motion", .notFinite, "expected finite numbers")
        }
        return (0..<window).map { DriverCode(Array(wire.values[($0 * count)..<(($0 + 1) * count)])) }
    }

    /// A driving frame, aligned for its reader.
    func frame(
        _ wire: Wire.DrivingFrame, mapping: ExpressionMapping?
    ) throws -> (aligned: AlignedFrame, reader: HeadReader) {
        let domain = try capabilities.domain(wire.domain, field: "driver.frame.domain", among: Domain.allCases)
        guard let reader = capabilities.reader(of: domain, mapping: mapping) else {
            let way = mapping.map { " by \($0.rawValue)" } ?? ""
            throw RPCError(
                .failedPrecondition, .noEstimator,
                "driver.frame: the model has no estimator for \(domain.rawValue) frames\(way); "
                    + "drive it by \(capabilities.otherDrivers(than: domain))", field: "driver.frame.domain")
        }
        let field = "driver.frame.picture"
        let picture = try PictureReader(limits: limits, hold: hold).decode(wire.picture, field: field)
        defer { hold.giveBack(picture.pixels.count) }
        try hold.take(reader.side * reader.side * FloatImage.pixelBytes, field: field)
        do throws(PictureError) {
            let crop = try Crop(wire.crop, field: "driver.frame.crop")
            let landmarks = try Landmarks(wire.landmarks, field: "driver.frame.landmarks")
            return (try AlignedFrame(picture, crop: crop, landmarks: landmarks, for: reader), reader)
        } catch {
            throw RPCError(error, field: field)
        }
    }
}

extension Wire.Driver {
    /// Whether reading it takes long.
    var hasPicture: Bool { if case .frame = kind { true } else { false } }
}

extension Capabilities {
    /// What drives the model besides frames of a domain, in words.
    fileprivate func otherDrivers(than domain: Domain) -> String {
        let others = Set(readers.map(\.domain)).subtracting([domain]).map { "\($0.rawValue) frames" }.sorted()
        let ways = (takesPoses ? ["a pose"] : []) + (takesMotions ? ["a motion"] : []) + others
        return ways.isEmpty ? "numbers of its own" : ways.joined(separator: " or ")
    }
}

extension String {
    /// Cut so that a message stays a line.
    var shortened: String { count <= 60 ? self : String(prefix(57)) + "..." }
}
