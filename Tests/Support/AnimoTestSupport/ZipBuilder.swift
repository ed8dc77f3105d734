import CZlib

/// Writes ZIP archives of stored and deflated members, and ones that lie.
package struct ZipBuilder: Sendable {
    package struct Member: Sendable {
        package var name: String
        package var bytes: [UInt8]
        package var isDeflated: Bool
        /// Size that the directory says instead of the truth.
        package var claimedSize: Int?
        package var claimedChecksum: UInt32?
        package var flags: UInt16 = 0
        package var method: UInt16?

        package init(_ name: String, _ bytes: [UInt8], isDeflated: Bool = false) {
            (self.name, self.bytes, self.isDeflated) = (name, bytes, isDeflated)
        }
    }

    package var members: [Member]
    /// Bytes before the first member.
    package var padding: [UInt8] = []

    package init(_ members: [Member]) { self.members = members }

    package var archive: [UInt8] {
        var file = padding
        var directory: [UInt8] = []
        for member in members {
            let start = UInt32(file.count)
            let packed = member.isDeflated ? Self.deflated(member.bytes) : member.bytes
            let checksum = member.claimedChecksum ?? Self.checksum(member.bytes)
            let size = UInt32(member.claimedSize ?? member.bytes.count)
            let name = Array(member.name.utf8)
            let facts =
                littleEndian(member.flags) + littleEndian(member.method ?? (member.isDeflated ? 8 : 0)) + [0, 0, 0, 0]
                + littleEndian(checksum) + littleEndian(UInt32(packed.count)) + littleEndian(size)
                + littleEndian(UInt16(name.count)) + [0, 0]
            file += littleEndian(UInt32(0x0403_4b50)) + [20, 0] + facts + name + packed
            directory += littleEndian(UInt32(0x0201_4b50)) + [20, 0, 20, 0] + facts
            directory += [UInt8](repeating: 0, count: 10) + littleEndian(start) + name
        }
        let start = UInt32(file.count)
        let count = littleEndian(UInt16(members.count))
        file += directory + littleEndian(UInt32(0x0605_4b50)) + [0, 0, 0, 0] + count + count
        return file + littleEndian(UInt32(directory.count)) + littleEndian(start) + [0, 0]
    }

    /// CRC-32 of `bytes`.
    package static func checksum(_ bytes: [UInt8]) -> UInt32 {
        UInt32(truncatingIfNeeded: bytes.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) })
    }

    /// Raw deflate data of `bytes` (RFC 1951).
    package static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        guard deflateInit2_(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK else {
            return []
        }
        defer { deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
        let room = output.count
        return input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                (stream.next_in, stream.avail_in) = (input.baseAddress, UInt32(input.count))
                (stream.next_out, stream.avail_out) = (output.baseAddress, UInt32(room))
                _ = deflate(&stream, Z_FINISH)
                return Array(output.prefix(room - Int(stream.avail_out)))
            }
        }
    }
}
