import AnimoModel
import AnimoMotion
import AnimoPictures
import AnimoWire
import NIOCore

/// The unary methods of `animo.v1.Animo`: message in, message out.
struct AnimoService: Sendable {
    let models: ModelRegistry
    let limits: ServerLimits
    let sources: SourceStore
    let draughtsman: Draughtsman
    let version: String

    func describe(_ request: Wire.DescribeRequest) throws -> Wire.DescribeReply {
        let entries = request.model.isEmpty ? models.entries : [try sources.model(request.model)]
        return Wire.DescribeReply(
            serverVersion: version, protocolMinimum: 1, protocolMaximum: 1,
            defaultModel: models.first?.name ?? "", models: entries.map(Wire.ModelDescription.init),
            limits: limits.wire)
    }

    func putSource(_ request: Wire.PutSourceRequest, _ call: CallContext) async throws -> Wire.PutSourceReply {
        guard let picture = request.source else {
            throw RPCError.invalid("source", .missingField, "expected a picture, got none")
        }
        let found = try await sources.put(
            picture, model: sources.model(request.model), for: call, priority: .interactive)
        return Wire.PutSourceReply(source: found.source.wire, cached: found.isCached, times: found.times)
    }

    func dropSource(_ request: Wire.DropSourceRequest) throws -> Wire.DropSourceReply {
        guard sources.cache.remove(request.id) else {
            throw RPCError(.notFound, .noSuchSource, "id: no such source is kept", field: "id")
        }
        return Wire.DropSourceReply()
    }

    func reenact(_ request: Wire.ReenactRequest, _ call: CallContext) async throws -> Wire.ReenactReply {
        try await draw(
            request.source, model: request.model, options: request.options, relative: request.relative,
            decoding: request.driver?.hasPicture ?? false, call
        ) { reader, terms in
            try reader.read(request.driver, terms: terms)
        }.reply
    }

    func editPose(_ request: Wire.EditPoseRequest, _ call: CallContext) async throws -> Wire.EditPoseReply {
        let drawn = try await draw(
            request.source, model: request.model, options: request.options, call
        ) { reader, terms in
            var clamped: [Wire.Clamped] = []
            var pose = try reader.pose(request.basePose ?? Wire.Pose(), field: "base_pose", clamped: &clamped)
            var field = "set"
            do throws(PoseError) {
                try reader.apply(request.set, to: &pose) { $1 }
                field = "add"
                try reader.apply(request.add, to: &pose) { $0 + $1 }
                field = "set and add"
                try reader.bringIntoRange(&pose, clamped: &clamped)
            } catch {
                throw RPCError(error, field: field)
            }
            return try reader.request(for: pose, clamped: clamped, terms: terms)
        }
        return Wire.EditPoseReply(
            drawn: drawn.reply, pose: drawn.pose.map { Wire.Pose(values: $0.values) })
    }

    private func draw(
        _ wire: Wire.Source?, model: String, options: Wire.DrawOptions?, relative: Wire.Relative? = nil,
        decoding hasPicture: Bool = false, _ call: CallContext,
        driver read: @escaping @Sendable (DriverReader, DriverTerms) throws -> DriverRequest
    ) async throws -> (reply: Wire.ReenactReply, pose: Pose?) {
        let priority: Priority = options?.priority == .batch ? .batch : .interactive
        let found = try await sources.find(wire, model: model, for: call, priority: priority)
        let source = found.source
        let output = try OutputOptions(options, sent: source.sent)
        let terms = DriverTerms(
            domain: source.domain, source: source.prepared, translation: output.translation,
            mapping: output.mapping)
        let reader = DriverReader(
            model: source.model, limits: limits, outOfRange: output.outOfRange, hold: call.hold)
        let (driver, decoding) = try await timed {
            try await sources.codecs.run(decoding: hasPicture) { try read(reader, terms) }
        }
        var times = found.times
        times.decode += decoding.microseconds
        let standing = call.standing(priority)
        var engineDriver = driver.code.driver(window: source.model.engine.capabilities.window)
        if let relative {
            guard relative.neutral != nil else {
                throw RPCError.invalid(
                    "relative.neutral", .missingField, "expected a driver at rest, got none")
            }
            let neutral = try await sources.codecs.run {
                try reader.read(relative.neutral, terms: terms, as: "relative.neutral")
            }
            let codes = try await draughtsman.relative(
                driver.code, to: neutral.code, of: source, adaptsScale: relative.adaptScale, times: &times,
                as: standing)
            engineDriver = PendingCode.known(codes).driver(window: source.model.engine.capabilities.window)
        }
        let drawing = try await draughtsman.draw(
            engineDriver, on: source, output: output, times: times, as: standing, hold: call.hold)
        let reply = Wire.ReenactReply(
            picture: drawing.picture, source: source.wire, motion: Wire.Motion(values: drawing.code.values),
            driverCrop: driver.crop.map(Wire.CropTransform.init), clamped: driver.clamped,
            translationAssumed: driver.translationAssumed, batchSize: UInt32(drawing.batchSize),
            times: drawing.times)
        return (reply, driver.pose)
    }

