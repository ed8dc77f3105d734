import AnimoPictures
import AnimoWire
import Synchronization

/// The background of pictures with alpha: none, a colour, or a picture that is decoded once for all that share it.
final class OutputBackground: Sendable {
    private enum Content: Sendable {
        case transparent
        case colour(Backdrop)
        case picture(IncomingPicture)
    }

    private let content: Content
    private let decoded = Mutex<(fitted: Backdrop, width: Int, height: Int, memory: MemoryReservation)?>(nil)

    /// - Throws: where it is neither a colour nor a picture.
    init(_ wire: Wire.Background, within limits: PictureLimits) throws(RPCError) {
        switch wire.kind {
        case .colour(let rgb) where rgb <= 0xffffff: content = .colour(Backdrop(rgb: rgb))
        case .colour(let rgb):
            throw RPCError.invalid(
                "options.background.colour", .outOfRange, limit: Double(0xffffff), actual: Double(rgb),
                "expected 0xRRGGBB, got more")
        case .picture(let picture):
            content = .picture(
                try IncomingPicture(picture, within: limits, field: "options.background.picture"))
        case .transparent(true): content = .transparent
        case .transparent(false), nil:
            throw RPCError.invalid(
                "options.background", .missingField, "expected a colour, a picture or transparent, got neither")
        }
    }

    /// Indicates whether alpha is asked for.
    var isTransparent: Bool { if case .transparent = content { true } else { false } }

    /// The backdrop at a result's size; nil where alpha is kept. Decodes on the calling thread the first time: call it
    /// on a codec thread.
    func backdrop(width: Int, height: Int, for account: MemoryAccount) throws(RPCError) -> Backdrop? {
        switch content {
        case .transparent: return nil
        case .colour(let colour): return colour
        case .picture(let picture):
            if let made = decoded.withLock({ $0 }), made.width == width, made.height == height { return made.fitted }
            let picture = try picture.decode(for: account)
            let fitted = Backdrop.picture(picture.picture).fitted(toWidth: width, height: height)
            let memory = try account.reserve(width * height * 3, field: "options.background.picture")
            decoded.withLock { $0 = (fitted, width, height, memory) }
            return fitted
        }
    }
}
