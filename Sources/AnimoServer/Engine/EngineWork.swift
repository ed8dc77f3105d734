import AnimoModel
import AnimoMotion

/// Work that an engine computes, on the engine thread, one batch at a time.
package protocol EngineWork<Output>: ScheduledWork {}

/// Computes what depends on a source alone.
struct PreparationWork: EngineWork {
    let engine: Engine
    let images: SourceImages
    let domain: Domain

    var key: BatchKey {
        BatchKey(
            engine: ObjectIdentifier(engine), stage: .prepare, domain: domain,
            flowSide: engine.capabilities.nativeSize, side: images.editing.width)
    }

    static func compute(_ batch: [Self]) throws -> [any PreparedHead] {
        try batch.map { try $0.engine.model.prepare($0.images, domain: $0.domain) }
    }
}

/// Reads the numbers of a driving frame's head.
struct EstimationWork: EngineWork {
    let engine: Engine
    let frame: AlignedFrame
    let estimator: NetworkEstimator

    var key: BatchKey {
        BatchKey(
            engine: ObjectIdentifier(engine), stage: .read, domain: estimator.domain, flowSide: estimator.side,
            side: estimator.side)
    }

    static func compute(_ batch: [Self]) throws -> [DriverNumbers] {
        try batch.map { work in
            guard let numbers = try work.engine.model.read([work.frame.frame], by: work.estimator).first else {
                throw ScheduledWorkError.noOutput
            }
            return numbers
        }
    }
}

/// Renders a source as its driver says; a driving frame is read first, by the same work.
struct RenderingWork: EngineWork {
    let source: CachedSource
    let driver: EngineDriver
    let clearsSpecks: Bool

    private var model: any HeadModel { source.model.engine.model }

    var key: BatchKey {
        BatchKey(
            engine: ObjectIdentifier(source.model.engine), stage: .render, domain: source.domain,
            flowSide: source.flowSide, side: source.renderedSide)
    }

    var batchLimit: Int { model.largestBatch(source.prepared) }

    static func compute(_ batch: [Self]) throws -> [Rendered] {
        guard let model = batch.first?.model else { return [] }
        let requests = try batch.map { work in
            var request = RenderRequest(source: work.source.prepared, codes: try work.driver.window(for: model))
            request.clearsSpecks = work.clearsSpecks
            return request
        }
        return zip(try model.render(requests), requests).map { head, request in
            Rendered(head: head, code: request.codes[request.codes.count / 2])
        }
    }
}

/// Compares the fast kernels with the plain loops.
struct VerificationWork: EngineWork {
    let engine: Engine

    var key: BatchKey {
        BatchKey(
            engine: ObjectIdentifier(engine), stage: .verify, domain: engine.capabilities.domains.first ?? .anime,
            flowSide: 0, side: 0)
    }

    static func compute(_ batch: [Self]) throws -> [[VerifyStage]] { try batch.map { try $0.engine.verify() } }
}

/// Does once, for nobody, what calls will ask for.
struct WarmUpWork: EngineWork {
    let engine: Engine

    var key: BatchKey {
        let side = engine.capabilities.nativeSize
        return BatchKey(
            engine: ObjectIdentifier(engine), stage: .warmUp, domain: engine.capabilities.domains.first ?? .anime,
            flowSide: side, side: side)
    }

    static func compute(_ batch: [Self]) throws -> [Void] { try batch.map { try $0.engine.model.warmUp() } }
}

/// A picture as the networks made it.
struct Rendered: Sendable {
    let head: RenderedHead
    /// Numbers that the networks read for it.
    let code: DriverCode
}

/// Driver of a source, as an engine takes it.
enum EngineDriver: Sendable {
    /// One code, which stands for every frame of the model's window, or one for each.
    case codes([DriverCode])
    /// A frame aligned for its estimator, and whom the numbers read from it drive.
    case frame(AlignedFrame, NetworkEstimator, DriverContext)

    /// As many codes as the model's window has frames.
    fileprivate func window(for model: any HeadModel) throws -> [DriverCode] {
        let codes: [DriverCode]
        switch self {
        case .codes(let known): codes = known
        case .frame(let frame, let estimator, let context):
            guard let numbers = try model.read([frame.frame], by: estimator).first else {
                throw ScheduledWorkError.noOutput
            }
            codes = [try model.code(of: numbers, in: context).code]
        }
        guard let first = codes.first else { throw ScheduledWorkError.noOutput }
        return codes.count == 1 ? [DriverCode](repeating: first, count: model.capabilities.window) : codes
    }
}
