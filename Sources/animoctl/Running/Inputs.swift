import AnimoClient
import AnimoWire

extension DrivingOptions {
    /// Reads what drives, before anything is asked of the daemon.
    func read() throws -> DrivingInput {
        if let pose { return .pose(try PoseFile.pose(try InputFile.read(pose, as: "--pose"), named: "--pose")) }
        if let motion {
            return .motion(try PoseFile.motion(try InputFile.read(motion, as: "--motion"), named: "--motion"))
        }
        return .picture(try InputFile.read(driving ?? "-", as: "--driving"))
    }
}

/// What drives, as it was read.
enum DrivingInput: Sendable {
    case pose(Wire.Pose)
    case motion(Wire.Motion)
    case picture([UInt8])

    func wire(_ options: DrivingOptions, for model: ServedModel) throws -> Wire.Driver {
        switch self {
        case .pose(let pose): return Wire.Driver(kind: .pose(pose))
        case .motion(let motion): return Wire.Driver(kind: .motion(motion))
        case .picture(let bytes):
            let domain = try model.domain(options.drivingDomain, option: "--driving-domain")
            let picture = try PictureFile(
                bytes, crop: options.drivingCrop, fitting: PictureFile.Fitting(model, domain: domain), what: "--driving"
            )
            return Wire.Driver(
                kind: .frame(Wire.DrivingFrame(picture: picture.wire, domain: domain, crop: picture.crop.wire)))
        }
    }
}

extension SourceOptions {
    func wire(_ bytes: [UInt8], for model: ServedModel) throws -> Wire.SourcePicture {
        let domain = try model.domain(sourceDomain, option: "--source-domain")
        let fitting = PictureFile.Fitting(model, domain: domain, size: size, keepSize: pasteBack)
        let picture = try PictureFile(bytes, crop: crop, fitting: fitting, what: "--source")
        var source = Wire.SourcePicture(picture: picture.wire, domain: domain, crop: picture.crop.wire)
        source.apply(size)
        return source
    }
}

extension Wire.SourcePicture {
    mutating func apply(_ argument: SizeArgument) {
        switch argument {
        case .native: break
        case .side(let side): size = side
        case .source: sizeOfSource = true
        }
    }
}

extension Daemon {
    /// Hands the source over, to be named by its id from here on.
    func put(_ source: Wire.SourcePicture, model: ServedModel) async throws -> HeldSource {
        try await client.hold(Wire.PutSourceRequest(model: model.name, source: source), timeout: timeout)
    }
}
