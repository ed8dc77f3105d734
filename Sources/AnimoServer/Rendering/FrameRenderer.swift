import AnimoModel
import AnimoMotion
import AnimoPictures
import AnimoWire
import NIOCore

/// From an admitted job to an encoded picture: the one way for unary calls and live sessions.
///
/// On codec threads but for the engine's own part. Nothing here knows of streams or connections.
struct FrameRenderer: Sendable {
    /// Bytes of a reply besides its picture, generously.
    private static let otherBytes = 8192

    let limits: ServerLimits
    let sources: SourceStore
    let scheduler: Scheduler
    let codecs: CodecPool

    /// - Throws: `RPCError`, `SchedulerError`, `CancellationError`, or what the engine threw.
    func render(_ job: RenderJob) async throws -> EncodedPicture {
        try await codecs.run {
            var (source, times) = try await sources.prepared(job.source, for: job.memory, as: job.context)
            try job.output.check(for: source)
            var driver = try await ready(job, for: source, times: &times)
            if case .session(let motion) = job.motion { driver.breathe(job.output, of: source, at: motion.time) }
            let pixels =
                job.output.pasteBack
                ? source.original.pixels.count : source.side * source.side * (source.hasAlpha ? 4 : 3)
            // The picture and what it is encoded to.
            let memory = try job.memory.reserve(2 * pixels, field: "options")
            let done = try await scheduler.run(
                RenderingWork(source: source, driver: driver.engine, clearsSpecks: !job.output.keepSpecks),
                as: job.context)
            let ((picture, meanAgreement, pasteFold), encoding) = try await timed {
                let composed = try ComposedPicture(
                    done.output.head, of: source, as: job.output, account: job.memory)
                return (try encode(composed.picture, as: job.output), composed.meanAgreement, composed.pasteFold)
            }
            memory.shrink(to: picture.data.count)
            times.add(done)
            times.kept = done.output.head.kept.map(\.rawValue)
            times.encode = encoding.microseconds
            return EncodedPicture(
                picture: picture, source: source, code: done.output.code, driverCrop: driver.crop,
                pose: job.driver.pose, clamped: job.driver.clamped, face: driver.face, shown: driver.shown,
                translationAssumed: driver.translationAssumed, batchSize: done.batchSize,
                meanAgreement: meanAgreement, pasteFold: pasteFold, times: times, memory: memory)
        }
    }

    /// Computes a driver's code and, for a frame, its numbers, without a picture.
    ///
    /// - Returns: the code of one frame, or of each of the model's window.
    func codes(
        of driver: ValidatedDriver, for source: CachedSource, _ output: OutputOptions, memory: MemoryAccount,
        as context: SchedulingContext
    ) async throws -> [DriverCode] {
        try await codecs.run {
            var times = Wire.Times()
            let decoded = try await decode(
                driver, for: source, output, memory: memory, as: context, times: &times)
            return try await codes(of: decoded.engine, by: source.model.engine, as: context, times: &times)
        }
    }

    /// Numbers of a driving picture.
    struct EstimatedFrame: Sendable {
        let numbers: DriverNumbers
        /// Share of the expression that they show, where that is known already.
        var expressed: Expressed?
        /// Place of the aligned frame in the picture as sent.
        var crop: CropTransform?
        let times: Wire.Times
    }

    /// Decodes a driving picture and lets the engine read its numbers.
    func estimate(
        _ picture: DrivingPicture, by engine: Engine, memory: MemoryAccount, as context: SchedulingContext
    ) async throws -> EstimatedFrame {
        try await codecs.run {
            var times = Wire.Times()
            let located = try await locate(picture, in: nil, memory: memory, as: context, times: &times)
            switch located.content {
            case .pose(let pose, let expressed):
                return EstimatedFrame(numbers: .pose(pose), expressed: expressed, times: times)
            case .aligned(let frame, let reader):
                let done = try await scheduler.run(
                    EstimationWork(engine: engine, frame: frame, estimator: reader), as: context)
                times.add(done)
                return EstimatedFrame(numbers: done.output, crop: frame.crop, times: times)
            }
        }
    }
}

