import AnimoCLI
import AnimoClient
import AnimoConcurrency
import AnimoJobs
import AnimoMotion
import AnimoPictures
import AnimoWire

/// A driver as it will be read: what it is, at which rate, and how much of it there is.
struct DriverPlan: Sendable {
    let input: DriverInput
    /// Of a video.
    var decoding: VideoDecoding?
    let rate: FrameRate
    /// Frames that are expected; nil where nobody knows.
    let expected: Int?
    /// What its journal holds.
    let kind: RecordingWriter.Kind
    /// Things to say once.
    var notes: [String] = []
}

/// The first stage: a driver becomes recorded motion, a line a frame, once for all sources.
struct DriverReading: Sendable {
    let plan: DriverPlan
    let motion: ModelMotion
    let model: ServedModel
    let daemon: Daemon
    let framing: DriverFraming
    let mapping: Wire.ExpressionMapping
    /// Frames that are read at the same time.
    let together: Int
    let tools: FFmpegTools?
    let progress: JobProgress

    /// A frame of the driver.
    private enum Frame: Sendable {
        case picture(StreamDriver)
        case numbers(RecordedDriver?)

        static func same(_ a: Frame, _ b: Frame) -> Bool {
            switch (a, b) {
            case (.picture(let a), .picture(let b)): a == b
            case (.numbers(let a), .numbers(let b)): a == b
            default: false
            }
        }
    }

    private enum Line: Sendable {
        case read([Float]?)
        /// As the frame before.
        case same
    }

    /// The first line of its journal.
    static func header(_ plan: DriverPlan, _ motion: ModelMotion, domain: Wire.Domain?) -> String {
        var origin = [("application", "animoctl \(programVersion)")]
        if let domain { origin.insert(("domain", domain.word), at: 0) }
        return RecordingWriter(plan.kind, channels: motion.channels, origin: origin).header
    }

    /// Reads on from where the journal ends.
    func run(into journal: MotionJournal) async throws -> JobState.Reading {
        let source = try await FrameSource(plan, motion, tools)
        let writer = RecordingWriter(plan.kind, channels: motion.channels)
        let known = journal.frames
        var number = 0
        var previous: Frame?
        var last = Self.numbers(ofLine: journal.last)
        var lines: [Int: Line] = [:]
        var next = known
        func flush() async throws {
            while let line = lines.removeValue(forKey: next) {
                if case .read(let numbers) = line { last = numbers }
                let (numbers, number) = (last, next)
                try await runBlocking { [plan] in
                    try journal.append(writer.line(time: plan.rate.time(of: number), numbers: numbers))
                }
                next += 1
                progress.advance(missing: last == nil)
            }
        }
        try await withThrowingTaskGroup(of: (Int, Line).self) { group in
            var underWay = 0
            func settle() async throws {
                guard let (number, line) = try await group.next() else { return }
                underWay -= 1
                lines[number] = line
                try await flush()
            }
            while let frame = try await source.next() {
                defer {
                    previous = frame
                    number += 1
                }
                guard number >= known else { continue }
                if let previous, Frame.same(frame, previous) {
                    lines[number] = .same
                    try await flush()
                    // Frames that repeat one which is still being read wait with it, and not too many.
                    while lines.count > 4096, underWay > 0 { try await settle() }
                    continue
                }
                while underWay >= together { try await settle() }
                underWay += 1
                let place = number
                group.addTask { (place, .read(try await read(frame, place))) }
            }
            while underWay > 0 { try await settle() }
        }
        let outcome = try await source.finish(after: number)
        try await runBlocking { try journal.sync() }
        return JobState.Reading(frames: journal.frames, missing: journal.missing, damage: outcome)
    }

