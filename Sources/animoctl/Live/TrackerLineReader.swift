import AnimoDrivers
import AnimoMotion
import AnimoWire

/// JSON lines of ARKit's names, as ``ARKitLine`` reads them. Empty lines are skipped.
struct TrackerLineReader: DriverReader {
    private static let longest = 1 << 20

    private var mapping: TrackerMapping
    private var tracker = TrackerReader(.arkit)
    private var bytes: [UInt8] = []
    private var line = 0
    private var first: Double?
    private(set) var time: Double?

    init(mapping: TrackerMapping) { self.mapping = mapping }

    mutating func feed(_ more: ArraySlice<UInt8>) { bytes += more }

    mutating func next() throws -> StreamDriver? {
        while let end = bytes.firstIndex(of: 0x0A) {
            let text = Array(bytes[..<end])
            bytes.removeFirst(end + 1)
            if let driver = try driver(text) { return driver }
        }
        guard bytes.count <= Self.longest else { throw Failure(.badData, "line \(line + 1): longer than 1 MiB") }
        return nil
    }

    mutating func finish() throws -> [StreamDriver] {
        let text = bytes
        bytes = []
        return try driver(text).map { [$0] } ?? []
    }

    private mutating func driver(_ text: [UInt8]) throws -> StreamDriver? {
        line += 1
        guard !text.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { return nil }
        do {
            guard let frame = try tracker.take(text[...]) else { return nil }
            if let seconds = frame.time {
                first = first ?? seconds
                time = max(time ?? 0, seconds - (first ?? 0))
            }
            guard let pose = try mapping.pose(frame, by: tracker.table) else { return StreamDriver.none }
            return .pose(Wire.Pose(values: pose))
        } catch {
            throw UnreadableDriver(message: "line \(line): \(error)")
        }
    }
}
