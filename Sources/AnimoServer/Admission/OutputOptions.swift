import AnimoModel
import AnimoPictures
import AnimoWire

/// Checked options of a result.
struct OutputOptions: Sendable {
    var format: PictureFormat
    /// Quality of a JPEG, 1 to 100.
    var quality: Int
    var pasteBack: Bool
    var paste: Wire.Paste
    /// Width of the pasted edge as a share of the crop's shorter side; nil for the usual one.
    var feather: Double?
    var translation: SIMD3<Float>?
    var outOfRange: Wire.OutOfRange
    var isBatch: Bool
    var mapping: ExpressionMapping?
    /// Background of a picture with alpha; nil keeps alpha where the format can.
    var background: OutputBackground?
    /// Keeps the body still where a pose of the standard 20 or a face turns the head.
    var stillBody: Bool
    /// Keeps the irises still where a face's eyes look aside.
    var stillIrises: Bool
    /// Leaves what a model paints away from the figure.
    var keepSpecks: Bool
    /// Breaths a minute of a session's figure that can breathe; 0: none.
    var breathsPerMinute: Double

    /// - Parameter sent: the format of the source as sent: raw answers raw.
    init(_ wire: Wire.DrawOptions?, sent: PictureFormat, within limits: PictureLimits) throws(RPCError) {
        let wire = wire ?? Wire.DrawOptions()
        guard wire.jpegQuality <= 100 else {
            throw RPCError.invalid(
                "options.jpeg_quality", .outOfRange, limit: 100, actual: Double(wire.jpegQuality),
                "expected 1 to 100, got \(wire.jpegQuality)")
        }
        if let format = PictureFormat(wire.format) {
            self.format = format
        } else {
            self.format = sent == .rgb8 || sent == .rgba8 ? sent : .png
        }
        quality = wire.jpegQuality == 0 ? 90 : Int(wire.jpegQuality)
        pasteBack = wire.pasteBack
        paste = wire.paste
        if wire.feather != 0 {
            guard (0.02...0.4).contains(wire.feather) else {
                throw RPCError.invalid(
                    "options.feather", .outOfRange, limit: wire.feather < 0.02 ? 0.02 : 0.4, actual: wire.feather,
                    "expected 0.02 to 0.4, got \(wire.feather)")
            }
            feather = wire.feather
        }
        outOfRange = wire.outOfRange
        isBatch = wire.priority == .batch
        mapping = ExpressionMapping(wire.mapping)
        background = try wire.background.flatMap { (background) throws(RPCError) in
            try OutputBackground(background, within: limits)
        }
        if background?.isTransparent == true, !format.keepsAlpha {
            throw RPCError.invalid(
                "options.background", .malformed,
                "expected PNG or RGBA as the format of a transparent picture, got \(format.rawValue)")
        }
        stillBody = wire.stillBody
        stillIrises = wire.stillIrises
        keepSpecks = wire.keepSpecks
        guard wire.breathsPerMinute >= 0, wire.breathsPerMinute <= 60 else {
            throw RPCError.invalid(
                "options.breaths_per_minute", .outOfRange, limit: 60, actual: Double(wire.breathsPerMinute),
                "expected 0 to 60, got \(wire.breathsPerMinute)")
        }
        breathsPerMinute = Double(wire.breathsPerMinute)
        if let given = wire.translation {
            guard given.x.isFinite, given.y.isFinite, given.z.isFinite else {
                throw RPCError.invalid("options.translation", .notFinite, "expected three finite numbers")
            }
            try DriverValidator.requireSane([given.x, given.y, given.z], field: "options.translation")
            translation = SIMD3(given.x, given.y, given.z)
        }
    }
}

extension OutputOptions {
    /// Refuses what a source cannot be rendered with: alpha that it does not have, and a motion that its model does not
    /// tell.
    func check(for source: CachedSource) throws(RPCError) {
        if background?.isTransparent == true, !source.hasAlpha {
            throw RPCError(
                .failedPrecondition, .picture,
                "options.background: the source has no alpha, expected a colour, a picture or none",
                field: "options.background")
        }
        if pasteBack, paste == .motion, !source.model.engine.capabilities.tellsFlow {
            throw RPCError(
                .failedPrecondition, .noEstimator,
                "options.paste: the family \(source.model.engine.information.family) tells no flow, expected feather",
                field: "options.paste")
        }
    }
}

extension PictureFormat {
    /// Indicates whether pictures of this format have alpha.
    var keepsAlpha: Bool { self == .png || self == .rgba8 }
}
