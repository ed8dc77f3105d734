import AnimoCompute
import AnimoModelFile
import AnimoMotion

/// The first order motion model ready to render (Siarohin et al. 2019, First order motion model for image animation):
/// driven by frames of any head of its domain, absolutely or relative to an initial frame.
package final class FirstOrderMotion: HeadModel {
    /// Metadata of the model file.
    package let metadata: ModelMetadata
    /// SHA-256 of the model file.
    package let digest: [UInt8]
    /// Unused: no pose drives this family.
    package let poseMapping: PoseMapping
    /// Abilities: one domain, sides in steps of 128, six numbers a key point, relative motion, a flow with every
    /// picture.
    package let capabilities: Capabilities
    /// Contexts that it renders in.
    package let contexts: ComputeContextPool
    /// Detector, dense motion and generator, laid out for the fast kernels.
    let networks: FirstOrderNetworks

    /// - Parameter lanes: the widest vectors to use, in floats: 8, or 16 where the processor has them.
    package init(file: ModelFile, pool: WorkerPool, lanes: Int = 16) throws {
        contexts = try ComputeContextPool(pool: pool, lanes: lanes)
        metadata = file.metadata
        digest = file.digest
        poseMapping = file.poseMapping
        networks = try FirstOrderNetworks(file, method: nil, pool: pool, lanes: lanes)
        let (domain, size) = (networks.domain, file.metadata.nativeSize)
        var capabilities = Capabilities(
            domains: [domain], nativeSize: size, codeCount: 6 * networks.widths.points, takesPoses: false,
            takesMotions: false,
            readers: file.metadata.frameReaders.map { NetworkEstimator($0) },
            sizeStep: FamilyRow.firstOrderMotion.sizeStep, isRelative: true)
        capabilities.tellsFlow = true
        self.capabilities = capabilities
    }

    /// - Parameter source: sides of its pictures are multiples of 128: a quarter is halved five times.
    package func prepare(_ source: SourceImages, domain: Domain) throws -> any PreparedHead {
        guard domain == networks.domain else {
            throw ModelError(.domain, "domain: expected \(networks.domain.rawValue), got \(domain.rawValue)")
        }
        try source.flow.checkSides(capabilities.sizeStep, "flow picture")
        try source.editing.checkSides(capabilities.sizeStep, "editing picture")
        return try contexts.withFreshContext {
            try networks.prepare($0, flow: source.flow, editing: source.editing)
        }
    }

    /// Key points of each frame, six numbers each: place x, y in -1…1 and a Jacobian of 2×2, row by row.
    ///
    /// - Throws: ``ModelError/Code/missingPart`` where `reader` is not the model's, ``ModelError/Code/pictureSize``
    ///   where a frame's sides are no multiples of 128.
    package func read(_ frames: [FrameImage], by reader: NetworkEstimator) throws -> [DriverNumbers] {
        guard capabilities.readers.contains(reader) else {
            throw ModelError(
                .missingPart, "frame: expected one of domain \(networks.domain.rawValue), read by its key points")
        }
        for frame in frames { try frame.image.checkSides(capabilities.sizeStep, "frame") }
        return try frames.map { frame in
            let found = contexts.withContext { context in
                let image = frame.image
                return networks.detector.keyPoints(
                    context, context.tensor([image.pixels], height: image.height, width: image.width))[0]
            }
            return .code(DriverCode(try KeyPoints(found).values))
        }
    }

    /// The key points themselves; neither source nor translation matters.
    ///
    /// - Throws: ``ModelError/Code/missingPart`` for a pose or a motion, `PoseError` for another count of numbers.
    package func code(of numbers: DriverNumbers, in context: DriverContext) throws -> CodedDriver {
        CodedDriver(DriverCode(try points(numbers).values))
    }

    /// The source's key points, moved as the driver's have moved since the neutral
    /// (``KeyPoints/relative(_:since:of:adaptsScale:)``).
    package func relative(
        _ code: DriverCode, to neutral: DriverCode, of source: any PreparedHead, adaptsScale: Bool
    ) throws -> DriverCode {
        let moved = try KeyPoints.relative(
            try points(code), since: try points(neutral), of: try own(source).points, adaptsScale: adaptsScale)
        return DriverCode(moved.values)
    }

    /// The key points, with neither a pose nor a share of it.
    package func retarget(_ numbers: DriverNumbers) throws -> Retargeted {
        Retargeted(pose: nil, code: DriverCode(try points(numbers).values), expressed: nil)
    }

    private func points(_ numbers: DriverNumbers) throws -> KeyPoints {
        guard case .code(let code) = numbers else {
            throw ModelError(
                .missingPart,
                "driver: a first order motion model is driven by frames or key points, not by a pose or a motion")
        }
        return try points(code)
    }

    private func points(_ code: DriverCode) throws -> KeyPoints {
        guard code.values.count == capabilities.codeCount else {
            throw PoseError(
                .count, "key points: expected \(capabilities.codeCount) numbers, got \(code.values.count)")
        }
        return try KeyPoints(code.values)
    }

    private func own(_ source: any PreparedHead) throws -> FirstOrderSource {
        guard let source = source as? FirstOrderSource, source.networks === networks else {
            throw ModelError(.foreignSource, "source: expected one prepared by this model, got another model's")
        }
        return source
    }

    /// As many pictures as fit the threads and the memory of the generator's largest map, (height, width, 64).
    package func largestBatch(_ source: any PreparedHead) -> Int {
        contexts.largestBatch(floats: source.width * source.height * networks.widths.generator.base)
    }

    /// - Throws: ``ModelError/Code/foreignSource`` for a source of another model, `PoseError` for another count of
    ///   numbers.
    package func render(_ requests: [RenderRequest]) throws -> [RenderedHead] {
        let all = try requests.map { request in
            (source: try own(request.source), points: try points(request.codes.first ?? DriverCode([])))
        }
        return try contexts.render(all, most: { largestBatch($0.source) }, joins: { $0.source.joins($1.source) }) {
            context, batch in
            networks.render(context, batch.map(\.source), batch.map(\.points))
        } head: { context, rendered, index in
            RenderedHead(
                picture: context.sigmoidPicture(rendered.output, index),
                flow: FlowField(deformation: rendered.motion, index, alignsCorners: networks.alignsCorners))
        }
    }

    /// Bytes of the weights as the kernels hold them.
    package var weightBytes: Int { networks.byteCount }
}

