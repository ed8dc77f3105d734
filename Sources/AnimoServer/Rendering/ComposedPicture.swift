import AnimoModel
import AnimoMotion
import AnimoPictures
import AnimoWire

/// The picture that is shown of a rendered head: at its size, on its background or in its original.
struct ComposedPicture {
    let picture: Picture
    /// Mean share of the source's own pixels; nil where the flow was not used.
    let meanAgreement: Double?
    /// Motion in the pasted border as a share of its width, where it folds.
    let pasteFold: Double?

    /// Computes on the calling thread: call it on a codec thread.
    init(
        _ head: RenderedHead, of source: CachedSource, as output: OutputOptions, account: MemoryAccount
    ) throws(RPCError) {
        var (picture, agreement): (Picture, Double?)
        var fold: Double?
        if output.pasteBack, output.paste != .feather, let moved = RenderedPicture(head),
            let pasted = PasteMotion.paste(
                moved, into: source.original, at: source.crop, fade: output.feather ?? source.domain.pasteFade)
        {
            (picture, agreement) = (pasted.picture, pasted.meanAgreement)
            if pasted.motionInBorder > PastedPicture.foldsBeyond { fold = pasted.motionInBorder }
        } else if output.pasteBack {
            let rendered = Self.rendered(head, of: source, wantsAlpha: false)
            picture = Preparation.pasteBack(
                rendered.picture, onto: source.original, at: source.crop,
                feather: output.feather ?? Preparation.usualFeather)
            agreement = rendered.meanAgreement
        } else {
            let rendered = Self.rendered(
                head, of: source, wantsAlpha: output.background != nil || output.format.keepsAlpha)
            (picture, agreement) = (rendered.picture, rendered.meanAgreement)
        }
        if let background = output.background, picture.layout == .rgba {
            let backdrop = try background.backdrop(width: picture.width, height: picture.height, for: account)
            if let backdrop { picture = picture.over(backdrop) }
        }
        (self.picture, meanAgreement, pasteFold) = (picture, agreement, fold)
    }

    /// The head in its square at the rendered size.
    ///
    /// - Parameter wantsAlpha: whether a source with alpha shall have it still; else it is over white.
    private static func rendered(
        _ head: RenderedHead, of source: CachedSource, wantsAlpha: Bool
    ) -> MovedPicture {
        let usesFlow = source.detail == .flow
        if let large = source.large, usesFlow || wantsAlpha && large.layout == .rgba, let moved = RenderedPicture(head)
        {
            var rendered = FullResolution.render(moved, source: large, usesFlow: usesFlow)
            if !wantsAlpha { rendered.picture = rendered.picture.over(.white) }
            return rendered
        }
        if head.picture.width != source.side, let moved = RenderedPicture(head) {
            return MovedPicture(
                picture: moved.enlarged(toWidth: source.side, height: source.side), meanAgreement: nil)
        }
        // At the networks' own size nothing is changed, bit for bit.
        return MovedPicture(picture: Picture(head.picture), meanAgreement: nil)
    }
}

extension RenderedPicture {
    /// nil of families that tell no flow.
    fileprivate init?(_ head: RenderedHead) {
        guard let flow = head.flow else { return nil }
        self.init(
            pixels: head.picture.pixels, width: head.picture.width, height: head.picture.height,
            flow: FlowGrid(positions: flow.positions, width: flow.width, height: flow.height))
    }
}

extension Domain {
    /// Width of the border in which pasted motion fades, as a share of the crop's shorter side.
    fileprivate var pasteFade: Double { self == .anime ? PasteMotion.drawnFade : PasteMotion.photographedFade }
}
