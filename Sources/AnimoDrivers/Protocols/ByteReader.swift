/// Takes numbers off the front of a datagram, each after a check that it is there.
struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    /// Index of the next byte in the datagram's slice.
    private(set) var position: Int

    /// Begins at the first byte of the slice.
    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// Number of bytes left.
    var remaining: Int { bytes.endIndex - position }

    /// The next `count` bytes.
    ///
    /// - Throws: `truncated` where fewer are left.
    mutating func take(_ count: Int) throws(DatagramError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else {
            throw DatagramError(.truncated, "expected \(count) bytes, got \(remaining)")
        }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// Passes over `count` bytes.
    mutating func skip(_ count: Int) throws(DatagramError) { _ = try take(count) }

    /// The next byte.
    mutating func byte() throws(DatagramError) -> UInt8 { try integer(isLittleEndian: false) }

    /// The next unsigned integer, of the bytes of its type.
    mutating func integer<Number: FixedWidthInteger & UnsignedInteger>(
        isLittleEndian: Bool
    ) throws(DatagramError) -> Number {
        let bytes = try take(Number.bitWidth / 8)
        var number: Number = 0
        for byte in isLittleEndian ? Array(bytes.reversed()) : Array(bytes) {
            number = Number.bitWidth > 8 ? number << 8 | Number(byte) : Number(byte)
        }
        return number
    }

    /// The next number of single precision (IEEE 754).
    mutating func float(isLittleEndian: Bool) throws(DatagramError) -> Double {
        Double(Float(bitPattern: try integer(isLittleEndian: isLittleEndian)))
    }

    /// The next number of double precision (IEEE 754).
    mutating func double(isLittleEndian: Bool) throws(DatagramError) -> Double {
        Double(bitPattern: try integer(isLittleEndian: isLittleEndian))
    }
}
