import AnimoModel
import AnimoPictures

/// AniMo behind the server's seam: 8-bit pictures in, 8-bit pictures out.
public final class AnimoEngine: Engine {
    private let model: Model
    private let checks: @Sendable (Model) throws -> [VerifyStage]
    public let information: ModelInformation
    public let poseMapping: PoseMapping

    /// - Parameter checks: what Verify runs.
    public init(
        _ model: Model, information: ModelInformation, poseMapping: PoseMapping,
        checks: @escaping @Sendable (Model) throws -> [VerifyStage]
    ) {
        self.model = model
        self.information = information
        self.poseMapping = poseMapping
        self.checks = checks
    }

    public func batchLimit(_ features: any SourceFeatures) -> Int {
        (features as? PreparedSource).map(model.largestBatch) ?? 1
    }

    public func prepare(_ pictures: SourcePictures, domain: Domain) throws -> PreparedFeatures {
        let features = try model.prepare(
            flow: FloatImage(pictures.flow), editing: FloatImage(pictures.editing), domain: domain)
        let motion = try pictures.estimator.flatMap { try estimate([$0], domain: domain).first }
        return PreparedFeatures(features: features, translation: motion?.translation)
    }

    public func estimate(_ frames: [Picture], domain: Domain) throws -> [Motion] {
        try model.estimate(frames.map(FloatImage.init), domain: domain)
    }

    public func draw(_ tasks: [DrawTask]) throws -> [Drawn] {
        let requests = try tasks.map { task in
            guard let source = task.features as? PreparedSource else { throw EngineFailure.foreignSource }
            switch task.driver {
            case .motion(let motion): return DrawRequest(source: source, motion: motion)
            case .frame(let frame, let domain, let finish):
                guard let motion = try estimate([frame], domain: domain).first else {
                    throw EngineFailure.nothingDrawn
                }
                return DrawRequest(source: source, motion: finish(motion))
            }
        }
        return zip(try model.draw(requests), requests).map { image, request in
            Drawn(
                picture: Picture(width: image.width, height: image.height, layout: .rgb, pixels: image.rgb8()),
                motion: request.motion)
        }
    }

    public func verify() throws -> [VerifyStage] { try checks(model) }
}

extension PreparedSource: SourceFeatures {}

extension FloatImage {
    /// Of an RGB picture.
    fileprivate init(_ picture: Picture) {
        self.init(rgb8: picture.pixels, width: picture.width, height: picture.height)
    }
}
