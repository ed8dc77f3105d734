import AnimoCompute
import AnimoModelFile
import AnimoMotion

/// Latent Pose Descriptors ready to render: the head that the weights were tuned to, in the pose of any frame's head
/// (Burkov et al. 2020, Neural head reenactment with latent pose descriptors).
///
/// No source picture is read: identity is in the weights.
package final class LatentPose: HeadModel {
    /// Unused: no pose drives this family.
    package let poseMapping: PoseMapping
    /// Abilities: no source, one size, a code of the latent pose's numbers (256 as published).
    package let capabilities: Capabilities
    /// Contexts that it renders in.
    package let contexts: ComputeContextPool
    /// Pose encoder and generator, laid out for the fast kernels.
    let networks: LatentPoseNetworks
    private let digest: [UInt8]

    /// Height and width of the frames it reads.
    package static let frameSide = FrameReaderFacts.latentPoseSide

    /// - Parameter lanes: the widest vectors to use, in floats: 8, or 16 where the processor has them.
    package init(file: ModelFile, pool: WorkerPool, lanes: Int = 16) throws {
        contexts = try ComputeContextPool(pool: pool, lanes: lanes)
        digest = file.digest
        poseMapping = file.poseMapping
        networks = try Self.networks(file, method: nil, pool: pool, lanes: lanes)
        let domain = file.metadata.domains.first ?? .vox
        var capabilities = Capabilities(
            domains: [domain], nativeSize: networks.widths.side, codeCount: networks.widths.pose, takesPoses: false,
            takesMotions: false,
            readers: [
                NetworkEstimator(part: "pose_encoder", domain: .vox, alignment: .latentPose, side: Self.frameSide)
            ])
        capabilities.rendersOtherSizes = false
        capabilities.needsSource = false
        self.capabilities = capabilities
    }

    private static func networks(
        _ file: ModelFile, method: ConvolutionMethod?, pool: WorkerPool, lanes: Int
    ) throws -> LatentPoseNetworks {
        let domain = file.metadata.domains.first ?? .vox
        guard let widths = LatentPoseWidths(file.arrays.mapValues(\.shape), under: "\(domain.rawValue).") else {
            throw ModelFileError(.tensors, "the tensors that tell the widths have no possible shape")
        }
        let style = Weights.Style(method: method, nativeSize: file.metadata.nativeSize, lanes: lanes)
        return try LatentPoseNetworks(
            Weights(file.arrays, style: style).scoped(to: domain.rawValue), widths, pool: pool)
    }

    /// Nothing depends on a source.
    package func prepare(_ source: SourceImages, domain: Domain) throws -> any PreparedHead {
        guard capabilities.domains.contains(domain) else {
            throw ModelError(
                .domain, "domain: expected \(capabilities.domains[0].rawValue), got \(domain.rawValue)")
        }
        return LatentPoseSource(networks)
    }

    /// Latent pose of each frame.
    ///
    /// - Throws: ``ModelError/Code/pictureSize`` where a frame is not of ``frameSide``.
    package func read(_ frames: [FrameImage], by reader: NetworkEstimator) throws -> [DriverNumbers] {
        for frame in frames where frame.image.width != Self.frameSide || frame.image.height != Self.frameSide {
            throw ModelError(
                .pictureSize,
                "frame: expected \(Self.frameSide)×\(Self.frameSide) pixels, "
                    + "got \(frame.image.width)×\(frame.image.height)")
        }
        guard !frames.isEmpty else { return [] }
        return contexts.withContext { context in
            let pictures = context.tensor(
                frames.map(\.image.pixels), height: Self.frameSide, width: Self.frameSide)
            let poses = networks.encoder.poses(context, pictures)
            return (0..<frames.count).map { .code(DriverCode(poses[$0])) }
        }
    }

    /// The latent pose itself.
    ///
    /// - Throws: ``ModelError/Code/missingPart`` where the numbers are not those of a latent pose.
    package func code(of numbers: DriverNumbers, in context: DriverContext) throws -> CodedDriver {
        guard case .code(let code) = numbers, code.values.count == networks.widths.pose else {
            throw ModelError(
                .missingPart,
                "driver: this model is driven by frames of a head, or by the \(networks.widths.pose) numbers that its "
                    + "pose encoder reads off them; got \(numbers.values.count) numbers")
        }
        return CodedDriver(code)
    }

    /// The latent pose, with neither a pose nor a share of it.
    package func retarget(_ numbers: DriverNumbers) throws -> Retargeted {
        let code = try code(of: numbers, in: DriverContext(domain: capabilities.domains[0], kind: .motion)).code
        return Retargeted(pose: nil, code: code, expressed: nil)
    }

    /// As many pictures as fit the threads and the memory of the generator's largest map, (256, 256, 64).
    package func largestBatch(_ source: any PreparedHead) -> Int {
        contexts.largestBatch(floats: source.width * source.height * (networks.widths.channels.last ?? 1))
    }

    /// Renders on black: colour times mask. All requests join one batch, since there is one head.
    ///
    /// - Throws: ``ModelError/Code/foreignSource`` for a source of another model, `PoseError` for another count of
    ///   numbers.
    package func render(_ requests: [RenderRequest]) throws -> [RenderedHead] {
        let codes = try requests.map { request in
            guard let source = request.source as? LatentPoseSource, source.networks === networks else {
                throw ModelError(.foreignSource, "source: expected one prepared by this model, got another model's")
            }
            let values = request.codes.first?.values ?? []
            guard values.count == networks.widths.pose else {
                throw PoseError(.count, "pose: expected \(networks.widths.pose) numbers, got \(values.count)")
            }
            return values
        }
        let most = requests.first.map { largestBatch($0.source) } ?? 1
        return try contexts.render(codes, most: { _ in most }, joins: { _, _ in true }) { context, codes in
            let styles = networks.generator.styles(context, context.rows(Array(codes)))
            return networks.generator.render(context, styles)
        } head: { context, rendered, picture in
            RenderedHead(
                picture: FloatImage(
                    pixels: context.maskedPicture(rendered, picture).pixels, width: rendered.width,
                    height: rendered.height))
        }
    }

    /// Reads one frame and renders it, and says what every stage gave.
    package func stages(_ frame: FloatImage) -> LatentPoseNetworks.Stages {
        contexts.withFreshContext { networks.stages($0, frame) }
    }

    /// Compares a seeded frame of 64×64: pose, styles, mask and output.
    package func verify(against file: ModelFile) throws -> [VerifyStage] {
        guard file.digest == digest else {
            throw ModelFileError(
                .damaged, "expected the model file that was loaded, got a changed one; reload it first")
        }
        let plain = try Self.networks(file, method: .reference, pool: contexts.pool, lanes: contexts.lanes)
        var random = SplitMix64(state: 22)
        // The plain loops take their time: a frame of a quarter of the size serves.
        let frame = FloatImage(pixels: (0..<(64 * 64 * 3)).map { _ in random.unit() }, width: 64, height: 64)
        let (fast, slow) = (stages(frame), contexts.withFreshContext(isReference: true) { plain.stages($0, frame) })
        func stage(_ name: String, _ got: [Float], _ expected: [Float], _ limit: Float) -> VerifyStage {
            VerifyStage(
                name: "lpd.\(name)", difference: VerifyStage.difference(got, expected), limit: limit,
                against: "reference")
        }
        return [
            stage("pose", fast.pose, slow.pose, 5e-5), stage("affine", fast.affine, slow.affine, 1e-4),
            stage("mask", fast.mask, slow.mask, 1e-4), stage("output", fast.output, slow.output, VerifyLimit.picture),
        ]
    }

    /// Bytes of the weights as the kernels hold them.
    package var weightBytes: Int { networks.byteCount }
}

/// The head that the weights were tuned to, which needs no preparing.
final class LatentPoseSource: PreparedHead {
    /// The networks of the model that it belongs to.
    let networks: LatentPoseNetworks

    /// Holds nothing of its own but the way to the weights.
    init(_ networks: LatentPoseNetworks) { self.networks = networks }

    /// 0: the weights are the model's.
    var byteCount: Int { 0 }
    /// Height of the generator's pictures, 256 as published.
    var height: Int { networks.widths.side }
    /// Width of the generator's pictures, 256 as published.
    var width: Int { networks.widths.side }
    /// nil: a latent pose holds the place of a head.
    var translation: SIMD3<Float>? { nil }
}
