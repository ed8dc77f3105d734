/// A motion file of MikuMikuDance (VMD): morphs and bones with keys at frames of a thirtieth of a second.
///
/// Little-endian: 30 bytes that begin `Vocaloid Motion Data 0002`, 20 bytes of the model's name; a count of bone keys
/// of 111 bytes (name 15, frame u32, position 3×f32, quaternion x, y, z, w 4×f32, 64 bytes of curves); a count of morph
/// keys of 23 bytes (name 15, frame u32, weight f32). What follows is not read and may be missing.
package struct VMDMotion: Sendable {
    /// Frames a second.
    package static let rate = 30.0
    /// The longest motion that is read: ten minutes.
    package static let longest = 18_000

    private static let magic = Array("Vocaloid Motion Data 0002".utf8)
    private static let headerSize = 50
    private static let boneSize = 111
    private static let morphSize = 23

    private var morphs: [InputName: VMDTrack<Double>] = [:]
    private var neck = VMDTrack<VMDRotation>()
    private var head = VMDTrack<VMDRotation>()

    /// Number of frames, from frame 0 to the last key.
    package private(set) var frameCount = 1

    /// - Throws: where the bytes are no such file, end within a record, or go on for too long.
    package init(parsing bytes: [UInt8]) throws(PoseError) {
        guard bytes.starts(with: Self.magic), bytes.count >= Self.headerSize else {
            throw PoseError(.malformed, "motion: expected a VMD file, version 0002")
        }
        var bytes = bytes[Self.headerSize...]
        for _ in 0..<(try Self.count(&bytes, size: Self.boneSize)) {
            let record = bytes.prefix(Self.boneSize)
            bytes = bytes.dropFirst(Self.boneSize)
            let frame = Self.frame(of: record)
            guard let rotation = VMDRotation(record.dropFirst(31)) else { continue }
            switch Self.name(of: record) {
            case "首": neck.set(rotation, at: frame)
            case "頭": head.set(rotation, at: frame)
            default: break
            }
        }
        for _ in 0..<(try Self.count(&bytes, size: Self.morphSize)) {
            let record = bytes.prefix(Self.morphSize)
            bytes = bytes.dropFirst(Self.morphSize)
            let frame = Self.frame(of: record)
            let weight = Double(Float(littleEndian: record.dropFirst(19)))
            guard weight.isFinite else { continue }
            morphs[InputName(Self.name(of: record)), default: VMDTrack()].set(weight, at: frame)
        }
        neck.finish()
        head.finish()
        for name in morphs.keys { morphs[name]?.finish() }
        let last = ([neck.last, head.last] + morphs.values.map(\.last)).compactMap { $0 }.max() ?? 0
        guard last <= Self.longest else {
            throw PoseError(.outOfRange, "motion: expected at most \(Self.longest) frames, got one numbered \(last)")
        }
        frameCount = last + 1
    }

    /// Returns the model's state at a frame, morphs by their names in Unicode.
    package func frame(_ index: Int) -> TrackerFrame {
        var frame = TrackerFrame(time: Double(index) / Self.rate)
        for (name, track) in morphs {
            guard let weight = track.value(at: index, mix: { $0 + $2 * ($1 - $0) }) else { continue }
            frame.set(name, weight)
        }
        var rotation = HeadRotation.identity
        for track in [neck, head] {
            guard let value = track.value(at: index, mix: VMDRotation.between) else { continue }
            rotation = rotation * value.head
        }
        let angles = rotation.angles
        frame.setHead(pitch: angles.pitch, yaw: angles.yaw, roll: angles.roll)
        return frame
    }

    /// The count before a list of records, checked against the bytes that are left.
    private static func count(_ bytes: inout ArraySlice<UInt8>, size: Int) throws(PoseError) -> Int {
        guard bytes.count >= 4 else { throw PoseError(.malformed, "motion: expected a count, got the end of the file") }
        let count = Int(UInt32(littleEndian: bytes))
        bytes = bytes.dropFirst(4)
        guard count <= bytes.count / size else {
            throw PoseError(
                .malformed, "motion: expected \(count) records of \(size) bytes, got \(bytes.count) bytes")
        }
        return count
    }

    private static func name(of record: ArraySlice<UInt8>) -> String {
        ShiftJIS.decode(record.prefix(15).prefix { $0 != 0 })
    }

    private static func frame(of record: ArraySlice<UInt8>) -> Int {
        Int(UInt32(littleEndian: record.dropFirst(15)))
    }
}

extension UInt32 {
    /// The number of four bytes; missing ones count 0.
    init(littleEndian bytes: some Collection<UInt8>) {
        self = 0
        for (place, byte) in bytes.prefix(4).enumerated() { self |= UInt32(byte) << (8 * UInt32(place)) }
    }
}

extension Float {
    /// The number of four bytes, IEEE 754; missing ones count 0.
    init(littleEndian bytes: some Collection<UInt8>) { self.init(bitPattern: UInt32(littleEndian: bytes)) }
}
