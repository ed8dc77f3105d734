import AnimoCLI
import AnimoFiles
import AnimoJSON
import AnimoJobs
import AnimoModelFile
import AnimoMotion
import Foundation
import Synchronization

/// Files of motion as drivers of a job.
enum RecordedFile {
    /// More frames than a recording of a day has.
    private static let largest = 10_000_000

    /// A recording at a rate: at every frame's time what was recorded last. Lines without times are a frame each.
    static func sampled(_ file: String, _ motion: ModelMotion, at rate: FrameRate) throws -> [RecordedDriver?] {
        var lines = try LineReader(file)
        var reader = motion.reader(rate: rate.value)
        var frames: [RecordedFrame] = []
        var number = 0
        do {
            while let line = try lines.nextOrRest() {
                number += 1
                let text = Array(line.utf8)
                let bytes = number == 1 ? text.withoutByteOrderMark : text[...]
                if let frame = try reader.read(bytes, number: number) { frames.append(frame) }
                guard frames.count <= largest else { throw Failure(.badData, "'\(file)': more than \(largest) frames") }
            }
        } catch let error as PoseError {
            throw Failure(.badData, "'\(file)': \(error.message)")
        }
        guard let end = frames.last?.time else { throw Failure(.badData, "'\(file)': expected motion, got no frame") }
        guard reader.hasHeader else { return frames.map(\.driver) }
        // Half a microsecond: times are written to the microsecond.
        let slack = 0.5e-6
        let count = Int(((end + slack) * rate.value).rounded(.down)) + 1
        guard count <= largest else { throw Failure(.badData, "'\(file)': more than \(largest) frames at this rate") }
        var place = 0
        return (0..<count).map { frame in
            let time = rate.time(of: frame) + slack
            while place + 1 < frames.count, frames[place + 1].time <= time { place += 1 }
            return frames[place].driver
        }
    }

    /// One file of JSON, NPY or MAT: one pose or motion, or many.
    static func numbers(_ file: String, _ motion: ModelMotion) throws -> [RecordedDriver?] {
        let bytes = try InputFile.read(file, as: "--driving")
        do {
            if let kind = FileKind(bytes), kind != .json {
                return try NumberFile.rows(bytes).map { row in
                    row.count == Pose.count && motion.codeCount != Pose.count ? .pose(row) : .motion(row)
                }
            }
            return try DriverFile.sequence(bytes, mapping: motion.mapping).map { item in
                switch item {
                case .pose(let pose): .pose(pose.values)
                case .motion(let motion): .motion(motion.values)
                }
            }
        } catch {
            throw Failure(any: error).map { Failure($0.status, "'\(file)': \($0.message)") } ?? error
        }
    }

    /// The kind of head that a recording says it was read of; nil where it says none.
    static func domain(_ file: String) -> String? {
        guard var lines = try? LineReader(file), let line = try? lines.next(),
            let header = try? JSONValue(parsing: line.utf8), header.objectValue?["animo_motion"] != nil
        else { return nil }
        return header.objectValue?["from"]?.objectValue?["domain"]?.stringValue
    }
}

/// Values that are taken one after another, by one task.
final class AsyncCursor<Value: Sendable>: Sendable {
    private let values: [Value]
    private let place = Mutex(0)

    init(_ values: [Value]) { self.values = values }

    func next() -> Value? {
        place.withLock { place in
            guard place < values.count else { return nil }
            defer { place += 1 }
            return values[place]
        }
    }
}
