import AnimoCompute
import AnimoModelFile
import AnimoMotion

/// PIRenderer ready to render (Ren et al. 2021, PIRenderer: controllable portrait image generation via semantic neural
/// rendering), of its authors' kind, driven by windows of 27 motions and crops, or of the anime kind, driven by poses.
package final class PIRenderer: HeadModel {
    /// Metadata of the model file.
    package let metadata: ModelMetadata
    /// SHA-256 of the model file.
    package let digest: [UInt8]
    /// From poses of 20 numbers to motions and back, by the pose basis in the file where it has one.
    package let poseMapping: PoseMapping
    /// Abilities: 27 codes of 73 numbers of its authors' kind, one code of 20 of the anime kind; sides in steps of 32.
    package let capabilities: Capabilities
    /// Contexts that it renders in.
    package let contexts: ComputeContextPool
    /// Mapping, warping and editing networks, laid out for the fast kernels.
    let networks: PIRendererNetworks
    /// Estimators of driving frames that the file has as parts.
    let readers: EstimatorNetworks

    /// - Parameter lanes: the widest vectors to use, in floats: 8, or 16 where the processor has them.
    package init(file: ModelFile, pool: WorkerPool, lanes: Int = 16) throws {
        contexts = try ComputeContextPool(pool: pool, lanes: lanes)
        metadata = file.metadata
        digest = file.digest
        poseMapping = file.poseMapping
        networks = try PIRendererNetworks(file, method: nil, pool: pool, lanes: lanes)
        readers = try EstimatorNetworks(
            file, Weights(file.arrays, style: Networks.style(file, method: nil, lanes: lanes)))
        let isAnime = metadata.family == .pirendererAnime
        // Motions lead to poses, and poses to motions, through the basis alone.
        var capabilities = Capabilities(
            domains: file.metadata.domains, nativeSize: file.metadata.nativeSize,
            codeCount: isAnime ? Pose.count : FamilyRow.placedMotionCount, takesPoses: file.metadata.takesPoses,
            takesMotions: file.metadata.takesMotions,
            readers: readers.descriptions,
            window: networks.facts.window)
        capabilities.takesFlame = metadata.takesFlame
        capabilities.tellsFlow = true
        self.capabilities = capabilities
    }

    private var isAnime: Bool { metadata.family == .pirendererAnime }

    /// - Parameter source: sides of its pictures are multiples of 32.
    package func prepare(_ source: SourceImages, domain: Domain) throws -> any PreparedHead {
        try check(domain)
        try source.flow.checkSides(capabilities.sizeStep, "flow picture")
        try source.editing.checkSides(capabilities.sizeStep, "editing picture")
        var own: (motion: Motion?, placement: SIMD3<Float>?)
        if !isAnime, let frame = source.frame, let reader = capabilities.reader(of: domain) {
            switch try read([frame], by: reader).first {
            case .motion(let motion): own.motion = motion
            case .placed(let motion, let placement): own = (motion, placement)
            default: break
            }
        }
        // A workspace of its own: its layers are others than those of rendering, and sources come seldom.
        return contexts.withFreshContext { context in
            networks.prepare(
                context, flow: source.flow, editing: source.editing, placement: own.placement, motion: own.motion)
        }
    }

    /// - Throws: ``ModelError/Code/pictureSize`` where a frame is not of the reader's side,
    ///   ``ModelError/Code/missingPart`` where the model has no such reader.
    package func read(_ frames: [FrameImage], by reader: NetworkEstimator) throws -> [DriverNumbers] {
        try contexts.withContext { try readers.read($0, frames, by: reader) }
    }

    /// A pose of 20 numbers of the anime kind; else a motion of 70 with the crop's ratio and place.
    package func code(of numbers: DriverNumbers, in context: DriverContext) throws -> CodedDriver {
        isAnime ? CodedDriver(DriverCode(try pose(of: numbers).values)) : try placed(numbers, context)
    }

    /// A motion and its crop. Where the numbers do not say how the driver was cropped, or a frame was, whose camera is
    /// another one, the crop's ratio is the source's own, as at the frame that is most like the source
    /// (``MotionWindow/cropScale(source:driving:)``).
    private func placed(_ numbers: DriverNumbers, _ context: DriverContext) throws -> CodedDriver {
        if case .code(let code) = numbers {
            guard code.values.count == FamilyRow.placedMotionCount else {
                throw PoseError(.count, "motion: expected 73 numbers, got \(code.values.count)")
            }
            return CodedDriver(code)
        }
        var motion = try motion(of: numbers)
        let (translation, assumed) = TranslationRule.translation(
            source: context.domain, driver: context.kind, driven: motion.translation,
            own: context.source?.translation, asked: context.translation)
        motion.translation = translation
        let own = (context.source as? PIRendererSource)?.placement
        var placement = own ?? standardPlacement
        if case .placed(_, let given) = numbers {
            placement = given
            if case .frame = context.kind, let own { placement.x = own.x }
        }
        return CodedDriver(
            DriverCode(motion.values + [placement.x, placement.y, placement.z]), translationAssumed: assumed)
    }

    /// Place of the standard head in a picture of the native size, which is what the published scripts take when they
    /// find no face: its points, -1…1, spread over the picture (alignment's scale 102 / (n / 2)).
    private var standardPlacement: SIMD3<Float> {
        let half = Float(metadata.nativeSize) / 2
        return SIMD3(102 / half, half, half - 1)
    }

    private func motion(of numbers: DriverNumbers) throws -> Motion {
        switch numbers {
        case .motion(let motion), .placed(let motion, _): return motion
        case .pose(let pose): return try poseMapping.motion(from: pose)
        case .code(let code): return try Motion(Array(code.values.prefix(Motion.count)))
        case .flame: return try poseMapping.motion(from: try pose(of: numbers))
        }
    }

    private func pose(of numbers: DriverNumbers) throws -> Pose {
        switch numbers {
        case .pose(let pose): return pose
        case .motion(let motion), .placed(let motion, _): return try poseMapping.pose(from: motion).pose
        case .code(let code): return try Pose(code.values)
        case .flame(let code): return try contexts.withContext { try readers.pose($0, ofFlame: code) }
        }
    }

    /// The pose, the code, and where the pose came by the basis the share of the expression that it shows.
    package func retarget(_ numbers: DriverNumbers) throws -> Retargeted {
        if case .pose(let pose) = numbers, isAnime {
            return Retargeted(pose: pose, code: DriverCode(pose.values), expressed: nil)
        }
        if isAnime, case .flame = numbers {
            let pose = try pose(of: numbers)
            return Retargeted(pose: pose, code: DriverCode(pose.values), expressed: nil)
        }
        if isAnime {
            let inverse = try poseMapping.pose(from: try motion(of: numbers))
            return Retargeted(pose: inverse.pose, code: DriverCode(inverse.pose.values), expressed: inverse.expressed)
        }
        let motion = try motion(of: numbers)
        let inverse = poseMapping.hasBasis ? try poseMapping.pose(from: motion) : nil
        let code = try placed(numbers, DriverContext(domain: networks.domain, kind: .motion)).code
        return Retargeted(pose: inverse?.pose, code: code, expressed: inverse?.expressed)
    }

    /// As many pictures as fit the threads and the memory of the editing network's largest map, (height, width, 64).
    package func largestBatch(_ source: any PreparedHead) -> Int {
        contexts.largestBatch(floats: source.width * source.height * networks.widths.editBase)
    }

    /// - Throws: ``ModelError/Code/foreignSource`` for a source of another model, `PoseError` where the window is not
    ///   of as many codes of finite numbers as the capabilities say.
    package func render(_ requests: [RenderRequest]) throws -> [RenderedHead] {
        let all = try requests.map { try Request($0, networks, capabilities) }
        return try contexts.render(all, most: { largestBatch($0.source) }, joins: { $0.source.joins($1.source) }) {
            context, batch in
            let latent = networks.latent(context, batch.map(\.window))
            let rendered = networks.render(context, batch.map(\.source), latent)
            return (flow: rendered.flow, output: rendered.output)
        } head: { context, rendered, index in
            RenderedHead(
                picture: context.picture(rendered.output, index, from: networks.facts.imageRange),
                flow: FlowField(rendered.flow, index))
        }
    }

    /// A request that is this model's.
    private struct Request {
        let source: PIRendererSource
        let window: [[Float]]

        init(_ request: RenderRequest, _ networks: PIRendererNetworks, _ capabilities: Capabilities) throws {
            guard let source = request.source as? PIRendererSource, source.networks === networks else {
                throw ModelError(.foreignSource, "source: expected one prepared by this model, got another model's")
            }
            self.source = source
            window = request.codes.map(\.values)
            guard window.count == capabilities.window,
                window.allSatisfy({ $0.count == capabilities.codeCount && $0.allSatisfy(\.isFinite) })
            else {
                throw PoseError(
                    .count,
                    "codes: expected \(capabilities.window) of \(capabilities.codeCount) finite numbers, "
                        + "got \(window.count) of \(window.first?.count ?? 0)")
            }
        }
    }

    private func check(_ domain: Domain) throws {
        guard domain == networks.domain else {
            throw ModelError(.domain, "domain: expected \(networks.domain.rawValue), got \(domain.rawValue)")
        }
    }

    /// Bytes of the weights as the kernels hold them.
    package var weightBytes: Int { networks.byteCount }
}