// MARK: Drivers

extension FrameRenderer {
    /// A driver that an engine can take.
    private struct ReadyDriver {
        var engine: EngineDriver
        /// Place of the aligned frame in the picture as sent.
        var crop: CropTransform?
        var translationAssumed = false
        /// Seen by a tracker, where one was asked.
        var face: TrackedFace?
        /// Driver after control; nil without it.
        var shown: SessionControl.Shown?

        /// Lets a figure that can breathe do so by the clock, where its driver does not say how.
        mutating func breathe(_ output: OutputOptions, of source: CachedSource, at seconds: Double) {
            guard output.breathsPerMinute > 0, case .codes(var codes) = engine,
                let chest = source.model.engine.breathing
            else { return }
            let depth = TalkingHead3Mapping.breathing(seconds: seconds, perMinute: output.breathsPerMinute)
            for place in codes.indices where codes[place].values.indices.contains(chest) {
                if codes[place].values[chest] == 0 { codes[place].values[chest] = depth }
            }
            engine = .codes(codes)
        }
    }

    private func ready(
        _ job: RenderJob, for source: CachedSource, times: inout Wire.Times
    ) async throws -> ReadyDriver {
        if case .session(let motion) = job.motion, let control = motion.control, !job.driver.isPicture {
            return try await controlled(job, motion, by: control, for: source, times: &times)
        }
        // An obsolete frame is not even decoded; one that is being decoded is finished.
        try await job.precedence?.begin()
        defer { job.precedence?.end() }
        try Task.checkCancellation()
        let engine = source.model.engine
        var driver = ReadyDriver(engine: .codes([]))
        var hasHead = true
        do {
            driver = try await decode(
                job.driver, for: source, job.output, in: job.faces, memory: job.memory, as: job.context, times: &times)
        } catch let error as RPCError where error.reason == .noHead && job.motion.isToldOfLoss {
            hasHead = false
        }
        switch job.motion {
        case .absolute: break
        case .relative(let neutral, let adaptsScale):
            var untold = Wire.Times()
            let rest = try await decode(
                neutral, for: source, job.output, memory: job.memory, as: job.context, times: &untold)
            let neutral = try await codes(of: rest.engine, by: engine, as: job.context, times: &times)
            let own = try await codes(of: driver.engine, by: engine, as: job.context, times: &times)
            guard let neutral = neutral.first else { throw ScheduledWorkError.noOutput }
            driver.engine = .codes(
                try own.map {
                    try engine.model.relative($0, to: neutral, of: source.prepared, adaptsScale: adaptsScale)
                })
        case .session(let motion):
            // Frames are read one after another, so that each knows those before it.
            await motion.turn.begin()
            try Task.checkCancellation()
            let own = try await codes(of: driver.engine, by: engine, as: job.context, times: &times)
            if let control = motion.control {
                driver.shown = try control.pass(hasHead ? own.first : nil, pose: nil, motion, job.output)
                driver.engine = .codes([driver.shown?.code].compactMap { $0 })
                motion.turn.finish()
            } else {
                driver.engine = .codes(try await motion.window(own, for: source, until: job.context.deadline))
            }
        }
        job.precedence?.supersedeOlder()
        return driver
    }

    /// Numbers, or no head, under control. They pass it also where a newer frame came already, so that filters see
    /// every frame.
    private func controlled(
        _ job: RenderJob, _ motion: SessionMotion, by control: SessionControl, for source: CachedSource,
        times: inout Wire.Times
    ) async throws -> ReadyDriver {
        await motion.turn.begin()
        defer { motion.turn.finish() }
        var driver = ReadyDriver(engine: .codes([]))
        if case .noHead = job.driver.content {
            driver.shown = try control.pass(nil, pose: nil, motion, job.output)
        } else {
            driver = try await decode(
                job.driver, for: source, job.output, memory: job.memory, as: job.context, times: &times)
            let code = try await codes(
                of: driver.engine, by: source.model.engine, as: job.context, times: &times
            ).first
            driver.shown = try control.pass(code, pose: job.driver.pose, motion, job.output)
        }
        driver.engine = .codes([driver.shown?.code].compactMap { $0 })
        try Task.checkCancellation()
        job.precedence?.supersedeOlder()
        return driver
    }