    private func read(_ frame: Frame, _ number: Int) async throws -> [Float]? {
        let driver: Wire.Driver
        switch frame {
        case .numbers(nil): return nil
        case .numbers(let recorded?):
            if let numbers = try motion.numbers(recorded, as: plan.kind) { return numbers }
            guard plan.kind == motion.kind else {
                throw Failure(.badData, "frame \(number + 1): expected a pose as in the frames before, got a motion")
            }
            driver = motion.wire(recorded)
        case .picture(let picture):
            let framing = framing
            guard let framed = try await runBlocking({ try framing.wire(picture) }) else { return nil }
            driver = framed
        }
        do {
            let reply = try await daemon.client.retarget(
                Wire.RetargetRequest(model: model.name, driver: driver, mapping: mapping, priority: .batch),
                timeout: daemon.timeout)
            guard let numbers = motion.numbers(reply) else {
                throw Failure(.badData, "frame \(number + 1): this model makes no motion of it")
            }
            return numbers
        } catch let error as RPCError where error.reason == .noHead {
            return nil
        } catch let error as RPCError where error.code == .invalidArgument {
            throw Failure(.badData, "frame \(number + 1): \(error.message)")
        }
    }

    private static func numbers(ofLine line: String?) -> [Float]? {
        guard let line, let open = line.firstIndex(of: "["), let close = line.lastIndex(of: "]"), open < close else {
            return nil
        }
        return line[line.index(after: open)..<close].split(separator: ",").compactMap {
            Float($0.filter { $0 != " " })
        }
    }
}

extension DriverReading {
    /// The frames of a driver, one after another.
    private final class FrameSource: Sendable {
        private enum Kind: Sendable {
            case video(VideoReader, VideoDecoding)
            case files(AsyncCursor<String>)
            case recorded(AsyncCursor<RecordedDriver?>)
        }

        private let kind: Kind

        init(_ plan: DriverPlan, _ motion: ModelMotion, _ tools: FFmpegTools?) async throws {
            switch plan.input {
            case .video(let file):
                guard let decoding = plan.decoding, let tools else {
                    throw Failure(.software, "'\(file)' was not looked at")
                }
                kind = .video(try await VideoReader(decoding, tools), decoding)
            case .picture(let file): kind = .files(AsyncCursor([file]))
            case .pictures(let folder, let names): kind = .files(AsyncCursor(names.map { folder + "/" + $0 }))
            case .recording(let file):
                kind = .recorded(
                    AsyncCursor(try await runBlocking { try RecordedFile.sampled(file, motion, at: plan.rate) }))
            case .numbers(let files):
                kind = .recorded(
                    AsyncCursor(try await runBlocking { try files.flatMap { try RecordedFile.numbers($0, motion) } }))
            }
        }

        func next() async throws -> Frame? {
            switch kind {
            case .video(let reader, let decoding):
                guard let bytes = try await reader.next() else { return nil }
                let picture = Picture(
                    width: decoding.size.width, height: decoding.size.height,
                    layout: decoding.channels == 4 ? .rgba : .rgb, pixels: bytes)
                return .picture(.picture(picture.layout == .rgb ? picture : picture.overWhite()))
            case .files(let cursor):
                guard let file = cursor.next() else { return nil }
                return try await runBlocking {
                    let bytes = try InputFile.read(file, as: "--driving")
                    guard let format = PictureDecoder.format(of: bytes) else {
                        throw Failure(.badData, "'\(file)': expected a PNG or JPEG picture")
                    }
                    if format == .jpeg { return .picture(.jpeg(bytes)) }
                    let picture = try PictureDecoder.decode(bytes, limits: PictureFile.Fitting.limits)
                    return .picture(.picture(picture.overWhite()))
                }
            case .recorded(let cursor): return cursor.next().map { .numbers($0) }
            }
        }

        /// Why not all came; nil where all did.
        func finish(after frames: Int) async throws -> String? {
            guard case .video(let reader, _) = kind else {
                guard frames > 0 else { throw Failure(.badData, "the driver has no frame") }
                return nil
            }
            return try await reader.finish(after: frames).damage
        }
    }
}
