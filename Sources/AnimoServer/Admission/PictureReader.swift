import AnimoModel
import AnimoMotion
import AnimoPictures
import AnimoWire

/// Pictures from the wire, within the limits.
struct PictureReader: Sendable {
    let limits: ServerLimits
    /// Pays for what is decoded.
    let hold: ByteHold

    /// Decodes on the calling thread: call it on a codec thread. The picture's bytes stay taken.
    func decode(_ wire: Wire.Picture?, field: String) throws -> Picture {
        guard let wire, !wire.data.isEmpty else {
            throw RPCError.invalid("\(field).data", .missingField, "expected a picture, got no bytes")
        }
        let needed = decodedBytes(wire)
        try hold.take(needed, field: field)
        do throws(PictureError) {
            let picture = try PictureDecoder.decode(
                wire.data, format: PictureFormat(wire.format), width: Int(wire.width), height: Int(wire.height),
                stride: Int(wire.stride), limits: limits.pictures)
            hold.giveBack(needed - picture.pixels.count)
            return picture
        } catch {
            hold.giveBack(needed)
            throw RPCError(error, field: field)
        }
    }

    /// At most so many, by the header; 0 for what will be refused.
    private func decodedBytes(_ wire: Wire.Picture) -> Int {
        let size: (width: Int, height: Int)
        switch wire.format {
        case .rgb8, .rgba8: size = (Int(wire.width), Int(wire.height))
        default: size = (try? PictureDecoder.size(of: wire.data)) ?? (0, 0)
        }
        let pictures = limits.pictures
        guard size.width <= pictures.side, size.height <= pictures.side else { return 0 }
        let (pixels, overflow) = size.width.multipliedReportingOverflow(by: size.height)
        return overflow || pixels > pictures.pixels ? 0 : pixels * 4
    }
}

extension RPCError {
    init(_ error: PictureError, field: String) {
        let message = "\(field): \(error.message)"
        switch error.code {
        case .tooLarge:
            self.init(
                .invalidArgument, .pictureTooLarge, message, field: field, limit: Double(error.limit ?? 0),
                actual: Double(error.actual ?? 0))
        case .noHead: self.init(.failedPrecondition, .noHead, "NO_HEAD: \(message)", field: field)
        case .badArgument: self.init(.invalidArgument, .size, message, field: field)
        case .malformed, .truncated, .unsupported: self.init(.invalidArgument, .picture, message, field: field)
        case .noMemory: self.init(.internal, .internal, message, field: field)
        }
    }
}

extension PictureFormat {
    /// nil where the content tells.
    init?(_ wire: Wire.PictureFormat) {
        switch wire {
        case .unspecified: return nil
        case .png: self = .png
        case .jpeg: self = .jpeg
        case .rgb8: self = .rgb8
        case .rgba8: self = .rgba8
        }
    }

    var wire: Wire.PictureFormat {
        switch self {
        case .png: .png
        case .jpeg: .jpeg
        case .rgb8: .rgb8
        case .rgba8: .rgba8
        }
    }
}

extension Crop {
    init(_ wire: Wire.Crop?, field: String) throws(PictureError) {
        switch wire?.mode {
        case nil, .none?: self = .none
        case .auto: self = .auto
        case .box:
            guard let box = wire?.box else {
                throw PictureError(.badArgument, "\(field): mode box, but no box was given")
            }
            self = .box(x: box.x, y: box.y, width: box.width, height: box.height)
        }
    }
}

extension Wire.CropTransform {
    init(_ transform: CropTransform) {
        self.init(
            scaleX: transform.scaleX, scaleY: transform.scaleY, offsetX: transform.offsetX,
            offsetY: transform.offsetY, width: UInt32(transform.width), height: UInt32(transform.height),
            content: Wire.Box(
                x: transform.content.x, y: transform.content.y, width: transform.content.width,
                height: transform.content.height))
    }
}

extension Domain {
    var wire: Wire.Domain {
        switch self {
        case .anime: .anime
        case .vox: .vox
        }
    }

    /// What pads a picture to its square.
    var background: Background {
        switch self {
        case .anime: .white
        case .vox: .edge
        }
    }
}

extension Capabilities {
    /// The domain a client named; the only one there is where it named none.
    func domain(_ wire: Wire.Domain, field: String, among allowed: [Domain]? = nil) throws -> Domain {
        let allowed = allowed ?? domains
        switch wire {
        case .unspecified:
            if domains.count == 1, let only = domains.first { return only }
            throw RPCError.invalid(
                field, .missingField,
                "the model has \(domains.map(\.rawValue).joined(separator: " and ")); expected one of them")
        case .anime where allowed.contains(.anime): return .anime
        case .vox where allowed.contains(.vox): return .vox
        default:
            throw RPCError(
                .failedPrecondition, .noSuchDomain,
                "\(field): the model has no networks for this domain; it has "
                    + domains.map(\.rawValue).joined(separator: ", "), field: field)
        }
    }
}