    func retarget(_ request: Wire.RetargetRequest, _ call: CallContext) async throws -> Wire.RetargetReply {
        let model = try sources.model(request.model)
        let reader = DriverReader(model: model, limits: limits, outOfRange: .clamp, hold: call.hold)
        var reply = Wire.RetargetReply()
        var times = Wire.Times()
        let numbers: DriverNumbers
        switch request.driver?.kind {
        case nil:
            throw RPCError.invalid("driver", .missingField, "expected a pose, a motion or a frame, got none")
        case .pose(let wire):
            numbers = .pose(try reader.pose(wire, field: "driver.pose", clamped: &reply.clamped))
        case .motion(let wire):
            numbers = try reader.numbers(
                wire, field: "driver.motion", mapping: ExpressionMapping(request.mapping))
        case .frame(let wire):
            let (frame, decoding) = try await timed {
                try await sources.codecs.run {
                    try reader.frame(wire, mapping: ExpressionMapping(request.mapping))
                }
            }
            let side = frame.reader.side
            let key = BatchKey(
                engine: ObjectIdentifier(model.engine), stage: .read, domain: frame.reader.domain, flowSide: side,
                side: side)
            let done = try await sources.scheduler.run(
                .read(frame.aligned.frame, frame.reader), on: model.engine, key: key, as: call.standing(.interactive))
            guard case .read(let read) = done.result else { throw EngineFailure.nothingDrawn }
            numbers = read
            reply.driverCrop = frame.aligned.crop.map(Wire.CropTransform.init)
            times = Wire.Times(
                decode: decoding.microseconds, queue: done.queued.microseconds, compute: done.computed.microseconds)
        }
        let retargeted = try retarget(numbers, by: model)
        reply.pose = retargeted.pose.map { Wire.Pose(values: $0.values) }
        reply.motion = Wire.Motion(values: retargeted.code.values)
        reply.expressed = retargeted.expressed.map {
            Wire.Expressed(overall: $0.overall, brows: $0.brows, eyes: $0.eyes, mouth: $0.mouth)
        }
        reply.times = times
        return reply
    }

    private func retarget(_ numbers: DriverNumbers, by model: ModelRegistry.Entry) throws -> Retargeted {
        do { return try model.engine.model.retarget(numbers) } catch {
            throw RPCError(answering: error, field: "driver")
        }
    }
}

extension Wire.ModelDescription {
    init(_ entry: ModelRegistry.Entry) {
        let information = entry.engine.information
        let mapping = entry.engine.model.poseMapping
        let capabilities = entry.engine.capabilities
        self.init(
            name: entry.name, digest: information.digest, family: information.family,
            domains: capabilities.domains.map(\.wire), nativeSize: UInt32(capabilities.nativeSize),
            estimators: capabilities.readers.map {
                Wire.Estimator(
                    domain: $0.domain.wire, inputSize: UInt32($0.side), part: $0.part,
                    alignment: $0.alignment.rawValue, mapping: $0.mapping?.wire ?? .unspecified)
            },
            channels: information.channels.enumerated().map { index, name in
                let range = mapping.range(of: index)
                return Wire.Channel(
                    name: name, minimum: Double(range.lowerBound), maximum: Double(range.upperBound),
                    unit: mapping.unit(of: index), inferred: information.channelsInferred)
            },
            title: information.title, licence: information.licence,
            drivers: (capabilities.takesPoses ? ["pose"] : []) + (capabilities.takesMotions ? ["motion"] : [])
                + (capabilities.readers.isEmpty ? [] : ["frame"]),
            builtin: information.isBuiltIn, needsSource: capabilities.needsSource,
            codeCount: UInt32(capabilities.codeCount), window: UInt32(capabilities.window),
            relative: capabilities.isRelative, sizeStep: UInt32(capabilities.sizeStep),
            fixedSize: !capabilities.rendersOtherSizes)
    }
}
