import AnimoCompute
import AnimoModelFile
import AnimoMotion
import Synchronization

/// All networks of a first order motion model.
final class FirstOrderNetworks: Sendable {
    /// The one domain that the weights were trained on.
    let domain: Domain
    /// Channels, depths and number of key points, read off the file's tensors.
    let widths: FirstOrderWidths
    /// Picture → key points.
    let detector: KeyPointDetector
    /// Source and key points → dense motion.
    let dense: DenseMotionNetwork
    /// Source and dense motion → picture.
    let generator: FirstOrderGenerator
    /// Whether positions of -1 and 1 are the outermost pixels' centres, not their outer edges.
    let alignsCorners: Bool

    /// - Parameters:
    ///   - method: one method for all convolutions; none means the best for each.
    ///   - pool: shares the work of laying out the weights.
    init(_ file: ModelFile, method: ConvolutionMethod?, pool: WorkerPool, lanes: Int = 16) throws {
        guard let domain = file.metadata.domains.first,
            let widths = FirstOrderWidths(file.arrays.mapValues(\.shape), domain)
        else {
            throw ModelFileError(
                .tensors, "a first order motion model: expected tensors that tell its widths, got none")
        }
        self.domain = domain
        self.widths = widths
        let aligns = file.metadata.facts.alignsCorners
        alignsCorners = aligns
        let weights = Weights(
            file.arrays,
            style: Weights.Style(method: method, nativeSize: file.metadata.nativeSize, lanes: lanes)
        ).scoped(to: domain.rawValue)
        let generatorWeights = weights.scoped(to: "generator")
        let detector = Mutex<Result<KeyPointDetector, any Error>?>(nil)
        let dense = Mutex<Result<DenseMotionNetwork, any Error>?>(nil)
        let generator = Mutex<Result<FirstOrderGenerator, any Error>?>(nil)
        pool.run(3) { task in
            switch task {
            case 0:
                let made = Result {
                    try DenseMotionNetwork(
                        generatorWeights.scoped(to: "dense_motion_network"), widths, alignsCorners: aligns)
                }
                dense.withLock { $0 = made }
            case 1:
                let made = Result { try FirstOrderGenerator(generatorWeights, widths, alignsCorners: aligns) }
                generator.withLock { $0 = made }
            default:
                let made = Result { try KeyPointDetector(weights.scoped(to: "keypoints"), widths) }
                detector.withLock { $0 = made }
            }
        }
        guard let points = detector.withLock({ $0 }), let motion = dense.withLock({ $0 }),
            let rendered = generator.withLock({ $0 })
        else { throw ModelFileError(.tensors, "a first order motion model: its networks could not be made") }
        self.detector = try points.get()
        self.dense = try motion.get()
        self.generator = try rendered.get()
    }

    /// Computes what depends on a source alone.
    func prepare(_ context: ComputeContext, flow: FloatImage, editing: FloatImage) throws -> FirstOrderSource {
        let picture = context.tensor([flow.pixels], height: flow.height, width: flow.width)
        let points = try KeyPoints(detector.keyPoints(context, picture)[0])
        let small = dense.prepare(context, picture)
        let features = generator.encode(
            context, context.tensor([editing.pixels], height: editing.height, width: editing.width))
        return FirstOrderSource(
            points: points, small: small,
            bumps: context.bumps(points.values, height: small.height, width: small.width), features: features,
            height: editing.height, width: editing.width, networks: self)
    }

    /// The dense motion, and the picture before its sigmoid.
    func render(
        _ context: ComputeContext, _ sources: [FirstOrderSource], _ driving: [KeyPoints]
    ) -> (motion: Tensor, output: Tensor) {
        let sparse = zip(sources, driving).map { SparseMotions(source: $0.points.values, driving: $1.values) }
        let small = context.workspace.gather(sources.count) { sources[$0].small }
        let motion = dense.motion(context, small, bumps: sources.map(\.bumps), sparse)
        let features = context.workspace.gather(sources.count) { sources[$0].features }
        return (motion, generator.decode(context, features, motion))
    }

    /// Bytes of the weights as the kernels hold them.
    var byteCount: Int { detector.byteCount + dense.byteCount + generator.byteCount }
}
