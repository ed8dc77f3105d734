import AnimoCheckpoint
import AnimoCompute
import Synchronization

/// A model ready to draw: its networks with weights laid out for the kernels, and memory to draw in.
///
/// Calls block, and work on the calling thread and the pool's. Several threads may call at once.
public final class Model: Sendable {
    public let metadata: ModelMetadata
    public let digest: [UInt8]
    public let poseMapping: PoseMapping
    public let pool: WorkerPool
    let networks: Networks
    /// The widest vectors in use, in floats.
    let lanes: Int
    private let workspaces = Mutex<[Workspace]>([])

    /// Pictures drawn together at most, whatever their size.
    public static let largestBatch = 4

    /// Pictures of a source's size that are drawn together at most.
    ///
    /// Company saves little: on one core a frame at the published width and 256×256 takes 0.129 s of processor time
    /// alone, in twos and in fours, and one of the demo model 11.7, 11.2 and 11.2 ms; yet each picture needs its own
    /// activations, 85 MB at the published width. So large ones are drawn one by one.
    public func largestBatch(_ source: PreparedSource) -> Int {
        let floats = source.width * source.height * metadata.widths.editBase
        return max(1, min(Self.largestBatch, (1 << 22) / max(1, floats)))
    }

    /// - Parameter lanes: the widest vectors to use, in floats: 8, or 16 where the processor has them.
    public init(file: ModelFile, pool: WorkerPool, lanes: Int = 16) throws {
        do { try Processor.check() } catch { throw ModelError(.processor, "\(error)") }
        metadata = file.metadata
        digest = file.digest
        poseMapping = file.poseMapping
        self.pool = pool
        self.lanes = lanes
        networks = try Networks(file, method: nil, pool: pool, lanes: lanes)
    }

    public var domains: [Domain] { metadata.domains }

    /// The side of the frames that a domain's estimator reads, if there is one.
    public func estimatorInput(_ domain: Domain) -> Int? { metadata.estimators[domain] }

    /// Computes what depends on a source alone.
    ///
    /// - Parameters:
    ///   - flow: the source at the size the flow is found at, usually the model's native size.
    ///   - editing: the same at the size that is drawn. Sides of both are multiples of 32.
    public func prepare(flow: FloatImage, editing: FloatImage, domain: Domain) throws -> PreparedSource {
        let networks = try networks(domain)
        try check(flow, "flow picture")
        try check(editing, "editing picture")
        // A workspace of its own: its layers are others than those of drawing, and sources come seldom.
        let executor = Executor(pool: pool, workspace: Workspace(), upTo: lanes)
        let first = networks.warping.prepare(
            executor, executor.tensor([flow.pixels], height: flow.height, width: flow.width))
        let features = networks.editing.encode(
            executor, executor.tensor([editing.pixels], height: editing.height, width: editing.width))
        return PreparedSource(domain: domain, first: first, features: features, networks: networks)
    }

    /// Draws a picture for each request, in their order. Neighbours of the same domain and sizes share the work.
    ///
    /// A picture does not depend on its company, nor on the number of threads.
    public func draw(_ requests: [DrawRequest]) throws -> [FloatImage] {
        var pictures: [FloatImage] = []
        pictures.reserveCapacity(requests.count)
        var start = 0
        while start < requests.count {
            var end = start + 1
            let most = largestBatch(requests[start].source)
            while end < requests.count, end - start < most,
                requests[end].source.joins(requests[start].source)
            {
                end += 1
            }
            pictures += try withWorkspace { try draw($0, requests[start..<end]) }
            start = end
        }
        return pictures
    }

    func draw(_ executor: Executor, _ batch: ArraySlice<DrawRequest>) throws -> [FloatImage] {
        let sources = batch.map(\.source)
        guard let networks = sources.first?.networks else { return [] }
        guard self.networks.domains.values.contains(where: { $0 === networks }) else {
            throw ModelError(.foreignSource, "source: expected one prepared by this model, got another model's")
        }
        let latent = self.networks.motion.latent(executor, batch.map(\.motion))
        let output = networks.draw(executor, sources, latent).output
        return (0..<output.batch).map { executor.picture(output, $0) }
    }

