import AnimoModel
import AnimoMotion
import AnimoPictures
import AnimoWire

/// The source of a request, found or checked.
enum AdmittedSource: Sendable {
    case kept(CachedSource)
    /// To be decoded and prepared.
    case picture(SourceJob)

    var model: ModelRegistry.Entry {
        switch self {
        case .kept(let source): source.model
        case .picture(let job): job.model
        }
    }

    var isKept: Bool { if case .kept = self { true } else { false } }

    /// The format it was sent in.
    var sent: PictureFormat {
        switch self {
        case .kept(let source): source.sent
        case .picture(let job): job.sent
        }
    }
}

/// A source that is to be prepared: checked as far as can be before its picture is decoded.
struct SourceJob: Sendable {
    enum Content: Sendable {
        case picture(IncomingPicture, Crop, Landmarks?)
        /// Source of a model whose identity is its own: a white square stands for it.
        case identity
    }

    /// SHA-256 over the model, the preparation and the picture as sent.
    let id: [UInt8]
    /// Owner that alone will find it in the cache.
    let owner: PeerIdentity.Owner
    let model: ModelRegistry.Entry
    let domain: Domain
    let size: RenderedSize
    let content: Content
    /// nil where no tracker is served.
    let search: FaceSearch?

    /// Reads the source's own head, where a network of the model does.
    var reader: NetworkEstimator? { model.engine.capabilities.reader(of: domain) }

    var sent: PictureFormat {
        switch content {
        case .picture(let picture, _, _): picture.format
        case .identity: .png
        }
    }
}
