import AnimoCLI
import AnimoClient
import AnimoWire

extension DrivingOptions {
    /// Reads what drives, before anything is asked of the daemon.
    func read() throws -> DrivingInput {
        if let pose { return .pose(try PoseFile.pose(try InputFile.read(pose, as: "--pose"), named: "--pose")) }
        if let motion {
            return .motion(try PoseFile.motion(try InputFile.read(motion, as: "--motion"), named: "--motion"))
        }
        let landmarks = try drivingLandmarks.map {
            try LandmarkFile.landmarks(InputFile.read($0, as: "--driving-landmarks"), named: "--driving-landmarks")
        }
        return .picture(try InputFile.read(driving ?? "-", as: "--driving"), landmarks)
    }
}

/// A driver as it was read.
enum DrivingInput: Sendable {
    case pose(Wire.Pose)
    case motion(Wire.Motion)
    case picture([UInt8], Wire.Landmarks?)

    func wire(_ options: DrivingOptions, for model: ServedModel) throws -> Wire.Driver {
        switch self {
        case .pose(let pose): return Wire.Driver(kind: .pose(pose))
        case .motion(let motion): return Wire.Driver(kind: .motion(motion))
        case .picture(let bytes, let landmarks):
            let domain = try model.domain(options.head.drivingDomain, option: "--driving-domain")
            // Landmarks are told in the whole picture's pixels, so it is not cropped here; nor is it where the daemon
            // looks for a face, which may be small.
            let fitting = PictureFile.Fitting(
                model, domain: domain, keepSize: landmarks != nil || model.findsFaces(with: options.head.drivingCrop))
            let picture = try PictureFile(bytes, crop: options.head.drivingCrop, fitting: fitting, what: "--driving")
            return Wire.Driver(
                kind: .frame(
                    Wire.DrivingFrame(
                        picture: picture.wire, domain: domain, crop: picture.crop.wire,
                        landmarks: landmarks?.scaled(by: picture.scale), reader: options.reading.reader.wire,
                        face: options.reading.face.wire)))
        }
    }
}

extension SourceOptions {
    /// - Parameters:
    ///   - bytes: the file; nil where none was named.
    ///   - pasted: whether the rendered head is pasted back into it.
    /// - Throws: `Failure` 64 where the model needs a source and none was named, takes none and one was, or renders at
    ///   its native size alone and another is asked for.
    func wire(_ bytes: [UInt8]?, for model: ServedModel, pasted: Bool) throws -> Wire.SourcePicture {
        let domain = try model.domain(sourceDomain, option: "--source-domain")
        try check(for: model)
        guard let bytes else {
            guard model.description.needsSource else { return Wire.SourcePicture(domain: domain) }
            throw Failure(.usage, "--source: expected a picture of the head to animate, got none")
        }
        guard model.description.needsSource else {
            throw Failure(
                .usage, "--source: expected none, since this model renders an identity of its own",
                hint: "omit --source")
        }
        let landmarks = try landmarks.map {
            try LandmarkFile.landmarks(InputFile.read($0, as: "--landmarks"), named: "--landmarks")
        }
        let fitting = PictureFile.Fitting(
            model, domain: domain, size: size, keepSize: pasted || landmarks != nil || model.findsFaces(with: crop))
        let picture = try PictureFile(bytes, crop: crop, fitting: fitting, what: "--source")
        var source = Wire.SourcePicture(
            picture: picture.wire, domain: domain, crop: picture.crop.wire,
            landmarks: landmarks?.scaled(by: picture.scale), detail: detail?.wire ?? .unspecified)
        source.apply(size)
        return source
    }

    /// Refuses a size and a way to it that the model does not have.
    private func check(for model: ServedModel) throws {
        let (description, native) = (model.description, model.description.nativeSize)
        if description.fixedSize, size != .native, size != .side(native) {
            throw Failure(
                .usage,
                "--size: the family \(description.family) renders at its native size of \(native) alone, "
                    + "expected that", hint: "omit --size")
        }
        if detail == .flow, !description.flow {
            throw Failure(
                .usage, "--detail flow: the family \(description.family) tells no flow, expected one that does",
                hint: "omit --detail")
        }
        if pasting.paste == .motion, !description.flow {
            throw Failure(
                .usage, "--paste motion: the family \(description.family) tells no flow, expected --paste feather",
                hint: "omit --paste")
        }
    }
}

extension Wire.Landmarks {
    /// The same points of the picture when that is resized.
    func scaled(by scale: (x: Double, y: Double)) -> Wire.Landmarks {
        Wire.Landmarks(
            values: values.enumerated().map { Float(Double($1) * ($0.isMultiple(of: 2) ? scale.x : scale.y)) })
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
