import AnimoModel
import AnimoPictures
import AnimoWire

/// The size that rendered pictures shall have, and how they get it, checked as far as the model tells.
struct RenderedSize: Sendable {
    /// The side asked for; nil where the source's own size decides.
    let side: Int?
    private let detail: Wire.Detail
    private let native: Int
    private let step: Int
    private let tellsFlow: Bool
    private let largest: Int

    /// Sides of pictures that no network renders at.
    private static let step = 32

    init(_ wire: Wire.SourcePicture, of model: ModelRegistry.Entry, within limits: ServerLimits) throws(RPCError) {
        let capabilities = model.engine.capabilities
        let family = model.engine.information.family
        (native, tellsFlow, detail) = (capabilities.nativeSize, capabilities.tellsFlow, wire.detail)
        let isEdited = detail == .edit || !tellsFlow
        step = isEdited ? capabilities.sizeStep : Self.step
        largest = isEdited ? limits.editSizeMaximum : limits.sizeMaximum
        if detail == .flow, !tellsFlow {
            throw RPCError(
                .failedPrecondition, .size,
                "source.detail: the family \(family) tells no flow, expected one that does", field: "source.detail")
        }
        if wire.size == 0 && !wire.sizeOfSource || Int(wire.size) == native {
            side = native
            return
        }
        guard capabilities.rendersOtherSizes else {
            throw RPCError(
                .failedPrecondition, .size,
                "source.size: the family \(family) renders at its native size of \(native) only", field: "source.size")
        }
        if wire.sizeOfSource {
            side = nil
            return
        }
        let asked = Int(wire.size)
        // Below the native size the editing network works at the size asked for.
        let isSmall = asked < native && detail == .unspecified
        let (step, lowest) = (isSmall ? capabilities.sizeStep : self.step, isEdited || isSmall ? 1 : native)
        guard asked.isMultiple(of: step), asked >= lowest, asked <= largest else {
            throw RPCError.invalid(
                "source.size", .size, limit: Double(asked < lowest ? lowest : largest), actual: Double(asked),
                "expected a multiple of \(step) from \(max(step, lowest)) to \(largest), got \(asked)")
        }
        side = asked
    }

    /// The side for a source, and how pictures get it.
    func resolved(
        for picture: Picture, crop: Crop
    ) throws(PictureError) -> (side: Int, detail: Wire.Detail) {
        let side =
            if let side { side } else {
                // Rounded down where the limit is no multiple of the step.
                max(native, min(try Preparation.sideOfSource(picture, crop: crop, step: step), largest / step * step))
            }
        if detail != .unspecified { return (side, detail) }
        if side == native { return (side, .off) }
        return (side, side > native && tellsFlow ? .flow : .edit)
    }
}
