import AnimoCompute
import AnimoModelFile
import AnimoMotion

/// The parts of a model file that turn driving frames into numbers, for every family that is driven by motions or
/// poses.
final class EstimatorNetworks: Sendable {
    /// The preferred way of each domain first.
    let descriptions: [NetworkEstimator]
    private let estimators: [Domain: Estimator]
    private let deep3D: Deep3D?
    private let deca: DECA?
    private let edtn: EDTN?

    /// Lays out the weights of the parts that the file has: `deep3d`, `deca`, `edtn`, and an estimator for each domain
    /// that lists one.
    ///
    /// - Parameter weights: the root of the file's tensors.
    init(_ file: ModelFile, _ weights: Weights) throws {
        let parts = file.metadata.parts
        func part<Network>(_ name: String, _ prefix: String, _ make: (Weights) throws -> Network) throws -> Network? {
            parts.contains(name) ? try make(weights.scoped(to: prefix)) : nil
        }
        deep3D = try part("deep3d", "vox.deep3d", Deep3D.init)
        deca = try part("deca", "vox.deca", DECA.init)
        edtn = try part("edtn", "edtn", EDTN.init)
        var estimators: [Domain: Estimator] = [:]
        for (domain, side) in file.metadata.estimators.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            estimators[domain] = try Estimator(
                weights.scoped(to: "\(domain.rawValue).estimator"), side: side)
        }
        self.estimators = estimators
        descriptions = file.metadata.frameReaders.map { NetworkEstimator($0) }
    }

    /// Numbers of each frame's head, in the order of the frames.
    ///
    /// - Throws: ``ModelError/Code/pictureSize`` where a frame is not of the reader's side,
    ///   ``ModelError/Code/missingPart`` where the file has no such reader.
    func read(_ context: ComputeContext, _ frames: [FrameImage], by reader: NetworkEstimator) throws -> [DriverNumbers]
    {
        for frame in frames where frame.image.width != reader.side || frame.image.height != reader.side {
            throw ModelError(
                .pictureSize,
                "frame: expected \(reader.side)×\(reader.side) pixels, got \(frame.image.width)×\(frame.image.height)")
        }
        guard !frames.isEmpty else { return [] }
        let pictures = context.tensor(frames.map(\.image.pixels), height: reader.side, width: reader.side)
        if reader.part == "deep3d", let deep3D {
            let rows = deep3D.coefficients(context, pictures)
            return try frames.enumerated().map { index, frame in
                let motion = try FaceCoefficients(rows[index]).motion
                return frame.placement.map { .placed(motion, $0) } ?? .motion(motion)
            }
        }
        if reader.part == "deca", let deca {
            let rows = deca.parameters(context, pictures)
            return try (0..<frames.count).map { .flame(try FlameCode(parameters: rows[$0]).values) }
        }
        guard reader.part == "estimator", let estimator = estimators[reader.domain] else {
            throw ModelError(
                .missingPart, "frame: the model has no \(reader.part) for \(reader.domain.rawValue) frames")
        }
        let rows = estimator.motions(context, pictures)
        return try (0..<frames.count).map { .motion(try Motion(rows[$0])) }
    }

    /// The anime pose of a photographed face's FLAME code, by EDTN.
    ///
    /// - Throws: ``ModelError/Code/missingPart`` where the model has no such part.
    func pose(_ context: ComputeContext, ofFlame code: [Float]) throws -> Pose {
        guard let edtn else {
            throw ModelError(
                .missingPart,
                "driver: \(FlameCode.count) FLAME coefficients become an anime pose by the part edtn, which this "
                    + "model has not: convert it with --part edtn=CHECKPOINT")
        }
        return try edtn.pose(context, FlameCode(code))
    }
}

extension EstimatorNetworks {
    /// Reads seeded frames by the fast kernels and by the plain loops.
    func verify(against file: ModelFile, _ contexts: ComputeContextPool) throws -> [VerifyStage] {
        let plain = try EstimatorNetworks(
            file, Weights(file.arrays, style: Networks.style(file, method: .reference, lanes: contexts.lanes)))
        var random = SplitMix64(state: 21)
        return try descriptions.flatMap { reader in
            let frame = FrameImage(
                FloatImage(
                    pixels: (0..<(reader.side * reader.side * 3)).map { _ in random.unit() }, width: reader.side,
                    height: reader.side))
            func numbers(_ readers: EstimatorNetworks, isReference: Bool) throws -> [Float] {
                try contexts.withFreshContext(isReference: isReference) {
                    try readers.read($0, [frame], by: reader).flatMap(\.values)
                }
            }
            return [
                VerifyStage(
                    name: "\(reader.domain.rawValue).\(reader.part)",
                    difference: VerifyStage.difference(
                        try numbers(self, isReference: false), try numbers(plain, isReference: true)),
                    limit: VerifyLimit.estimator, against: "reference")
            ]
        }
    }
}
