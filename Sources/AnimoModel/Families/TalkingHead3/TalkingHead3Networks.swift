import AnimoCompute
import AnimoModelFile
import Synchronization

/// The five networks of a Talking Head Anime 3 in a row (Khungurn 2022, Talking head(?) anime from a single image 3).
///
/// Pictures are (side, side, 4): linear light, straight alpha, all four channels -1…1.
final class TalkingHead3Networks: Sendable {
    /// Places of the crops in the picture of 512×512, in pixels.
    enum Box {
        /// The crop whose brows are lifted off and moved.
        static let brow = (left: 192, top: 64, side: 128)
        /// The crop whose eyes and mouth are redrawn.
        static let face = (left: 160, top: 32, side: 192)
    }

    /// Height and width of sources and pictures, 512.
    static let side = FamilyRow.talkingHead3Side

    /// Channels and depths of each network, read off the file's tensors.
    let widths: TalkingHead3Widths
    private let networks: [TalkingHead3Network: EncoderDecoder]
    private let lift: EncoderDecoder
    private let brow: EncoderDecoder
    private let face: EncoderDecoder
    private let turn: EncoderDecoder
    private let edit: EncoderDecoder

    /// - Parameters:
    ///   - isPlain: everything by the plain loops.
    ///   - pool: shares the work of laying out the weights.
    init(_ file: ModelFile, isPlain: Bool, pool: WorkerPool, lanes: Int = 16) throws {
        guard let widths = TalkingHead3Widths(file.arrays.mapValues(\.shape)) else {
            throw ModelFileError(.tensors, "a Talking Head Anime 3: expected tensors that tell its widths, got none")
        }
        self.widths = widths
        let weights = Weights(
            file.arrays,
            style: Weights.Style(method: isPlain ? .reference : nil, nativeSize: Self.side, lanes: lanes)
        ).scoped(to: "tha3")
        let all = TalkingHead3Network.allCases
        let made = Mutex([TalkingHead3Network: Result<EncoderDecoder, any Error>]())
        pool.run(all.count) { task in
            let network = all[task]
            let side =
                switch network {
                case .lift, .brow: Box.brow.side
                case .face: Box.face.side
                case .turn: Self.side / 2
                case .edit: Self.side
                }
            let body = Result {
                try EncoderDecoder(
                    weights.scoped(to: network.rawValue), network, widths[network], side: side)
            }
            made.withLock { $0[network] = body }
        }
        let networks = try made.withLock { try $0.mapValues { try $0.get() } }
        guard let lift = networks[.lift], let brow = networks[.brow], let face = networks[.face],
            let turn = networks[.turn], let edit = networks[.edit]
        else { throw ModelFileError(.tensors, "a Talking Head Anime 3: its networks could not be made") }
        self.networks = networks
        (self.lift, self.brow, self.face, self.turn, self.edit) = (lift, brow, face, turn, edit)
    }

    /// Bytes of the weights as the kernels hold them.
    var byteCount: Int { networks.values.reduce(0) { $0 + $1.byteCount } }

    /// Computes the part that depends on the source alone: the layers that the brows are moved in, and the code of
    /// both.
    ///
    /// background = α · colour + (1 − α) · x; the layer's picture and colour change places.
    func prepare(_ context: ComputeContext, _ image: FloatImage) -> TalkingHead3Source {
        let picture = StoredTensor(
            LinearLight.network(image), height: image.height, width: image.width, channels: 4)
        let source = context.workspace.gather(1) { _ in picture }
        let x = context.cut(source, left: Box.brow.left, top: Box.brow.top, side: Box.brow.side)
        let heads = lift.decode(context, lift.encode(context, x), pose: [])
        let background = context.layer(Layering(alpha: 0, colour: 1), heads, over: x)
        let layer = context.layer(Layering(alpha: 5, colour: 6, isSwapped: true), heads, over: x)
        let code = brow.encode(context, context.join(background, layer))
        return TalkingHead3Source(
            picture: picture, background: StoredTensor(copying: background), layer: StoredTensor(copying: layer),
            browCode: StoredTensor(copying: context.materialise(code)), networks: self)
    }

    /// Renders one picture, keeping what depends on brows and face in `kept` and taking it from there where their
    /// numbers are those it was made with.
    ///
    /// - Parameter clearsSpecks: whether what the last network paints away from the figure is cleared: of heads without a
    ///   body it leaves a few dark pixels far from them.
    /// - Returns: (512, 512, 4)
    func render(
        _ context: ComputeContext, _ source: TalkingHead3Source, _ pose: [Float], kept: TalkingHead3Kept,
        clearsSpecks: Bool = false, probe: ((TalkingHead3Stage, Tensor) -> Void)? = nil
    ) -> Tensor {
        let (brows, face, turn) = (Array(pose[0..<12]), Array(pose[12..<39]), Array(pose[39..<45]))
        if kept.brows != brows {
            (kept.brows, kept.face) = (nil, nil)
            moveBrows(context, source, brows, kept, probe)
            kept.brows = brows
        }
        if kept.face != face {
            kept.face = nil
            moveFace(context, face, kept, probe)
            kept.face = face
        }
        return self.turn(context, turn, kept, clearsSpecks, probe)
    }