extension FirstOrderMotion {
    /// Compares seeded pictures of 128×128: key points, features, deformation, occlusion and output.
    package func verify(against file: ModelFile) throws -> [VerifyStage] {
        guard file.digest == digest else {
            throw ModelFileError(
                .damaged, "expected the model file that was loaded, got a changed one; reload it first")
        }
        let plain = try FirstOrderNetworks(file, method: .reference, pool: contexts.pool)
        var random = SplitMix64(state: 22)
        func picture() -> FloatImage {
            FloatImage(pixels: (0..<(128 * 128 * 3)).map { _ in random.unit() }, width: 128, height: 128)
        }
        let (source, driver) = (picture(), picture())
        func found(_ networks: FirstOrderNetworks, isReference: Bool) -> [Float] {
            contexts.withFreshContext(isReference: isReference) { context in
                networks.detector.keyPoints(context, context.tensor([driver.pixels], height: 128, width: 128))[0]
            }
        }
        let points = found(networks, isReference: false)
        func stages(_ networks: FirstOrderNetworks, isReference: Bool) throws -> FirstOrderStages {
            try contexts.withFreshContext(isReference: isReference) { context in
                let prepared = try networks.prepare(context, flow: source, editing: source)
                return networks.stages(context, prepared, try KeyPoints(points))
            }
        }
        let (fast, slow) = (try stages(networks, isReference: false), try stages(plain, isReference: true))
        func stage(_ name: String, _ got: [Float], _ expected: [Float], _ limit: Float) -> VerifyStage {
            VerifyStage(
                name: "\(networks.domain.rawValue).\(name)", difference: VerifyStage.difference(got, expected),
                limit: limit, against: "reference")
        }
        return [
            stage("keypoints", points, found(plain, isReference: true), VerifyLimit.keyPoints),
            stage("features", fast.features, slow.features, VerifyLimit.picture),
            stage("deformation", fast.deformation, slow.deformation, VerifyLimit.keyPoints),
            stage("occlusion", fast.occlusion, slow.occlusion, VerifyLimit.keyPoints),
            stage("output", fast.output, slow.output, VerifyLimit.picture),
        ]
    }
}
