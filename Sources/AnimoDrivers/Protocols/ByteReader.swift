/// Takes numbers off the front of a datagram, each after a check that it is there.
struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    private(set) var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    var remaining: Int { bytes.endIndex - position }

    mutating func take(_ count: Int) throws(DatagramError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else {
            throw DatagramError(.truncated, "expected \(count) bytes, got \(remaining)")
        }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func skip(_ count: Int) throws(DatagramError) { _ = try take(count) }

    mutating func byte() throws(DatagramError) -> UInt8 { try integer(isLittleEndian: false) }

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

    mutating func float(isLittleEndian: Bool) throws(DatagramError) -> Double {
        Double(Float(bitPattern: try integer(isLittleEndian: isLittleEndian)))
    }

    mutating func double(isLittleEndian: Bool) throws(DatagramError) -> Double {
        Double(bitPattern: try integer(isLittleEndian: isLittleEndian))
    }
}