    /// Moves the brows' layer, lays it over the face and codes the face around it.
    private func moveBrows(
        _ context: ComputeContext, _ source: TalkingHead3Source, _ pose: [Float], _ kept: TalkingHead3Kept,
        _ probe: ((TalkingHead3Stage, Tensor) -> Void)?
    ) {
        let workspace = context.workspace
        let heads = brow.decode(context, Operand(workspace.gather(1) { _ in source.browCode }), pose: pose)
        let moved = context.layer(
            Layering(alpha: 2, colour: 3, grid: 0), heads, over: workspace.gather(1) { _ in source.layer })
        let image = context.merge(moved, onto: workspace.gather(1) { _ in source.background })
        let input = workspace.gather(1) { _ in kept.faceInput }
        context.paste(
            image, onto: input, left: Box.brow.left - Box.face.left, top: Box.brow.top - Box.face.top)
        let code = face.encode(context, input)
        context.materialise(code, into: workspace.gather(1) { _ in kept.faceCode })
        if let probe {
            probe(.browHeads, heads)
            probe(.browMorphed, moved)
            probe(.browImage, image)
            probe(.faceCode, workspace.gather(1) { _ in kept.faceCode })
        }
        for tensor in [heads, moved, image] { context.release(tensor) }
        context.release(code)
    }

    /// Redraws eyes and mouth, and puts the face into the whole picture.
    private func moveFace(
        _ context: ComputeContext, _ pose: [Float], _ kept: TalkingHead3Kept,
        _ probe: ((TalkingHead3Stage, Tensor) -> Void)?
    ) {
        let workspace = context.workspace
        let heads = face.decode(context, Operand(workspace.gather(1) { _ in kept.faceCode }), pose: pose)
        let mouth = context.layer(
            Layering(alpha: 2, colour: 3, grid: 0), heads, over: workspace.gather(1) { _ in kept.faceInput })
        let image = context.layer(Layering(alpha: 7, colour: 8), heads, over: mouth)
        let full = workspace.gather(1) { _ in kept.full }
        context.paste(image, onto: full, left: Box.face.left, top: Box.face.top)
        context.materialise(Operand(full), .averagePooled, into: workspace.gather(1) { _ in kept.half })
        if let probe {
            probe(.faceHeads, heads)
            probe(.faceMouth, mouth)
            probe(.faceImage, image)
            probe(.half, workspace.gather(1) { _ in kept.half })
        }
        for tensor in [heads, mouth, image] { context.release(tensor) }
    }

    /// Turns head and body at half size, and refines that at full size.
    private func turn(
        _ context: ComputeContext, _ pose: [Float], _ kept: TalkingHead3Kept, _ clearsSpecks: Bool,
        _ probe: ((TalkingHead3Stage, Tensor) -> Void)?
    ) -> Tensor {
        let full = context.workspace.gather(1) { _ in kept.full }
        let half = context.workspace.gather(1) { _ in kept.half }
        let grid = turn.run(context, half, pose: pose)
        let warped = context.warp(half, by: (grid, 0))
        let joined = context.joinEnlarged(full, warped, grid)
        let heads = edit.run(context, joined, pose: pose)
        let output = context.layer(
            Layering(alpha: 0, hasFourAlphas: true, colour: 4, grid: 8), heads, over: full, moved: (joined, 8),
            clearsSpecks: clearsSpecks)
        if let probe {
            probe(.turnGrid, grid)
            probe(.turnWarped, warped)
            probe(.editInput, joined)
            probe(.editHeads, heads)
            probe(.editWarped, context.warp(full, by: (heads, 8), adding: (joined, 8)))
        }
        for tensor in [grid, warped, joined, heads] { context.release(tensor) }
        return output
    }
}

/// Output of a stage of rendering.
enum TalkingHead3Stage: Sendable {
    /// grid 2, alpha 1, colour 4
    case browHeads
    /// The moved brows' layer, (128, 128, 4).
    case browMorphed
    /// The background with the moved brows on it, (128, 128, 4).
    case browImage
    /// Code of the face with moved brows, (24, 24, 512), normalised.
    case faceCode
    /// grid 2, alpha 1, colour 4, alpha 1, colour 4
    case faceHeads
    /// The face with irises and mouth moved and recoloured, (192, 192, 4).
    case faceMouth
    /// The same with the eyes redrawn, (192, 192, 4).
    case faceImage
    /// The whole picture with the redrawn face at half size, (256, 256, 4).
    case half
    /// Offsets by which head and body turn, (256, 256, 2).
    case turnGrid
    /// The picture of half size under these offsets, (256, 256, 4).
    case turnWarped
    /// full 4, warped 4, grid 2
    case editInput
    /// alpha 4, colour 4, grid 2
    case editHeads
    /// The picture under the refined offsets, (512, 512, 4).
    case editWarped
}
