import AnimoMotion

/// Widths of an AniMo or a PIRenderer, read off its tensors.
package struct AnimoWidths: Sendable, Equatable {
    /// Channels after the warping network's first convolution (32 as published).
    package var warpBase: Int
    /// Channels after the editing network's first convolution (64 as published).
    package var editBase: Int
    /// The most channels anywhere; widths double from layer to layer up to it (256 as published).
    package var limit: Int
    /// Length of the latent motion code (256 as published).
    package var latent: Int
    /// Hidden width of the small networks that turn the code into scale and shift (128 as published).
    package var style: Int
    /// Numbers of a frame: AniMo's motion of 64 expression, 3 angles, 3 translation; others of the PIRenderers.
    package var coefficients: Int

    /// Creates one from its fields.
    package init(
        warpBase: Int, editBase: Int, limit: Int, latent: Int, style: Int = 128, coefficients: Int = Motion.count
    ) {
        self.warpBase = warpBase
        self.editBase = editBase
        self.limit = limit
        self.latent = latent
        self.style = style
        self.coefficients = coefficients
    }

    /// The published widths.
    package static let published = AnimoWidths(warpBase: 32, editBase: 64, limit: 256, latent: 256)

    /// Channels of the warping network after `level` halvings.
    package func warping(_ level: Int) -> Int { min(warpBase << level, limit) }

    /// Channels of the editing network after `level` halvings.
    package func editing(_ level: Int) -> Int { min(editBase << level, limit) }
}

extension AnimoWidths {
    /// The widths that the tensors' own shapes show, in the names of a model file, or nil where the tensors that tell
    /// are absent or of no possible shape.
    package init?(shapes: [String: [Int]]) {
        func first(_ name: String, axis: Int, rank: Int) -> Int? {
            Domain.allCases.lazy.compactMap {
                shapes.width("\($0.rawValue).\(name)", axis: axis, rank: rank)
            }.first
        }
        func motion(axis: Int) -> Int? {
            let name = "motion.first.0.weight"
            return shapes.width(name, axis: axis, rank: 2) ?? shapes.width(name, axis: axis, rank: 3)
        }
        let encoder = "warping.hourglass.encoder"
        guard let latent = motion(axis: 0),
            let coefficients = motion(axis: 1),
            let warpBase = first("\(encoder).input_layer.weight", axis: 0, rank: 4),
            let editBase = first("editing.encoder.first.model.0.weight", axis: 0, rank: 4),
            let style = first("\(encoder).encoder0.norm_0.mlp_shared.0.weight", axis: 0, rank: 2),
            let deepest = first("\(encoder).encoder4.conv_0.weight", axis: 0, rank: 4),
            let widest = first("editing.encoder.down2.model.0.weight", axis: 0, rank: 4)
        else { return nil }
        self.init(
            warpBase: warpBase, editBase: editBase, limit: max(deepest, widest), latent: latent, style: style,
            coefficients: coefficients)
    }
}
