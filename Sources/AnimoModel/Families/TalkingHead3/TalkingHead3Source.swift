import AnimoCompute
import AnimoModelFile
import Synchronization

/// Everything of a source that no driver changes, computed once: the picture in linear light, the layers its brows are
/// moved in and their code; and, for as long as brows or face stay as they are, what follows from their numbers.
package final class TalkingHead3Source: PreparedHead {
    /// 512 pixels.
    package var height: Int { picture.height }
    /// 512 pixels.
    package var width: Int { picture.width }
    /// nil: poses of this family say where a head is.
    package var translation: SIMD3<Float>? { nil }
    /// (512, 512, 4)
    let picture: StoredTensor
    /// The face behind the brows, (128, 128, 4).
    let background: StoredTensor
    /// The brows' layer, (128, 128, 4).
    let layer: StoredTensor
    /// (16, 16, 512), normalised.
    let browCode: StoredTensor
    /// The networks that prepared it.
    let networks: TalkingHead3Networks
    /// State kept from earlier renderings; one for each that ran at the same time.
    private let kept = Mutex<[TalkingHead3Kept]>([])

    /// Takes the stored tensors over, and makes room for one rendering's state.
    init(
        picture: StoredTensor, background: StoredTensor, layer: StoredTensor, browCode: StoredTensor,
        networks: TalkingHead3Networks
    ) {
        self.picture = picture
        self.background = background
        self.layer = layer
        self.browCode = browCode
        self.networks = networks
        kept.withLock { $0.append(TalkingHead3Kept(picture, networks)) }
    }

    /// Bytes of the stored tensors and of one rendering's state.
    package var byteCount: Int {
        picture.byteCount + background.byteCount + layer.byteCount + browCode.byteCount
            + kept.withLock { $0.first?.byteCount ?? 0 }
    }

    /// Calls `body` with what an earlier rendering has left, which is its own until it returns.
    func withKept<Result>(brows: [Float], _ body: (TalkingHead3Kept) throws -> Result) rethrows -> Result {
        let mine =
            kept.withLock { all -> TalkingHead3Kept? in
                guard let place = all.lastIndex(where: { $0.brows == brows }) ?? all.indices.last else { return nil }
                return all.remove(at: place)
            } ?? TalkingHead3Kept(picture, networks)
        defer { kept.withLock { $0.append(mine) } }
        return try body(mine)
    }
}

/// State kept from one rendering to the next of the same source. Belongs to one rendering at a time.
final class TalkingHead3Kept: @unchecked Sendable {
    /// Brow numbers, (12), that ``faceInput`` and ``faceCode`` were made with; nil before the first rendering.
    var brows: [Float]?
    /// Face numbers, (27), that ``full`` and ``half`` were made with besides; nil before.
    var face: [Float]?
    /// (192, 192, 4): the source around the face, with moved brows.
    let faceInput: StoredTensor
    /// (24, 24, 512), normalised.
    let faceCode: StoredTensor
    /// (512, 512, 4): the source with its face redrawn.
    let full: StoredTensor
    /// (256, 256, 4): the mean of each 2×2 pixels of ``full``.
    let half: StoredTensor

    /// State before the first rendering: copies of the source, and codes without content.
    init(_ picture: StoredTensor, _ networks: TalkingHead3Networks) {
        let box = TalkingHead3Networks.Box.face
        let widths = networks.widths[.face]
        full = StoredTensor(cutting: picture, left: 0, top: 0, side: picture.width)
        half = StoredTensor(height: picture.height / 2, width: picture.width / 2, channels: 4)
        faceInput = StoredTensor(cutting: picture, left: box.left, top: box.top, side: box.side)
        let side = box.side >> widths.halvings
        faceCode = StoredTensor(height: side, width: side, channels: widths.channels(widths.halvings))
    }

    /// Stages that a picture of this pose, 45 numbers, uses as they are.
    func stages(for pose: [Float]) -> [KeptStage] {
        guard brows == Array(pose[0..<12]) else { return [] }
        return face == Array(pose[12..<39]) ? [.brows, .face] : [.brows]
    }

    /// Bytes of the four tensors.
    var byteCount: Int { faceInput.byteCount + faceCode.byteCount + full.byteCount + half.byteCount }
}
