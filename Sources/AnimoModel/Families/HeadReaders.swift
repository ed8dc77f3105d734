import AnimoCompute

/// The parts of a model file that turn driving frames into motions, for every family that is driven by motions.
final class HeadReaders: Sendable {
    /// The preferred way of each domain first.
    let descriptions: [HeadReader]
    private let estimators: [Domain: Estimator]

    init(_ file: ModelFile, _ weights: Weights) throws {
        var estimators: [Domain: Estimator] = [:]
        var descriptions: [HeadReader] = []
        for (domain, side) in file.metadata.estimators.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            estimators[domain] = try Estimator(
                weights.scoped(to: "\(domain.rawValue).estimator"), side: side)
            descriptions.append(HeadReader(part: "estimator", domain: domain, alignment: .square, side: side))
        }
        self.estimators = estimators
        self.descriptions = descriptions
    }

    func read(_ executor: Executor, _ frames: [FrameImage], by reader: HeadReader) throws -> [DriverNumbers] {
        for frame in frames where frame.image.width != reader.side || frame.image.height != reader.side {
            throw ModelError(
                .pictureSize,
                "frame: expected \(reader.side)×\(reader.side) pixels, got \(frame.image.width)×\(frame.image.height)")
        }
        guard !frames.isEmpty else { return [] }
        let pictures = executor.tensor(frames.map(\.image.pixels), height: reader.side, width: reader.side)
        guard let estimator = estimators[reader.domain] else {
            throw ModelError(
                .missingPart, "frame: the model has no estimator for \(reader.domain.rawValue) frames")
        }
        let rows = estimator.motions(executor, pictures)
        return try (0..<frames.count).map { .motion(try Motion(rows[$0])) }
    }
}

extension HeadReaders {
    /// Reads seeded frames by the fast kernels and by the plain loops.
    func verify(against file: ModelFile, _ executors: ExecutorPool) throws -> [VerifyStage] {
        let plain = try HeadReaders(
            file, Weights(file.arrays, style: Networks.style(file, method: .reference, lanes: executors.lanes)))
        var random = SplitMix64(state: 21)
        return try descriptions.flatMap { reader in
            let frame = FrameImage(
                FloatImage(
                    pixels: (0..<(reader.side * reader.side * 3)).map { _ in random.unit() }, width: reader.side,
                    height: reader.side))
            func numbers(_ readers: HeadReaders) throws -> [Float] {
                try executors.withExecutor { try readers.read($0, [frame], by: reader).flatMap(\.values) }
            }
            return [
                VerifyStage(
                    name: "\(reader.domain.rawValue).\(reader.part)",
                    difference: VerifyStage.difference(try numbers(self), try numbers(plain)),
                    limit: VerifyLimit.estimator, against: "reference")
            ]
        }
    }
}
