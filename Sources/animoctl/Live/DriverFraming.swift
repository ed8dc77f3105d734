import AnimoCLI
import AnimoPictures
import AnimoWire

/// Turns drivers of a stream into drivers of the protocol.
struct DriverFraming: Sendable {
    let domain: Wire.Domain
    let crop: Crop
    /// Nil where no pictures come.
    let fitting: PictureFile.Fitting?
    var reader = ReaderArgument.auto
    var face = FaceArgument.largest

    /// - Returns: nil where no head was seen.
    func wire(_ driver: StreamDriver) throws -> Wire.Driver? {
        switch driver {
        case .none: return nil
        case .pose(let pose): return Wire.Driver(kind: .pose(pose))
        case .motion(let motion): return Wire.Driver(kind: .motion(motion))
        case .jpeg(let data):
            guard let fitting, shrinks(driver) else {
                return frame(Wire.Picture(format: .jpeg, data: data), crop: crop)
            }
            let (picture, crop) = try readable { try fitting.decode(data, crop: self.crop) }
            return try shrunk(picture, crop, fitting)
        case .picture(let picture):
            guard let fitting, shrinks(driver) else {
                let wire = Wire.Picture(
                    format: .rgb8, data: picture.pixels, width: UInt32(picture.width), height: UInt32(picture.height))
                return frame(wire, crop: crop)
            }
            return try shrunk(picture, crop, fitting)
        }
    }

    /// Returns whether `driver` exceeds the daemon's limits and will be shrunk.
    func shrinks(_ driver: StreamDriver) -> Bool {
        guard let fitting else { return false }
        switch driver {
        case .none, .pose, .motion: return false
        case .jpeg(let data):
            // A header that cannot be read is the daemon's to refuse.
            let size = (try? PictureDecoder.size(of: data)) ?? (width: 1, height: 1)
            return fitting.excess(bytes: data.count, width: size.width, height: size.height) != nil
        case .picture(let picture):
            return fitting.excess(bytes: picture.pixels.count, width: picture.width, height: picture.height) != nil
        }
    }

    private func frame(_ picture: Wire.Picture, crop: Crop) -> Wire.Driver {
        Wire.Driver(
            kind: .frame(
                Wire.DrivingFrame(
                    picture: picture, domain: domain, crop: crop.wire, reader: reader.wire, face: face.wire)))
    }

    private func shrunk(_ picture: Picture, _ crop: Crop, _ fitting: PictureFile.Fitting) throws -> Wire.Driver {
        guard !fitting.keepSize else {
            let jpeg = try readable { try PictureEncoder.encode(picture, as: .jpeg, quality: 90) }
            return frame(Wire.Picture(format: .jpeg, data: jpeg), crop: crop)
        }
        let square = try readable {
            try Preparation.prepare(picture, crop: crop, side: fitting.side, background: fitting.background).picture
        }
        let side = UInt32(fitting.side)
        let wire = Wire.Picture(format: .rgb8, data: square.pixels, width: side, height: side)
        return frame(wire, crop: .none)
    }

    private func readable<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as PictureError {
            throw UnreadableDriver(message: error.message)
        }
    }
}
