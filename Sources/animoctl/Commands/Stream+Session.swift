import AnimoCLI
import AnimoClient
import AnimoDrivers
import AnimoMotion
import AnimoPictures
import AnimoVideo
import AnimoWire

/// Meaning of a stream's options: how its session is opened, where its drivers are from, what is written down.
extension Stream {
    /// Whether newer frames replace older ones. Trackers and cameras are live.
    var isLatest: Bool {
        (policy ?? (rate == nil && listener == nil ? .queue : .latest)) == .latest
    }

    /// Address at which the tracker's datagrams come in; nil where drivers come on standard input.
    var listener: TrackerListener.Configuration? {
        input.tracker.flatMap { tracker.configuration(for: $0) }
    }

    /// Strength of smoothing where none was asked for: trackers and cameras tremble, files are as they shall be.
    var usualSmoothing: Double { listener != nil || (isLatest && input.hasPictures) ? 1 : 0 }

    func settings() throws -> ControlSettings {
        var settings = try control.profile.map { try ProfileFile(named: $0).read() } ?? ControlSettings()
        settings.merge(try control.settings(isRelative: relative))
        return settings
    }

    func open(
        _ model: ServedModel, _ daemon: Daemon, _ held: HeldSource, _ ahead: [(number: Int, driver: StreamDriver)]?,
        _ settings: ControlSettings
    ) async throws -> Wire.AnimateOpen {
        let groups = model.controlGroups
        let isControlled =
            settings.asksForControl || control.calibrate != nil || (input.tracker != nil && !groups.isEmpty)
        var options = Wire.DrawOptions(
            format: output.wire, outOfRange: outOfRange == .refuse ? .refuse : .clamp,
            mapping: input.takesTable
                ? .unspecified : mapping.flatMap { MappingArgument(argument: $0) }?.wire ?? .unspecified)
        try ground.apply(to: &options)
        source.pasting.apply(to: &options, over: ground)
        options.breathsPerMinute = breaths ?? (usualSmoothing > 0 && model.breathes ? 20 : 0)
        var open = Wire.AnimateOpen(
            policy: isLatest ? .latest : .queue, window: window ?? (lookahead > 0 ? lookahead + 4 : 0),
            options: options, lookahead: lookahead)
        // Models without relative motion of their own have it under control.
        if isControlled || (relative && !groups.isEmpty && !model.description.relative) {
            open.control = settings.control(groups: groups, smoothing: usualSmoothing)
            open.relative = settings.relative(adaptScale: adaptScale)
        } else {
            open.relative = try await relative(model, daemon, held, ahead)
        }
        return open
    }

    func streamInput(
        _ model: ServedModel, _ rules: MappingRules?, _ ahead: ReadAhead?, tellsLostHead: Bool
    ) throws -> any StreamInput {
        if let listener {
            return TrackerInput(
                listener, mapping: try TrackerMapping(rules, channels: model.channelNames),
                tellsLostHead: tellsLostHead)
        }
        return PipeInput(
            makeReader: { try ahead ?? reader(model, rules) }, framing: try framing(model), isLive: isLatest)
    }

    func recorder(_ model: ServedModel, _ rules: MappingRules?) throws -> MotionRecorder? {
        guard let record else { return nil }
        var origin = [("input", input.rawValue)]
        if let rules { origin.append(("table", rules.name)) }
        return try MotionRecorder(
            path: record, channels: model.description.channels.map(\.name),
            origin: origin + [("application", "animoctl \(programVersion)")])
    }

    /// A profile that cannot be kept is no reason to fail: everything was rendered.
    func keep(_ settings: ControlSettings, in profile: ProfileFile) {
        do { try profile.write(settings) } catch {
            Terminal.note("animoctl: \(Failure(any: error)?.message ?? "the profile could not be kept")")
        }
    }

    /// The frames to look for the best start in; nil where the first is taken for it.
    func readAhead() async throws -> ReadAhead? {
        guard let bestStart else { return nil }
        return try await ReadAhead.first(bestStart, of: try pictureReader())
    }

    func relative(
        _ model: ServedModel, _ daemon: Daemon, _ held: HeldSource, _ frames: [(number: Int, driver: StreamDriver)]?
    ) async throws -> Wire.Relative? {
        guard relative else { return nil }
        guard let frames, let picture = held.request.source else { return Wire.Relative(adaptScale: adaptScale) }
        let source = Wire.DrivingFrame(
            picture: picture.picture, domain: picture.domain, crop: picture.crop, landmarks: picture.landmarks)
        let framing = try framing(model)
        // A frame that cannot be sent is reported in its place.
        let candidates = frames.compactMap { frame in
            (try? framing.wire(frame.driver)).flatMap { $0 }.map { (number: frame.number, driver: $0) }
        }
        let neutral = try await BestStart(daemon: daemon, model: model).choose(
            candidates, for: Wire.Driver(kind: .frame(source)))
        return Wire.Relative(neutral: neutral, adaptScale: adaptScale)
    }

    func reader(_ model: ServedModel, _ rules: MappingRules?) throws -> any DriverReader {
        switch input {
        case .mjpeg, .rgb24, .y4m: return try pictureReader()
        case .motions: return MotionReader()
        case .vmd: return VMDReader(mapping: try TrackerMapping(rules))
        case .poses:
            let channels = model.description.channels.map(\.name)
            return JSONLineReader(.poses, channels: [channels, PoseMapping.standardChannels], rate: rate ?? 25)
        case .openseeface, .ifacialmocap, .facemotion3d, .vmc, .livelinkface, .arkit:
            return TrackerLineReader(mapping: try TrackerMapping(rules, channels: model.channelNames))
        }
    }

    func pictureReader() throws -> any DriverReader {
        switch input {
        case .rgb24:
            let size = inputSize ?? Dimensions(width: 1, height: 1)
            return PictureFrames(try RawSplitter(width: size.width, height: size.height))
        case .y4m: return PictureFrames(Y4MReader())
        default: return MJPEGFrames()
        }
    }

    /// The domain of the driving frames is resolved once, before the first.
    func framing(_ model: ServedModel) throws -> DriverFraming {
        guard input.hasPictures else { return DriverFraming(domain: .unspecified, crop: .none, fitting: nil) }
        let domain = try model.domain(head.drivingDomain, option: "--driving-domain")
        let fitting = PictureFile.Fitting(model, domain: domain, keepSize: model.findsFaces(with: head.drivingCrop))
        return DriverFraming(domain: domain, crop: head.drivingCrop, fitting: fitting, reader: frameReader)
    }
}

extension Stream.Input {
    /// Whether a mapping table makes poses of what comes in.
    var takesTable: Bool { tracker != nil || self == .vmd }
}

extension ServedModel {
    /// Whether its figures have a chest that moves.
    var breathes: Bool { channelNames.contains("breathing") }

    /// The groups that control of this model can tell apart.
    var controlGroups: [ControlGroup] { description.groups.compactMap { ControlGroup(rawValue: $0) } }
}
