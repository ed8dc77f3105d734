import AnimoCLI
import AnimoMotion
import AnimoWire

/// A MikuMikuDance motion file, read to its end before its first frame.
struct VMDReader: DriverReader {
    private static let largest = 64 << 20

    private var mapping: TrackerMapping
    private var bytes: [UInt8] = []
    private var motion: VMDMotion?
    private var given = 0
    private(set) var time: Double?

    init(mapping: TrackerMapping) { self.mapping = mapping }

    var framesPerSecond: (frames: Int, seconds: Int)? { (Int(VMDMotion.rate), 1) }

    mutating func feed(_ more: ArraySlice<UInt8>) { bytes += more }

    mutating func next() throws -> StreamDriver? {
        guard let motion else {
            guard bytes.count <= Self.largest else {
                throw Failure(.badData, "the motion file is larger than \(Quantity.bytes(UInt64(Self.largest)))")
            }
            return nil
        }
        guard given < motion.frameCount else { return nil }
        let frame = motion.frame(given)
        given += 1
        time = frame.time
        guard let pose = try mapping.pose(frame, by: .mmd) else { return StreamDriver.none }
        return .pose(Wire.Pose(values: pose))
    }

    mutating func finish() throws -> [StreamDriver] {
        motion = try VMDMotion(parsing: bytes)
        bytes = []
        return try next().map { [$0] } ?? []
    }
}
