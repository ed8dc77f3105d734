import AnimoCLI
import AnimoClient
import AnimoConcurrency
import AnimoFiles
import AnimoJobs
import AnimoMotion
import AnimoPictures
import AnimoWire

/// Facts about a job's inputs, found before anything is made.
struct JobInputs: Sendable {
    let run: Run
    let model: ServedModel
    let motion: ModelMotion
    let tools: FFmpegTools?

    /// Probes a driver.
    ///
    /// - Throws: `Failure` 65 where it cannot be read as it is.
    func driver(_ input: DriverInput) async throws -> DriverPlan {
        let asked = run.rate?.rate
        switch input {
        case .picture: return DriverPlan(input: input, rate: .usual, expected: 1, kind: motion.kind)
        case .pictures(_, let names):
            return DriverPlan(input: input, rate: asked ?? .usual, expected: names.count, kind: motion.kind)
        case .recording(let file):
            let rate = asked ?? .usual
            let motion = motion
            let (frames, kind) = try await runBlocking {
                let drivers = try RecordedFile.sampled(file, motion, at: rate)
                return (drivers.count, motion.kind(of: drivers))
            }
            return DriverPlan(input: input, rate: rate, expected: frames, kind: kind)
        case .numbers(let files):
            let motion = motion
            let (frames, kind) = try await runBlocking {
                let drivers = try files.flatMap { try RecordedFile.numbers($0, motion) }
                return (drivers.count, motion.kind(of: drivers))
            }
            return DriverPlan(input: input, rate: asked ?? .usual, expected: frames, kind: kind)
        case .video(let file): return try await video(input, file, asked)
        }
    }

    private func video(_ input: DriverInput, _ file: String, _ asked: FrameRate?) async throws -> DriverPlan {
        guard let tools else { throw Failure(.software, "'\(file)': ffmpeg was not looked for") }
        let probe = try await tools.probe(file)
        var notes: [String] = []
        let rate: FrameRate
        if let asked {
            rate = asked
        } else if let chosen = FrameRate.choose(real: probe.realRate, average: probe.averageRate) {
            rate = chosen.rate
            if chosen.isVariable {
                notes.append("'\(file)': frames at variable times; drawn at \(rate.words) a second")
            }
        } else {
            throw Failure(.badData, "'\(file)': it tells no frame rate", hint: "give one by --rate")
        }
        let decoding = try await tools.decoding(
            file, probe, at: rate, from: run.from?.seconds, to: run.to?.seconds)
        if probe.isHDR { notes.append("'\(file)': HDR, brought to the range of a screen") }
        if let from = run.from?.seconds, let duration = probe.duration, from >= duration {
            throw Failure(.usage, "--from: expected less than the \(Quantity.seconds(duration)) of '\(file)'")
        }
        return DriverPlan(
            input: input, decoding: decoding, rate: rate, expected: decoding.expectedFrames,
            kind: motion.kind, notes: notes)
    }

    /// The kind of head of driving pictures; nil where none drive.
    func drivingDomain(_ input: DriverInput) throws -> Wire.Domain? {
        input.hasPictures ? try model.domain(run.head.drivingDomain, option: "--driving-domain") : nil
    }

    func framing(_ input: DriverInput) throws -> DriverFraming {
        guard let domain = try drivingDomain(input) else {
            return DriverFraming(domain: .unspecified, crop: .none, fitting: nil)
        }
        let fitting = PictureFile.Fitting(model, domain: domain, keepSize: model.findsFaces(with: run.head.drivingCrop))
        return DriverFraming(
            domain: domain, crop: run.head.drivingCrop, fitting: fitting, reader: run.reading.reader,
            face: run.reading.face)
    }

    /// Digest that tells one reading of a driver from another.
    func readingDigest(_ item: JobState.Item, _ plan: DriverPlan) -> String {
        let time = { (time: TimeArgument?) in time.map { "\($0.seconds)" } ?? "" }
        return FileDigest.of(texts: [
            item.drivingDigest, Quantity.hexadecimal(model.description.digest), plan.rate.description,
            time(run.from), time(run.to), "\(run.head.drivingCrop)", run.head.drivingDomain?.rawValue ?? "",
            "\(run.reading.reader)", "\(run.reading.face)", "\(run.mapping.wire)",
        ])
    }

    /// The sound of an item's output; nil for none.
    func sound(_ driver: DriverPlan, _ kind: OutputKind) async throws -> VideoJoining.Sound? {
        guard kind.keepsAudio, let tools else { return nil }
        switch run.audio {
        case .none: return nil
        case .copy:
            guard let decoding = driver.decoding, let codec = decoding.probe.audio else { return nil }
            return VideoJoining.Sound(file: decoding.file, codec: codec, from: decoding.from, to: decoding.to)
        case .file(let file):
            guard let codec = try await tools.audioCodec(file) else {
                throw Failure(.badData, "--audio: '\(file)' has no sound")
            }
            return VideoJoining.Sound(file: file, codec: codec)
        }
    }
}