    /// Decodes and aligns where there is something to decode; numbers become codes at once.
    private func decode(
        _ driver: ValidatedDriver, for source: CachedSource, _ output: OutputOptions, in faces: FrameFaces? = nil,
        memory: MemoryAccount, as context: SchedulingContext, times: inout Wire.Times
    ) async throws -> ReadyDriver {
        let model = source.model.engine.model
        func driven(_ kind: DriverKind) -> DriverContext {
            DriverContext(
                domain: source.domain, source: source.prepared, kind: kind, translation: output.translation,
                mapping: output.mapping)
        }
        func coded(_ numbers: DriverNumbers, _ kind: DriverKind, _ field: String) throws -> ReadyDriver {
            do {
                let coded = try model.code(of: numbers, in: driven(kind))
                return ReadyDriver(engine: .codes([coded.code]), translationAssumed: coded.translationAssumed)
            } catch {
                throw RPCError(mapping: error, field: field)
            }
        }
        switch driver.content {
        case .window(let codes): return ReadyDriver(engine: .codes(codes))
        case .noHead: throw ScheduledWorkError.noOutput
        case .numbers(let numbers, let kind): return try coded(numbers, kind, "driver")
        case .frame(let picture):
            let located = try await locate(picture, in: faces, memory: memory, as: context, times: &times)
            var ready: ReadyDriver
            switch located.content {
            case .pose(let pose, _): ready = try coded(.pose(pose), .pose, "driver.frame")
            case .aligned(let frame, let reader):
                let kind = DriverKind.frame(reader.domain)
                // The origin of a source's translation does not depend on the numbers.
                let assumed = TranslationRule.translation(
                    source: source.domain, driver: kind, driven: .zero, own: source.prepared.translation,
                    asked: output.translation
                ).assumed
                ready = ReadyDriver(
                    engine: .frame(frame, reader, driven(kind)), crop: frame.crop,
                    translationAssumed: assumed && model.capabilities.takesMotions)
            }
            ready.face = located.face
            return ready
        }
    }

    /// A driver's codes, its frame read by the engine in its turn.
    private func codes(
        of driver: EngineDriver, by engine: Engine, as context: SchedulingContext, times: inout Wire.Times
    ) async throws -> [DriverCode] {
        switch driver {
        case .codes(let codes): return codes
        case .frame(let frame, let estimator, let driven):
            let done = try await scheduler.run(
                EstimationWork(engine: engine, frame: frame, estimator: estimator), as: context)
            times.add(done)
            return [try engine.model.code(of: done.output, in: driven).code]
        }
    }
}

// MARK: Encoding

extension FrameRenderer {
    private func encode(_ picture: Picture, as output: OutputOptions) throws -> Wire.Picture {
        let data = try PictureEncoder.encode(picture, as: output.format, quality: output.quality)
        let most = limits.frameBytes - Self.otherBytes
        guard data.count <= most else {
            throw RPCError(
                .resourceExhausted, .frameTooLong,
                "picture: \(picture.width)×\(picture.height) pixels take \(data.count) bytes as "
                    + "\(output.format.rawValue.uppercased()), expected at most \(most) for one frame",
                field: "options.format", limit: Double(most), actual: Double(data.count))
        }
        let stride: Int
        switch output.format {
        case .rgb8: stride = picture.width * 3
        case .rgba8: stride = picture.width * 4
        default: stride = 0
        }
        return Wire.Picture(
            format: output.format.wire, data: data, width: UInt32(picture.width), height: UInt32(picture.height),
            stride: UInt32(stride))
    }
}

extension Wire.Times {
    /// Adds what one work of the engine took.
    mutating func add<Output>(_ done: Completion<Output>) {
        queue += done.queued.microseconds
        compute += done.computed.microseconds
    }
}
