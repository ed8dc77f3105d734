import AnimoCompute
import AnimoModelFile
import AnimoMotion

/// Talking Head Anime 3 ready to render (Khungurn 2022): one picture of a whole upper body with alpha, and 45 numbers.
package final class TalkingHead3: HeadModel {
    /// Metadata of the model file.
    package let metadata: ModelMetadata
    /// SHA-256 of the model file.
    package let digest: [UInt8]
    /// Names and ranges of the 45 numbers; poses of 20 are mapped to them.
    package let poseMapping: PoseMapping
    /// Abilities: sources of 512×512 with alpha, driven by poses; neither frames nor motions.
    package let capabilities: Capabilities
    /// Contexts that it renders in.
    package let contexts: ComputeContextPool
    /// The five networks, laid out for the fast kernels.
    let networks: TalkingHead3Networks

    /// - Parameter lanes: the widest vectors to use, in floats: 8, or 16 where the processor has them.
    package init(file: ModelFile, pool: WorkerPool, lanes: Int = 16) throws {
        contexts = try ComputeContextPool(pool: pool, lanes: lanes)
        metadata = file.metadata
        digest = file.digest
        poseMapping = file.poseMapping
        networks = try TalkingHead3Networks(file, isPlain: false, pool: pool, lanes: lanes)
        var capabilities = Capabilities(
            domains: [.anime], nativeSize: TalkingHead3Networks.side, codeCount: PoseLayout.talkingHead3.count,
            takesPoses: true, takesMotions: false, readers: [], sizeStep: FamilyRow.talkingHead3.sizeStep)
        capabilities.rendersOtherSizes = false
        capabilities.rendersAlpha = true
        self.capabilities = capabilities
    }

    /// - Throws: ``ModelError/Code/domain`` for another domain than anime, ``ModelError/Code/pictureSize`` where the
    ///   picture is not 512×512 with alpha.
    package func prepare(_ source: SourceImages, domain: Domain) throws -> any PreparedHead {
        guard domain == .anime else {
            throw ModelError(.domain, "domain: expected anime, got \(domain.rawValue)")
        }
        let (image, side) = (source.editing, TalkingHead3Networks.side)
        guard image.width == side, image.height == side else {
            throw ModelError(
                .pictureSize, "source: expected \(side)×\(side) pixels, got \(image.width)×\(image.height)")
        }
        guard image.channels == 4 else {
            throw ModelError(
                .pictureSize, "source: expected a picture with alpha, 0 around the character, got an opaque one")
        }
        return contexts.withFreshContext { networks.prepare($0, image) }
    }

    /// - Throws: ``ModelError/Code/missingPart``: the family has no estimator.
    package func read(_ frames: [FrameImage], by reader: NetworkEstimator) throws -> [DriverNumbers] {
        throw ModelError(.missingPart, "frame: this model reads no frames; drive it by a pose")
    }

    /// 45 numbers, each clamped to its range.
    ///
    /// - Throws: ``ModelError/Code/missingPart`` for motions and FLAME coefficients.
    package func code(of numbers: DriverNumbers, in context: DriverContext) throws -> CodedDriver {
        CodedDriver(DriverCode(try pose(of: numbers).values))
    }

    /// The clamped pose, and the share of the asked one that it shows.
    package func retarget(_ numbers: DriverNumbers) throws -> Retargeted {
        let asked = try asked(of: numbers)
        let pose = poseMapping.clamped(asked).pose
        return Retargeted(
            pose: pose, code: DriverCode(pose.values), expressed: poseMapping.expressed(showing: pose, of: asked))
    }

    /// The 45 numbers of a pose of 45 or of 20, each in its range.
    private func pose(of numbers: DriverNumbers) throws -> Pose { poseMapping.clamped(try asked(of: numbers)).pose }

    /// The 45 numbers of a pose of 45 or of 20.
    private func asked(of numbers: DriverNumbers) throws -> Pose {
        switch numbers {
        case .pose(let pose): return try poseMapping.pose(of: pose.values)
        case .code(let code): return try poseMapping.pose(of: code.values)
        case .motion, .placed, .flame:
            throw ModelError(
                .missingPart,
                "driver: a Talking Head Anime 3 is driven by poses of 45 or of 20 numbers, not by a motion")
        }
    }

    /// 1: one picture takes all threads.
    package func largestBatch(_ source: any PreparedHead) -> Int { 1 }

    /// Renders with what earlier pictures of the source left, and says in ``RenderedHead/kept`` which stages that
    /// saved.
    ///
    /// - Throws: ``ModelError/Code/foreignSource`` for a source of another model, `PoseError` where a code is not of 45
    ///   finite numbers.
    package func render(_ requests: [RenderRequest]) throws -> [RenderedHead] {
        let all = try requests.map { request in
            guard let source = request.source as? TalkingHead3Source, source.networks === networks else {
                throw ModelError(.foreignSource, "source: expected one prepared by this model, got another model's")
            }
            let code = request.codes.first?.values ?? []
            guard code.count == capabilities.codeCount, code.allSatisfy(\.isFinite) else {
                throw PoseError(.count, "pose: expected \(capabilities.codeCount) finite numbers, got \(code.count)")
            }
            return (source: source, pose: code, clearsSpecks: request.clearsSpecks)
        }
        // One after another, since each takes all threads.
        var kept: [[KeptStage]] = []
        let heads = try contexts.render(all, most: { _ in 1 }, joins: { _, _ in false }) { context, batch in
            let request = batch[batch.startIndex]
            return request.source.withKept(brows: Array(request.pose[0..<12])) {
                kept.append($0.stages(for: request.pose))
                return networks.render(
                    context, request.source, request.pose, kept: $0, clearsSpecks: request.clearsSpecks)
            }
        } head: { context, output, index in
            RenderedHead(
                picture: FloatImage(
                    pixels: context.displayPicture(output, index), width: output.width, height: output.height,
                    channels: 4))
        }
        return zip(heads, kept).map { RenderedHead(picture: $0.picture, flow: $0.flow, kept: $1) }
    }

    /// Bytes of the weights as the kernels hold them.
    package var weightBytes: Int { networks.byteCount }
}
