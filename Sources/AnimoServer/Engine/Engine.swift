import AnimoModel
import AnimoPictures

/// What depends on a source alone, computed once and kept.
public protocol SourceFeatures: Sendable {
    /// Memory held, for the source cache's budget.
    var byteCount: Int { get }
}

/// A source made ready for one engine.
public struct PreparedFeatures: Sendable {
    public let features: any SourceFeatures
    /// The source's own translation, where the model has an estimator for its domain.
    public let translation: SIMD3<Float>?

    public init(features: any SourceFeatures, translation: SIMD3<Float>?) {
        self.features = features
        self.translation = translation
    }
}

/// The pictures a source is prepared from: the same crop at each size that something reads.
public struct SourcePictures: Sendable {
    /// Finds the flow; square, at the model's native size.
    public let flow: Picture
    /// Is drawn anew; square, at the size asked for.
    public let editing: Picture
    /// Is read for the source's own translation; nil without an estimator.
    public let estimator: Picture?

    public init(flow: Picture, editing: Picture, estimator: Picture?) {
        self.flow = flow
        self.editing = editing
        self.estimator = estimator
    }
}

/// What moves a source: numbers, or a frame that the engine turns into numbers first.
public enum EngineDriver: Sendable {
    case motion(Motion)
    /// A frame at the estimator's input size, its domain, and what to make of the motion read from it.
    case frame(Picture, Domain, finish: @Sendable (Motion) -> Motion)
}

public struct DrawTask: Sendable {
    public let features: any SourceFeatures
    public let driver: EngineDriver

    public init(features: any SourceFeatures, driver: EngineDriver) {
        self.features = features
        self.driver = driver
    }
}

public struct Drawn: Sendable {
    public let picture: Picture
    public let motion: Motion

    public init(picture: Picture, motion: Motion) {
        self.picture = picture
        self.motion = motion
    }
}

/// All that the server knows of a model family: prepare a source, read a frame, draw a batch.
///
/// The calls block and are made on the engine thread alone, one at a time.
public protocol Engine: AnyObject, Sendable {
    var information: ModelInformation { get }
    var poseMapping: PoseMapping { get }
    /// How many drawings of sources like this one pay to be made together.
    func batchLimit(_ features: any SourceFeatures) -> Int

    func prepare(_ pictures: SourcePictures, domain: Domain) throws -> PreparedFeatures
    func estimate(_ frames: [Picture], domain: Domain) throws -> [Motion]
    /// Draws tasks whose sources have one domain and one size; a task's picture does not depend on its company.
    func draw(_ tasks: [DrawTask]) throws -> [Drawn]
    func verify() throws -> [VerifyStage]
    /// Does once, for nobody, what calls will ask for.
    func warmUp() throws
}

/// The facts of a model that clients are told.
public struct ModelInformation: Sendable {
    public var digest: [UInt8]
    public var family: String
    public var domains: [Domain]
    public var nativeSize: Int
    /// Side of the frame each domain's estimator reads.
    public var estimatorInputs: [Domain: Int]
    public var channels: [String]
    public var channelsInferred: Bool
    public var title: String
    public var licence: String
    public var isBuiltIn: Bool

    public init(
        digest: [UInt8], family: String, domains: [Domain], nativeSize: Int, estimatorInputs: [Domain: Int],
        channels: [String], channelsInferred: Bool, title: String, licence: String, isBuiltIn: Bool
    ) {
        self.digest = digest
        self.family = family
        self.domains = domains
        self.nativeSize = nativeSize
        self.estimatorInputs = estimatorInputs
        self.channels = channels
        self.channelsInferred = channelsInferred
        self.title = title
        self.licence = licence
        self.isBuiltIn = isBuiltIn
    }
}
