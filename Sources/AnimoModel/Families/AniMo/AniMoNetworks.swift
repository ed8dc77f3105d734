import AnimoCompute
import AnimoModelFile
import AnimoMotion
import Synchronization

/// All networks of an AniMo.
struct Networks: Sendable {
    /// Channels of every layer, read off the file's tensors.
    let widths: AnimoWidths
    /// Motion → latent, shared by all domains.
    let motion: MotionNetwork
    /// Warping and editing networks of each domain in the file.
    let domains: [Domain: DomainNetworks]

    /// Style of the layers of a file: speed matters at its native size.
    ///
    /// - Parameters:
    ///   - method: one method for all convolutions; none means the best for each.
    ///   - lanes: the widest vectors to use, in floats.
    static func style(_ file: ModelFile, method: ConvolutionMethod?, lanes: Int) -> Weights.Style {
        Weights.Style(method: method, nativeSize: file.metadata.nativeSize, lanes: lanes)
    }

    /// - Parameters:
    ///   - method: one method for all convolutions; none means the best for each.
    ///   - pool: shares the work of laying out the weights.
    init(_ file: ModelFile, method: ConvolutionMethod?, pool: WorkerPool, lanes: Int = 16) throws {
        let weights = Weights(file.arrays, style: Self.style(file, method: method, lanes: lanes))
        let metadata = file.metadata
        guard let widths = file.animoWidths else {
            throw ModelFileError(.tensors, "an AniMo: expected tensors that tell its widths, got none")
        }
        self.widths = widths
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
                    parts.withLock { $0[domain, default: DomainParts()].warping = warping }
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
    /// nil until a thread has made it.
    var warping: WarpingNetwork?
    /// nil until a thread has made it.
    var editing: EditingNetwork?
}

/// The networks of one domain.
final class DomainNetworks: Sendable {
    /// Source and latent → flow.
    let warping: WarpingNetwork
    /// Source, flow and latent → picture.
    let editing: EditingNetwork

    /// - Returns: nil where one of the two is missing.
    init?(_ parts: DomainParts) {
        guard let warping = parts.warping, let editing = parts.editing else { return nil }
        self.warping = warping
        self.editing = editing
    }

    /// The flow and the picture before its tanh.
    ///
    /// - Parameter source: of each picture of the batch.
    func render(
        _ context: ComputeContext, _ latent: Rows, _ source: (_ picture: Int) -> AniMoSource
    ) -> (flow: Tensor, output: Tensor) {
        let first = context.workspace.gather(latent.batch) { source($0).first }
        let moments = context.gather(latent.batch, pixels: first.pixels) { source($0).moments }
        let flow = warping.flow(context, Measured(tensor: first, moments: moments), latent)
        let features = InlineArray<4, Tensor> { level in
            context.workspace.gather(latent.batch) { source($0).features[level] }
        }
        return (flow, editing.decode(context, features, flow, latent))
    }
}

extension ComputeContext {
    /// tanh of one picture of an output.
    func picture(_ output: Tensor, _ index: Int) -> FloatImage {
        FloatImage(pixels: tanhPicture(output, index), width: output.width, height: output.height)
    }
}
