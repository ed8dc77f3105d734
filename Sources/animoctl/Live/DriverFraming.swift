import AnimoCLI
import AnimoPictures
import AnimoWire

/// Makes drivers of a stream into what the daemon reads.
struct DriverFraming: Sendable {
    let domain: Wire.Domain
    let crop: Crop
    /// Nil where no pictures come.
    let fitting: PictureFile.Fitting?

    func wire(_ driver: StreamDriver) throws -> Wire.Driver {
        switch driver {
        case .pose(let pose): return Wire.Driver(kind: .pose(pose))
        case .jpeg(let data):
            guard let fitting, data.count > fitting.largest else {
                return frame(Wire.Picture(format: .jpeg, data: data), crop: crop)
            }
            let picture = try readable { try PictureDecoder.decode(data, limits: PictureFile.Fitting.limits) }
            return try shrunk(picture, fitting)
        case .picture(let picture):
            guard let fitting, picture.pixels.count > fitting.largest else {
                let wire = Wire.Picture(
                    format: .rgb8, data: picture.pixels, width: UInt32(picture.width), height: UInt32(picture.height))
                return frame(wire, crop: crop)
            }
            return try shrunk(picture, fitting)
        }
    }

    /// Returns whether `driver` is too large for a frame and will be shrunk.
    func shrinks(_ driver: StreamDriver) -> Bool {
        guard let fitting else { return false }
        switch driver {
        case .pose: return false
        case .jpeg(let data): return data.count > fitting.largest
        case .picture(let picture): return picture.pixels.count > fitting.largest
        }
    }

    private func frame(_ picture: Wire.Picture, crop: Crop) -> Wire.Driver {
        Wire.Driver(kind: .frame(Wire.DrivingFrame(picture: picture, domain: domain, crop: crop.wire)))
    }

    private func shrunk(_ picture: Picture, _ fitting: PictureFile.Fitting) throws -> Wire.Driver {
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
