import AnimoCLI
import AnimoClient
import AnimoConcurrency
import AnimoJobs
import AnimoMotion
import AnimoWire

/// Plan of reading a driver: its kind, rate and length.
struct DriverPlan: Sendable {
    let input: DriverInput
    /// Decoding of a video; nil for other drivers.
    var decoding: VideoDecoding?
    let rate: FrameRate
    /// Frames that are expected; nil where unknown.
    let expected: Int?
    /// Kind of driver in its journal.
    let kind: RecordingWriter.Kind
    /// Notes to report once.
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
        let film = try await FilmSquare(of: self)
        let source = try await DriverFrames(plan, motion, tools)
        let writer = RecordingWriter(plan.kind, channels: motion.channels)
        let known = journal.frames
        var number = 0
        var previous: DriverFrame?
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
                if let previous, DriverFrame.same(frame, previous) {
                    lines[number] = .same
                    try await flush()
                    // Frames that repeat one which is still being read wait with it, and not too many.
                    while lines.count > 4096, underWay > 0 { try await settle() }
                    continue
                }
                while underWay >= together { try await settle() }
                underWay += 1
                let place = number
                group.addTask { (place, .read(try await read(frame, place, film))) }
            }
            while underWay > 0 { try await settle() }
        }
        let outcome = try await source.finish(after: number)
        try await runBlocking { try journal.sync() }
        return JobState.Reading(frames: journal.frames, missing: journal.missing, damage: outcome)
    }

    private func read(_ frame: DriverFrame, _ number: Int, _ film: FilmSquare?) async throws -> [Float]? {
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
            guard var framed = try await runBlocking({ try framing.wire(picture) }) else { return nil }
            film?.place(&framed, number)
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
