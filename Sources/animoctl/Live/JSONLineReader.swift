import AnimoCLI
import AnimoFiles
import AnimoMotion
import AnimoWire

/// JSON lines: recorded motion, or a pose on each, an object of names to values or an array; or a motion on each, an
/// array or an object with a `motion`. Empty lines are skipped, and so is a byte order mark.
struct JSONLineReader: DriverReader {
    enum Kind: Sendable { case poses, motions }

    private let kind: Kind
    private var bytes: [UInt8] = []
    private var start = 0
    private var searched = 0
    private var line = 0
    private let longest: Int
    private var recording: RecordingReader
    private(set) var time: Double?

    /// - Parameters:
    ///   - channels: lists of channels that a recording may name, the model's own first.
    ///   - rate: frames a second where no line says its time.
    init(
        _ kind: Kind, longestLine: Int = 1 << 20, channels: [[String]] = [PoseMapping.standardChannels],
        rate: Double = 25
    ) {
        self.kind = kind
        longest = longestLine
        recording = RecordingReader(channels: channels, rate: rate)
    }

    mutating func feed(_ more: ArraySlice<UInt8>) {
        if start > 0 {
            bytes.removeFirst(start)
            searched -= start
            start = 0
        }
        bytes += more
    }

    mutating func next() throws -> StreamDriver? {
        while let end = bytes[searched...].firstIndex(of: 0x0A) {
            let text = bytes[start..<end]
            start = end + 1
            searched = start
            if let driver = try parse(text) { return driver }
        }
        searched = bytes.count
        guard bytes.count - start <= longest else {
            throw Failure(.badData, "line \(line + 1): longer than \(Quantity.bytes(UInt64(longest)))")
        }
        return nil
    }

    /// A last line needs no newline.
    mutating func finish() throws -> [StreamDriver] {
        let text = bytes[start...]
        start = bytes.count
        searched = start
        return try parse(text).map { [$0] } ?? []
    }

    private mutating func parse(_ text: ArraySlice<UInt8>) throws -> StreamDriver? {
        line += 1
        let text = line == 1 ? text.withoutByteOrderMark : text
        guard !text.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { return nil }
        do {
            switch kind {
            case .poses: return try recorded(text)
            case .motions: return .motion(try PoseFile.motion(Array(text), named: "line \(line)"))
            }
        } catch let failure as Failure {
            throw UnreadableDriver(message: failure.message)
        } catch let error as PoseError {
            throw UnreadableDriver(message: error.message)
        }
    }

    private mutating func recorded(_ text: ArraySlice<UInt8>) throws(PoseError) -> StreamDriver? {
        guard let frame = try recording.read(text, number: line) else { return nil }
        time = recording.hasHeader ? frame.time : nil
        switch frame.driver {
        case nil: return StreamDriver.none
        case .pose(let values): return .pose(Wire.Pose(values: values))
        case .motion(let values): return .motion(Wire.Motion(values: values))
        case .named(let named):
            return .pose(Wire.Pose(channels: named.map { Wire.NamedValue(name: $0.name, value: $0.value) }))
        }
    }
}
