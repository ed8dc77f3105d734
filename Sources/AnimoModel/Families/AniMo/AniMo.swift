import AnimoCompute
import AnimoModelFile
import AnimoMotion
import Synchronization

/// AniMo ready to render: its networks with weights laid out for the kernels, and memory to render in
/// (Kim et al. 2021, AnimeCeleb: large-scale animation celebheads dataset for head reenactment).
package final class AniMo: HeadModel {
    /// Metadata of the model file.
    package let metadata: ModelMetadata
    /// SHA-256 of the model file.
    package let digest: [UInt8]
    /// From poses of 20 numbers to motions and back, by the pose basis in the file where it has one.
    package let poseMapping: PoseMapping
    /// Abilities as the file's tensors and parts allow them: sides in steps of 32, 70 numbers a code, a flow with every
    /// picture.
    package let capabilities: Capabilities
    /// Contexts that it renders in.
    package let contexts: ComputeContextPool
    /// Networks of every domain, laid out for the fast kernels.
    let networks: Networks
    /// Estimators of driving frames that the file has as parts.
    let readers: EstimatorNetworks

    /// - Parameter lanes: the widest vectors to use, in floats: 8, or 16 where the processor has them.
    package init(file: ModelFile, pool: WorkerPool, lanes: Int = 16) throws {
        contexts = try ComputeContextPool(pool: pool, lanes: lanes)
        metadata = file.metadata
        digest = file.digest
        poseMapping = file.poseMapping
        networks = try Networks(file, method: nil, pool: pool, lanes: lanes)
        readers = try EstimatorNetworks(
            file, Weights(file.arrays, style: Networks.style(file, method: nil, lanes: lanes)))
        var capabilities = Capabilities(
            domains: file.metadata.domains, nativeSize: file.metadata.nativeSize, codeCount: Motion.count,
            takesPoses: metadata.takesPoses, takesMotions: metadata.takesMotions, readers: readers.descriptions)
        capabilities.takesFlame = metadata.takesFlame
        capabilities.tellsFlow = true
        self.capabilities = capabilities
    }

    /// Threads that it computes on.
    package var pool: WorkerPool { contexts.pool }
    /// Domains that it renders.
    package var domains: [Domain] { metadata.domains }

    /// As many pictures as fit the threads and the memory of the editing network's largest map, (height, width, 64).
    package func largestBatch(_ source: any PreparedHead) -> Int {
        contexts.largestBatch(floats: source.width * source.height * networks.widths.editBase)
    }

    /// - Parameter source: sides of its pictures are multiples of 32.
    package func prepare(_ source: SourceImages, domain: Domain) throws -> any PreparedHead {
        let networks = try networks(domain)
        try source.flow.checkSides(capabilities.sizeStep, "flow picture")
        try source.editing.checkSides(capabilities.sizeStep, "editing picture")
        var motion: Motion?
        if let frame = source.frame, let reader = capabilities.reader(of: domain) {
            switch try read([frame], by: reader).first {
            case .motion(let own), .placed(let own, _): motion = own
            default: break
            }
        }
        // A workspace of its own: its layers are others than those of rendering, and sources come seldom.
        return contexts.withFreshContext { context in
            let first = networks.warping.prepare(
                context, context.tensor([source.flow.pixels], height: source.flow.height, width: source.flow.width))
            let features = networks.editing.encode(
                context,
                context.tensor([source.editing.pixels], height: source.editing.height, width: source.editing.width))
            return AniMoSource(
                domain: domain, first: first, features: features, networks: networks, motion: motion)
        }
    }

    /// - Throws: ``ModelError/Code/pictureSize`` where a frame is not of the reader's side,
    ///   ``ModelError/Code/missingPart`` where the model has no such reader.
    package func read(_ frames: [FrameImage], by reader: NetworkEstimator) throws -> [DriverNumbers] {
        try contexts.withContext { try readers.read($0, frames, by: reader) }
    }

    /// A motion of 70 numbers whose translation follows ``TranslationRule``: the driver's, the source's own, or the one
    /// that the caller gave.
    package func code(of numbers: DriverNumbers, in context: DriverContext) throws -> CodedDriver {
        var motion = try motion(of: numbers)
        let (translation, assumed) = TranslationRule.translation(
            source: context.domain, driver: context.kind, driven: motion.translation,
            own: context.source?.translation, asked: context.translation)
        motion.translation = translation
        return CodedDriver(DriverCode(motion), translationAssumed: assumed)
    }

    /// The motion, and by the pose basis the pose nearest to it with the share of the expression that it shows; no pose
    /// without a basis.
    package func retarget(_ numbers: DriverNumbers) throws -> Retargeted {
        let motion = try motion(of: numbers)
        let inverse = poseMapping.hasBasis ? try poseMapping.pose(from: motion) : nil
        return Retargeted(pose: inverse?.pose, code: DriverCode(motion), expressed: inverse?.expressed)
    }

    private func motion(of numbers: DriverNumbers) throws -> Motion {
        switch numbers {
        case .motion(let motion), .placed(let motion, _): return motion
        case .pose(let pose): return try poseMapping.motion(from: pose)
        case .code(let code): return try Motion(code.values)
        case .flame(let code):
            let pose = try contexts.withContext { try readers.pose($0, ofFlame: code) }
            return try poseMapping.motion(from: pose)
        }
    }

    /// - Throws: ``ModelError/Code/foreignSource`` for a source of another model, `PoseError` where a code is not of 70
    ///   finite numbers.
    package func render(_ requests: [RenderRequest]) throws -> [RenderedHead] {
        let all = try requests.map(Request.init)
        return try contexts.render(
            all, most: { largestBatch($0.source) }, joins: { $0.source.joins($1.source) }, render
        ) { context, rendered, index in
            RenderedHead(
                picture: context.picture(rendered.output, index), flow: FlowField(rendered.flow, index))
        }
    }

    /// A request that is this family's.
    struct Request {
        /// The source that is rendered.
        let source: AniMoSource
        /// The motion that drives it, 70 numbers.
        let motion: Motion

        /// - Throws: ``ModelError/Code/foreignSource`` where another family prepared the source, `PoseError` where the
        ///   code is no motion.
        init(_ request: RenderRequest) throws {
            guard let source = request.source as? AniMoSource else {
                throw ModelError(.foreignSource, "source: expected one prepared by this model, got another model's")
            }
            self.source = source
            motion = try Motion(request.codes.first?.values ?? [])
        }
    }

    private func render(
        _ context: ComputeContext, _ batch: ArraySlice<Request>
    ) throws -> (flow: Tensor, output: Tensor) {
        let first = batch.startIndex
        let networks = batch[first].source.networks
        guard self.networks.domains.values.contains(where: { $0 === networks }) else {
            throw ModelError(.foreignSource, "source: expected one prepared by this model, got another model's")
        }
        let latent = self.networks.motion.latent(context, batch.count) { batch[first + $0].motion.values }
        return networks.render(context, latent) { batch[first + $0].source }
    }

    /// Bytes of the weights as the kernels hold them.
    package var weightBytes: Int {
        networks.domains.values.reduce(0) { $0 + $1.warping.byteCount + $1.editing.byteCount }
    }

    /// The networks of a domain.
    ///
    /// - Throws: ``ModelError/Code/domain`` where the model has none, naming those that it has.
    func networks(_ domain: Domain) throws -> DomainNetworks {
        guard let networks = networks.domains[domain] else {
            let names = domains.map(\.rawValue).joined(separator: ", ")
            throw ModelError(.domain, "domain: expected one of \(names), got \(domain.rawValue)")
        }
        return networks
    }
}
