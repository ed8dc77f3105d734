import AnimoModel
import AnimoMotion
import AnimoPictures
import AnimoWire

// Values of the wire as those of pictures and models, and back.

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

extension Landmarks {
    /// nil where none were sent.
    init?(_ wire: Wire.Landmarks?, field: String) throws(PictureError) {
        guard let values = wire?.values else { return nil }
        guard values.count % 2 == 0 else {
            throw PictureError(.badArgument, "\(field): expected x and y of each point, got \(values.count) numbers")
        }
        try self.init(
            stride(from: 0, to: values.count, by: 2).map { SIMD2(Double(values[$0]), Double(values[$0 + 1])) })
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

    /// Background that pads a picture to its square.
    var background: Background {
        switch self {
        case .anime: .white
        case .vox: .edge
        }
    }
}

extension Capabilities {
    /// The domain a client named; the only one there is where it named none.
    func domain(_ wire: Wire.Domain, field: String, among allowed: [Domain]? = nil) throws(RPCError) -> Domain {
        guard !domains.isEmpty else {
            throw RPCError(
                .failedPrecondition, .noSuchDomain,
                "model: a face tracker detects and reads heads and renders none; name another model", field: "model")
        }
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

extension ExpressionMapping {
    /// nil for the model's first way.
    init?(_ wire: Wire.ExpressionMapping) {
        switch wire {
        case .unspecified: return nil
        case .edtn: self = .edtn
        case .basis: self = .basis
        }
    }

    var wire: Wire.ExpressionMapping {
        switch self {
        case .edtn: .edtn
        case .basis: .basis
        }
    }
}

extension FloatImage {
    /// Bytes of a pixel: three channels of single precision.
    static let pixelBytes = 12

    /// - Parameter picture: RGB.
    init(_ picture: Picture) {
        self.init(
            bytes: picture.pixels, width: picture.width, height: picture.height, channels: picture.layout.channels)
    }
}

extension Picture {
    /// Channels of 8 bits.
    init(_ image: FloatImage) {
        self.init(
            width: image.width, height: image.height, layout: image.channels == 4 ? .rgba : .rgb, pixels: image.bytes())
    }
}
