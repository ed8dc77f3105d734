import AnimoCLI
import AnimoClient
import AnimoJobs
import AnimoWire

/// Renders one item of a job from its driver's journal, and makes its file.
struct ItemRendering: Sendable {
    let inputs: JobInputs
    let settings: ControlSettings
    let daemon: Daemon
    let folder: JobFolder
    let item: JobPlan.Item
    /// Its number, from 0.
    let index: Int
    let driver: DriverPlan
    let held: HeldSource
    /// SHA-256 of the model that the job began with, in hexadecimal.
    let model: String
    /// Threads of the encoder.
    let threads: Int
    let progress: JobProgress
    let stop: JobStop

    private var run: Run { inputs.run }

    /// - Parameters:
    ///   - frames: of the item.
    ///   - journal: file of the motion that was read from the driver.
    ///   - sound: nil for none.
    ///   - rendering: options of every picture.
    ///   - waiting: frames that other items still take.
    func perform(
        _ frames: Int, journal: String, sound: VideoJoining.Sound?, _ rendering: Wire.DrawOptions,
        waiting: [JobProgress.Stage: Int]
    ) async throws {
        let control = JobControl(
            run: run, settings: settings, model: inputs.model, motion: inputs.motion, daemon: daemon)
        var domain = try inputs.drivingDomain(driver.input)
        if case .recording(let file) = driver.input, RecordedFile.domain(file) == "anime" { domain = .anime }
        let states = try await control.plan(held, journal: journal, rate: driver.rate, drivingDomain: domain)
        let (sink, segments) = try sink(frames)
        var options = rendering
        options.format = sink.format(pixels: try pixels(pasted: rendering.pasteBack))
        warnOfDisk(frames)
        let stage = RenderStage(
            daemon: daemon, held: held, options: options, relative: control.relative(states), model: model,
            label: item.output, progress: progress, stop: stop)
        let present = (0..<frames).count { sink.has($0) }
        progress.begin(
            .rendering, item: index + 1, label: item.label, done: present, total: frames, waiting: waiting)
        try await stage.render(frames, into: sink) { try MotionStates(states, journal: journal) }
        if let segments { try await join(segments, frames, sound) }
    }

    /// Destination of the frames, and the same as segments where they are those of a video.
    private func sink(_ frames: Int) throws -> (any FrameSink, SegmentSink?) {
        if item.kind.isPictures {
            if item.isSequence { try DurableFile.makeFolder(item.output) }
            return (PictureSink(item: item), nil)
        }
        guard let tools = inputs.tools else { throw Failure(.software, "ffmpeg was not looked for") }
        let encoding = VideoEncoding(
            kind: item.kind, hasAlpha: run.keepsAlpha(item.kind), rate: driver.rate, threads: threads)
        let segments = try SegmentSink(Segments(frames: frames), of: index, in: folder, encoding, tools) {
            [progress, item] in progress.warn("\(item.output): \($0)")
        }
        return (segments, segments)
    }

    private func join(_ sink: SegmentSink, _ frames: Int, _ sound: VideoJoining.Sound?) async throws {
        guard let tools = inputs.tools else { throw Failure(.software, "ffmpeg was not looked for") }
        let place = folder.segments(of: index)
        let joining = VideoJoining(kind: item.kind, sound: sound, hasAlpha: run.keepsAlpha(item.kind))
        if joining.encodesSound, let sound {
            progress.warn("\(item.output): \(item.kind.rawValue) takes no \(sound.codec); its sound is encoded anew")
        }
        try await SegmentJoining(
            joining: joining, segments: Segments(frames: frames), rate: driver.rate, folder: place, tools: tools
        ).join(sink.files, to: item.output)
        DurableFile.removeFolder(place)
    }

    private func pixels(pasted: Bool) throws -> Int {
        let prepared = held.prepared
        guard pasted, let data = held.request.source?.picture?.data else {
            return Int(prepared.width) * Int(prepared.height)
        }
        return try PictureFile.pixels(of: data)
    }

    private func warnOfDisk(_ frames: Int) {
        let pixels = Double(held.prepared.width) * Double(held.prepared.height)
        let perPixel = item.kind.isPictures || run.keepsAlpha(item.kind) ? 1.0 : 0.15
        let estimate = pixels * Double(frames) * perPixel
        guard let free = DurableFile.freeBytes(at: folder.path), free < 2 * estimate else { return }
        progress.warn(
            "\(item.output): about \(Quantity.bytes(UInt64(estimate))) to write, "
                + "\(Quantity.bytes(UInt64(max(0, free)))) are free")
    }
}