    /// Reads the motion of each frame's head.
    ///
    /// - Parameter images: squares of the side ``estimatorInput(_:)`` names.
    public func estimate(_ images: [FloatImage], domain: Domain) throws -> [Motion] {
        guard let estimator = try networks(domain).estimator, let side = estimatorInput(domain) else {
            throw ModelError(.domain, "domain \(domain.rawValue): expected an estimator in the model, got none")
        }
        for image in images where image.width != side || image.height != side {
            throw ModelError(
                .pictureSize, "frame: expected \(side)×\(side) pixels, got \(image.width)×\(image.height)")
        }
        guard !images.isEmpty else { return [] }
        return try withWorkspace { executor in
            let rows = estimator.motions(
                executor, executor.tensor(images.map(\.pixels), height: side, width: side))
            return try (0..<images.count).map { try Motion(rows[$0]) }
        }
    }

    /// Bytes of the weights as the kernels hold them.
    public var weightBytes: Int {
        networks.domains.values.reduce(0) { $0 + $1.warping.byteCount + $1.editing.byteCount }
    }

    func networks(_ domain: Domain) throws -> DomainNetworks {
        guard let networks = networks.domains[domain] else {
            let names = domains.map(\.rawValue).joined(separator: ", ")
            throw ModelError(.domain, "domain: expected one of \(names), got \(domain.rawValue)")
        }
        return networks
    }

    func check(_ image: FloatImage, _ name: String) throws {
        guard image.width >= 32, image.height >= 32, image.width % 32 == 0, image.height % 32 == 0 else {
            throw ModelError(
                .pictureSize,
                "\(name): expected sides that are multiples of 32, got \(image.width)×\(image.height)")
        }
    }

    func withWorkspace<Result>(_ body: (Executor) throws -> Result) rethrows -> Result {
        let workspace = workspaces.withLock { $0.popLast() } ?? Workspace()
        defer { workspaces.withLock { $0.append(workspace) } }
        workspace.reset()
        return try body(Executor(pool: pool, workspace: workspace, upTo: lanes))
    }
}

/// All networks of a model.
struct Networks: Sendable {
    let motion: MotionNetwork
    let domains: [Domain: DomainNetworks]

    /// - Parameters:
    ///   - method: one method for all convolutions; none means the best for each.
    ///   - pool: shares the work of laying out the weights.
    init(_ file: ModelFile, method: ConvolutionMethod?, pool: WorkerPool, lanes: Int = 16) throws {
        let weights = Weights(
            file.arrays,
            style: Weights.Style(method: method, nativeSize: file.metadata.nativeSize, lanes: lanes))
        let (metadata, widths) = (file.metadata, file.metadata.widths)
        motion = try MotionNetwork(weights.scoped(to: "motion"))
        let parts = Mutex<[Domain: DomainParts]>([:])
        let failure = Mutex<(any Error)?>(nil)
        pool.run(2 * metadata.domains.count) { task in
            let domain = metadata.domains[task / 2]
            let scope = weights.scoped(to: domain.rawValue)
            do {
                if task % 2 == 0 {
                    let editing = try EditingNetwork(scope.scoped(to: "editing"), widths)
                    parts.withLock { $0[domain, default: DomainParts()].editing = editing }
                } else {
                    let warping = try WarpingNetwork(scope.scoped(to: "warping"), widths)
                    let estimator = try metadata.estimators[domain].map {
                        try Estimator(scope.scoped(to: "estimator"), side: $0)
                    }
                    parts.withLock {
                        $0[domain, default: DomainParts()].warping = warping
                        $0[domain]?.estimator = estimator
                    }
                }
            } catch {
                failure.withLock { $0 = error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        domains = parts.withLock { $0 }.compactMapValues { DomainNetworks($0) }
    }
}

/// The networks of a domain while they are made.
struct DomainParts: Sendable {
    var warping: WarpingNetwork?
    var editing: EditingNetwork?
    var estimator: Estimator?
}

extension DomainNetworks {
    /// The flow and the picture before its tanh.
    func draw(
        _ executor: Executor, _ sources: [PreparedSource], _ latent: Rows
    ) -> (flow: Tensor, output: Tensor) {
        let first = executor.workspace.gather(sources, \.first)
        let moments = executor.gather(sources.map(\.moments), pixels: first.pixels)
        let flow = warping.flow(executor, Measured(tensor: first, moments: moments), latent)
        let features = (0..<4).map { level in executor.workspace.gather(sources) { $0.features[level] } }
        return (flow, editing.decode(executor, features, flow, latent))
    }
}

extension Executor {
    /// tanh of one picture of an output.
    func picture(_ output: Tensor, _ index: Int) -> FloatImage {
        var pixels = [Float](repeating: 0, count: output.pixels * 3)
        tanhPicture(output, index, into: &pixels)
        return FloatImage(pixels: pixels, width: output.width, height: output.height)
    }
}