extension PIRenderer {
    /// Compares a seeded picture of 96×64 and a seeded window: latent, flow, warped and output, then the estimators.
    package func verify(against file: ModelFile) throws -> [VerifyStage] {
        guard file.digest == digest else {
            throw ModelFileError(
                .damaged, "expected the model file that was loaded, got a changed one; reload it first")
        }
        let plain = try PIRendererNetworks(file, method: .reference, pool: contexts.pool)
        var random = SplitMix64(state: 20)
        let picture = FloatImage(pixels: (0..<(64 * 96 * 3)).map { _ in random.unit() }, width: 96, height: 64)
        let window = (0..<capabilities.window).map { _ in
            (0..<capabilities.codeCount).map { _ in (random.unit() - 0.5) * 0.6 }
        }
        let fast = contexts.withFreshContext { networks.stages($0, picture, window) }
        let slow = contexts.withFreshContext(isReference: true) { plain.stages($0, picture, window) }
        func stage(_ name: String, _ got: [Float], _ expected: [Float], _ limit: Float) -> VerifyStage {
            VerifyStage(
                name: "\(networks.domain.rawValue).\(name)", difference: VerifyStage.difference(got, expected),
                limit: limit, against: "reference")
        }
        return [
            stage("latent", fast.latent, slow.latent, VerifyLimit.latent),
            stage("flow", fast.flow, slow.flow, VerifyLimit.flow),
            stage("warped", fast.warped, slow.warped, VerifyLimit.picture),
            stage("output", fast.output, slow.output, VerifyLimit.picture),
        ] + (try readers.verify(against: file, contexts))
    }
}
