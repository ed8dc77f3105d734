import AnimoCompute
import AnimoModelFile
import AnimoMotion
import Synchronization

/// All networks of a PIRenderer, of its authors' or the anime kind.
final class PIRendererNetworks: Sendable {
    /// The network that maps the driver's numbers to the latent: those of one frame or of 27.
    enum Mapping: Sendable {
        /// 20 numbers of one frame: the anime kind.
        case frame(MotionNetwork)
        /// 73 numbers of 27 frames: its authors' kind.
        case window(WindowNetwork)
    }

    /// The one domain that the weights were trained on.
    let domain: Domain
    /// Window, range of the pictures' numbers and padding of the warp, as the file states them.
    let facts: ModelFacts
    /// Channels of every layer, read off the file's tensors.
    let widths: AnimoWidths
    /// Codes → latent.
    let mapping: Mapping
    /// Source and latent → flow.
    let warping: WarpingNetwork
    /// Source, the same warped, and latent → picture.
    let editing: PairEditingNetwork

    /// - Parameters:
    ///   - method: one method for all convolutions; none means the best for each.
    ///   - pool: shares the work of laying out the weights.
    init(_ file: ModelFile, method: ConvolutionMethod?, pool: WorkerPool, lanes: Int = 16) throws {
        guard let widths = file.animoWidths, let domain = file.metadata.domains.first else {
            throw ModelFileError(.tensors, "a PIRenderer: expected tensors that tell its widths, got none")
        }
        self.domain = domain
        self.widths = widths
        facts = file.metadata.facts
        let weights = Weights(
            file.arrays,
            style: Weights.Style(method: method, nativeSize: file.metadata.nativeSize, lanes: lanes))
        let motion = weights.scoped(to: "motion")
        mapping =
            facts.window > 1 ? .window(try WindowNetwork(motion)) : .frame(try MotionNetwork(motion))
        let scope = weights.scoped(to: domain.rawValue)
        let warping = Mutex<Result<WarpingNetwork, any Error>?>(nil)
        let editing = Mutex<Result<PairEditingNetwork, any Error>?>(nil)
        pool.run(2) { task in
            if task == 0 {
                let made = Result { try PairEditingNetwork(scope.scoped(to: "editing"), widths) }
                editing.withLock { $0 = made }
            } else {
                let made = Result { try WarpingNetwork(scope.scoped(to: "warping"), widths) }
                warping.withLock { $0 = made }
            }
        }
        guard let warped = warping.withLock({ $0 }), let edited = editing.withLock({ $0 }) else {
            throw ModelFileError(.tensors, "a PIRenderer: its networks could not be made")
        }
        self.warping = try warped.get()
        self.editing = try edited.get()
    }

    /// The latent of each picture from its window of codes.
    func latent(_ context: ComputeContext, _ windows: [[[Float]]]) -> Rows {
        switch mapping {
        case .frame(let network): network.latent(context, windows.count) { windows[$0].first ?? [] }
        case .window(let network): network.latent(context, windows: windows)
        }
    }

    /// Returns the source position of each pixel of the rendered picture, and the picture before its tanh.
    func render(
        _ context: ComputeContext, _ sources: [PIRendererSource], _ latent: Rows
    ) -> (flow: Tensor, warped: Operand, output: Tensor) {
        let first = context.workspace.gather(sources.count) { sources[$0].first }
        let moments = context.gather(sources.count, pixels: first.pixels) { sources[$0].moments }
        let flow = warping.flow(context, Measured(tensor: first, moments: moments), latent)
        let pictures = context.workspace.gather(sources.count) { sources[$0].picture }
        let positions = context.positions(
            flow, height: pictures.height, width: pictures.width, padding: GridPadding(facts.gridPadding))
        let warped = Operand.warped(pictures, positions)
        let prepared = context.workspace.gather(sources.count) { sources[$0].sourceHalf }
        return (flow, warped, editing.render(context, prepared, warped: warped, latent))
    }

    /// Computes what depends on a source alone.
    func prepare(
        _ context: ComputeContext, flow: FloatImage, editing picture: FloatImage, placement: SIMD3<Float>?,
        motion: Motion?
    ) -> PIRendererSource {
        let first = warping.prepare(context, context.tensor(flow, in: facts.imageRange))
        let tensor = context.tensor(picture, in: facts.imageRange)
        return PIRendererSource(
            first: first, picture: tensor, sourceHalf: editing.prepare(context, tensor), networks: self,
            motion: motion, placement: placement)
    }

    /// Bytes of the weights as the kernels hold them.
    var byteCount: Int {
        let small =
            switch mapping {
            case .frame(let network): network.byteCount
            case .window(let network): network.byteCount
            }
        return small + warping.byteCount + editing.byteCount
    }
}

extension ComputeContext {
    /// A picture in a network's own range of numbers.
    func tensor(_ picture: FloatImage, in range: ClosedRange<Float>) -> Tensor {
        let span = range.upperBound - range.lowerBound
        let pixels = range == 0...1 ? picture.pixels : picture.pixels.map { $0 * span + range.lowerBound }
        return tensor([pixels], height: picture.height, width: picture.width)
    }

    /// tanh of one picture of an output, brought back from a network's own range to 0…1.
    func picture(_ output: Tensor, _ index: Int, from range: ClosedRange<Float>) -> FloatImage {
        var image = picture(output, index)
        if range == 0...1 { return image }
        let span = range.upperBound - range.lowerBound
        for place in image.pixels.indices { image.pixels[place] = (image.pixels[place] - range.lowerBound) / span }
        return image
    }
}
