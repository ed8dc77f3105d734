import AnimoModel
import AnimoMotion
import AnimoWire

/// The unary methods of `animo.v1.Animo`: message in, message out.
struct AnimoService: Sendable {
    let admission: Admission
    let renderer: FrameRenderer
    let version: String

    func describe(_ request: Wire.DescribeRequest) throws -> Wire.DescribeReply {
        let models = admission.models
        let entries = request.model.isEmpty ? models.entries : [try admission.model(request.model)]
        return Wire.DescribeReply(
            serverVersion: version, protocolMinimum: 1, protocolMaximum: 1,
            defaultModel: models.first?.name ?? "", models: entries.map(Wire.ModelDescription.init),
            limits: admission.limits.wire)
    }

    func putSource(_ request: Wire.PutSourceRequest, _ call: CallContext) async throws -> Wire.PutSourceReply {
        guard let picture = request.source else {
            throw RPCError.invalid("source", .missingField, "expected a picture, got none")
        }
        let source = try admission.source(picture, on: admission.model(request.model), of: call.peer.owner)
        let prepared = try await renderer.sources.prepared(
            source, for: call.memory, as: call.scheduling(.interactive))
        return Wire.PutSourceReply(source: prepared.source.wire, cached: source.isKept, times: prepared.times)
    }

    func dropSource(_ request: Wire.DropSourceRequest, _ call: CallContext) throws -> Wire.DropSourceReply {
        guard admission.cache.remove(request.id, of: call.peer.owner) else {
            throw RPCError(.notFound, .noSuchSource, "id: no such source is kept", field: "id")
        }
        return Wire.DropSourceReply()
    }

    func reenact(_ request: Wire.ReenactRequest, _ call: CallContext) async throws -> EncodedPicture {
        try await renderer.render(RenderJob(admitting: request, by: admission, for: call))
    }

    func editPose(_ request: Wire.EditPoseRequest, _ call: CallContext) async throws -> EncodedPicture {
        try await renderer.render(RenderJob(admitting: request, by: admission, for: call))
    }

    func retarget(_ request: Wire.RetargetRequest, _ call: CallContext) async throws -> Wire.RetargetReply {
        let model = try admission.model(request.model)
        let driver = try DriverValidator(
            model: model, limits: admission.limits, outOfRange: .clamp, mapping: ExpressionMapping(request.mapping)
        ).validate(request.driver, takesWindow: false)
        var reply = Wire.RetargetReply(times: Wire.Times())
        reply.clamped = driver.clamped
        let numbers: DriverNumbers
        var expressed: Expressed?
        switch driver.content {
        case .numbers(let given, _): numbers = given
        case .window, .noHead: throw ScheduledWorkError.noOutput
        case .frame(let picture):
            let read = try await renderer.estimate(
                picture, by: model.engine, memory: call.memory,
                as: call.scheduling(request.priority == .batch ? .batch : .interactive))
            numbers = read.numbers
            expressed = read.expressed
            reply.driverCrop = read.crop.map(Wire.CropTransform.init)
            reply.times = read.times
        }
        let retargeted = try retarget(numbers, by: model)
        reply.pose = retargeted.pose.map { Wire.Pose(values: $0.values) }
        reply.motion = Wire.Motion(values: retargeted.code.values)
        reply.expressed = (expressed ?? retargeted.expressed).map {
            Wire.Expressed(overall: $0.overall, brows: $0.brows, eyes: $0.eyes, mouth: $0.mouth)
        }
        return reply
    }

    private func retarget(_ numbers: DriverNumbers, by model: ModelRegistry.Entry) throws -> Retargeted {
        do { return try model.engine.model.retarget(numbers) } catch {
            throw RPCError(mapping: error, field: "driver")
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
            estimators: entry.estimators,
            channels: information.channels.enumerated().map { index, name in
                let range = mapping.range(of: index)
                return Wire.Channel(
                    name: name, minimum: Double(range.lowerBound), maximum: Double(range.upperBound),
                    unit: mapping.unit(of: index), inferred: information.channelsInferred,
                    group: mapping.layout.channels[index].group)
            },
            title: information.title, licence: information.licence,
            drivers: (capabilities.takesPoses ? ["pose"] : []) + (capabilities.takesMotions ? ["motion"] : [])
                + (capabilities.takesFlame ? ["flame"] : []) + (entry.estimators.isEmpty ? [] : ["frame"]),
            builtin: information.isBuiltIn, needsSource: capabilities.needsSource,
            codeCount: UInt32(capabilities.codeCount), window: UInt32(capabilities.window),
            relative: capabilities.isRelative, sizeStep: UInt32(capabilities.sizeStep),
            fixedSize: !capabilities.rendersOtherSizes,
            groups: entry.engine.controlCode?.groups.map(\.rawValue) ?? [], faceModel: entry.faces?.modelName ?? "",
            alpha: capabilities.rendersAlpha, flow: capabilities.tellsFlow)
    }
}
