import AnimoPictures
import AnimoWire

extension Picture {
    /// The picture of an answer, decoded if it came encoded.
    init(rendered reply: Wire.EditPoseReply) throws { try self.init(rendered: reply.drawn ?? Wire.ReenactReply()) }

    init(rendered reply: Wire.ReenactReply) throws {
        guard let picture = reply.picture else {
            throw Failure(.software, "the daemon's answer has no picture, expected one")
        }
        try self.init(wire: picture)
    }

    init(wire picture: Wire.Picture) throws {
        let format: PictureFormat? =
            switch picture.format {
            case .png: .png
            case .jpeg: .jpeg
            case .rgb8: .rgb8
            case .rgba8: .rgba8
            case .unspecified: nil
            }
        self = try PictureDecoder.decode(
            picture.data, format: format, width: Int(picture.width), height: Int(picture.height),
            stride: Int(picture.stride), limits: PictureFile.Fitting.limits)
    }
}
