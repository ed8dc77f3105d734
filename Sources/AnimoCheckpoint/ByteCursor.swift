/// A place in a run of bytes from which little-endian numbers are taken one after the other.
///
/// Every step is checked against the end, so no length read from a file can lead outside it.
struct ByteCursor {
    /// The whole run, valid as long as the cursor is used.
    let bytes: UnsafeRawBufferPointer
    /// Offset of the next byte.
    private(set) var position: Int
    /// Name of the structure being read, for messages.
    let what: String

    /// - Parameter position: offset to begin at, held within the run.
    init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0, reading what: String) {
        self.bytes = bytes
        self.position = min(max(position, 0), bytes.count)
        self.what = what
    }

    /// Number of bytes left.
    var remaining: Int { bytes.count - position }

    /// Passes over `count` bytes.
    ///
    /// - Throws: `truncated` where fewer are left.
    mutating func skip(_ count: Int) throws(CheckpointError) { _ = try take(count) }

    /// The next `count` bytes.
    mutating func take(_ count: Int) throws(CheckpointError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else {
            throw CheckpointError(
                .truncated, "\(what): expected \(count) more bytes at byte \(position), got \(remaining)")
        }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    /// The next byte.
    mutating func byte() throws(CheckpointError) -> UInt8 { try integer(UInt8.self) }

    /// The next little-endian integer, of the bytes of its type.
    mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) throws(CheckpointError) -> T {
        T(littleEndian: try take(MemoryLayout<T>.size).loadUnaligned(as: T.self))
    }

    /// A length or offset of 64 bits, refused where it cannot be one.
    mutating func length() throws(CheckpointError) -> Int {
        let value = try integer(UInt64.self)
        guard let length = Int(exactly: value) else {
            throw CheckpointError(.malformed, "\(what): expected a possible length, got \(value)")
        }
        return length
    }

    /// Bytes up to and without the next line feed.
    mutating func line(limit: Int) throws(CheckpointError) -> UnsafeRawBufferPointer {
        var end = position
        while end < bytes.count, end - position <= limit, bytes[end] != 0x0a { end += 1 }
        guard end < bytes.count, end - position <= limit else {
            throw CheckpointError(.truncated, "\(what): expected a line feed within \(limit) bytes")
        }
        let line = try take(end - position)
        position += 1
        return line
    }
}
