import AnimoJSON
import CZlib

extension ZipDirectory {
    /// The contents of an entry, stored or deflated, its length and CRC-32 compared with the directory's.
    ///
    /// - Parameters:
    ///   - raw: the archive this directory was read from.
    ///   - limit: the most bytes the entry may have; compared with the directory before anything is unpacked, and
    ///     the directory's size with what comes while it is unpacked.
    func contents(
        of name: String, in raw: UnsafeRawBufferPointer, limit: Int
    ) throws(CheckpointError) -> [UInt8]? {
        guard let entry = entries[name] else { return nil }
        let label = name.shortForMessage
        guard !entry.isEncrypted else { throw CheckpointError(.unsupported, "\(label): expected no encryption") }
        guard entry.size <= limit else {
            throw CheckpointError(
                .tooLarge, "\(label): expected at most \(limit) bytes, got \(entry.size) by the archive's directory")
        }
        let packed = UnsafeRawBufferPointer(rebasing: raw[entry.data])
        let contents: [UInt8]
        switch entry.method {
        case 0: contents = Array(packed)
        case 8: contents = try Self.inflate(packed, size: entry.size, label: label)
        default:
            throw CheckpointError(
                .unsupported, "\(label): expected a stored or deflated member, got method \(entry.method)")
        }
        guard contents.count == entry.size else {
            throw CheckpointError(
                .malformed, "\(label): expected \(entry.size) bytes as the directory says, got \(contents.count)")
        }
        let checksum = contents.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) }
        guard checksum == UInt(entry.checksum) else {
            throw CheckpointError(.malformed, "\(label): its contents do not match their checksum (CRC-32)")
        }
        return contents
    }

    /// Unpacks raw deflate data (RFC 1951), at most `size` bytes of it.
    ///
    /// The room grows with what comes, so that a directory's claim alone allocates nothing.
    private static func inflate(
        _ packed: UnsafeRawBufferPointer, size: Int, label: String
    ) throws(CheckpointError) -> [UInt8] {
        guard let input = UInt32(exactly: packed.count) else {
            throw CheckpointError(.tooLarge, "\(label): expected less than 4 GiB of compressed data")
        }
        var stream = z_stream()
        // Negative window bits: no zlib header around the data.
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw CheckpointError(.unreadable, "\(label): zlib could not be set up")
        }
        defer { inflateEnd(&stream) }
        stream.next_in = UnsafeMutablePointer(mutating: packed.assumingMemoryBound(to: UInt8.self).baseAddress)
        stream.avail_in = input
        var contents: [UInt8] = []
        let chunk = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 16)
        defer { chunk.deallocate() }
        while true {
            stream.next_out = chunk.baseAddress
            stream.avail_out = UInt32(chunk.count)
            let status = CZlib.inflate(&stream, Z_NO_FLUSH)
            let filled = chunk.count - Int(stream.avail_out)
            guard filled <= size - contents.count else {
                throw CheckpointError(
                    .malformed, "\(label): unpacks to more than the \(size) bytes that the directory says")
            }
            contents.append(contentsOf: chunk[..<filled])
            if status == Z_STREAM_END { return contents }
            guard status == Z_OK, filled > 0 || stream.avail_in > 0 else {
                throw CheckpointError(.malformed, "\(label): its compressed data is damaged or cut short")
            }
        }
    }
}

extension String {
    /// A member's name as messages begin with it; quoted where it has anything but plain characters.
    fileprivate var shortForMessage: String {
        let isPlain = utf8.count <= 96 && utf8.allSatisfy { (0x21...0x7e).contains($0) }
        return isPlain ? self : quotedForMessage
    }
}
