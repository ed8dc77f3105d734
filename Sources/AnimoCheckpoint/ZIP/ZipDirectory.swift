import AnimoJSON

/// The table of contents of a ZIP archive (PKWARE APPNOTE 6.3).
///
/// Places are checked here: no two entries overlap, none reaches into the directory. Checksums are compared where an
/// entry is unpacked, and not for stored tensors of PyTorch, whose newer releases may leave them out.
struct ZipDirectory {
    /// One file of the archive.
    struct Entry {
        /// Path in the archive.
        let name: String
        /// 0: stored, 8: deflated.
        let method: UInt16
        /// Whether it is encrypted, which is not read.
        let isEncrypted: Bool
        /// CRC-32 of the contents.
        let checksum: UInt32
        /// Bytes in the file.
        let compressedSize: Int
        /// Bytes once unpacked.
        let size: Int
        /// Offset of its local header.
        let header: Int
        /// Range of its bytes in the file.
        var data: Range<Int>
    }

    /// Entries by their names.
    private(set) var entries: [String: Entry] = [:]

    /// Whether the bytes begin as an archive does, an empty one too.
    static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.starts(with: [0x50, 0x4b, 0x03, 0x04]) || bytes.starts(with: [0x50, 0x4b, 0x05, 0x06])
    }

    /// Reads the directory at the archive's end.
    ///
    /// - Throws: where it is damaged, or entries overlap.
    init(_ raw: UnsafeRawBufferPointer) throws(CheckpointError) {
        let directory = try Self.findDirectory(raw)
        var cursor = ByteCursor(
            UnsafeRawBufferPointer(rebasing: raw[..<directory.end]), at: directory.start, reading: "zip directory")
        var listed: [Entry] = []
        for _ in 0..<directory.count { listed.append(try Self.entry(&cursor)) }
        var free = 0
        for var entry in listed.sorted(by: { $0.header < $1.header }) {
            let label = "zip entry \(entry.name.quotedForMessage)"
            guard entry.header >= free else { throw CheckpointError(.malformed, "\(label) overlaps another") }
            let start = try Self.dataStart(raw, entry)
            guard start <= directory.start, entry.compressedSize <= directory.start - start else {
                throw CheckpointError(.truncated, "\(label) reaches beyond the data")
            }
            free = start + entry.compressedSize
            entry.data = start..<free
            guard entries.updateValue(entry, forKey: entry.name) == nil else {
                throw CheckpointError(.malformed, "\(label) is given twice")
            }
        }
    }

    /// Range of an entry's bytes.
    ///
    /// - Throws: for a compressed or encrypted entry, which PyTorch does not write.
    func stored(_ name: String) throws(CheckpointError) -> Range<Int>? {
        guard let entry = entries[name] else { return nil }
        let label = "zip entry \(name.quotedForMessage)"
        guard !entry.isEncrypted else {
            throw CheckpointError(.unsupported, "\(label): expected a plain entry, got an encrypted one")
        }
        guard entry.method == 0 else {
            throw CheckpointError(
                .unsupported,
                "\(label) is compressed (method \(entry.method)): expected stored, as torch.save writes it")
        }
        guard entry.size == entry.compressedSize else {
            throw CheckpointError(
                .malformed, "\(label): expected its two sizes to agree, got \(entry.compressedSize) and \(entry.size)")
        }
        return entry.data
    }

    /// The end record, and the 64-bit one before it where there is one.
    private static func findDirectory(
        _ raw: UnsafeRawBufferPointer
    ) throws(CheckpointError) -> (start: Int, end: Int, count: Int) {
        let lowest = max(0, raw.count - 22 - 0xffff)
        var place = raw.count - 22
        while place >= lowest {
            if signature(raw, place) == 0x0605_4b50,
                Int(raw[place + 20]) | Int(raw[place + 21]) << 8 == raw.count - place - 22
            {
                break
            }
            place -= 1
        }
        guard place >= lowest else {
            throw CheckpointError(
                .truncated,
                "a ZIP archive that is truncated: expected an end record within its \(raw.count) bytes, got none: fetch it again"
            )
        }
        var cursor = ByteCursor(raw, at: place + 8, reading: "zip end record")
        _ = try cursor.integer(UInt16.self)
        var count = Int(try cursor.integer(UInt16.self))
        var size = Int(try cursor.integer(UInt32.self))
        var start = Int(try cursor.integer(UInt32.self))
        if count == 0xffff || size == 0xffff_ffff || start == 0xffff_ffff, place >= 20,
            signature(raw, place - 20) == 0x0706_4b50
        {
            var locator = ByteCursor(raw, at: place - 12, reading: "zip64 locator")
            place = try locator.length()
            guard place <= raw.count - 56, signature(raw, place) == 0x0606_4b50 else {
                throw CheckpointError(.malformed, "zip64: expected an end record where the locator says")
            }
            var record = ByteCursor(raw, at: place + 32, reading: "zip64 end record")
            count = try record.length()
            size = try record.length()
            start = try record.length()
        }
        guard start <= place, size <= place - start, count <= size / 46 else {
            throw CheckpointError(.malformed, "zip: expected \(count) entries in a directory before its end record")
        }
        return (start, start + size, count)
    }

    private static func signature(_ raw: UnsafeRawBufferPointer, _ place: Int) -> UInt32? {
        guard place >= 0, place <= raw.count - 4 else { return nil }
        return UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: place, as: UInt32.self))
    }

    /// One record of the directory.
    private static func entry(_ cursor: inout ByteCursor) throws(CheckpointError) -> Entry {
        guard try cursor.integer(UInt32.self) == 0x0201_4b50 else {
            throw CheckpointError(.malformed, "zip: expected a directory record before byte \(cursor.position)")
        }
        try cursor.skip(4)
        let flags = try cursor.integer(UInt16.self)
        let method = try cursor.integer(UInt16.self)
        try cursor.skip(4)
        let checksum = try cursor.integer(UInt32.self)
        var compressed = Int(try cursor.integer(UInt32.self))
        var size = Int(try cursor.integer(UInt32.self))
        let nameLength = Int(try cursor.integer(UInt16.self))
        let extraLength = Int(try cursor.integer(UInt16.self))
        let commentLength = Int(try cursor.integer(UInt16.self))
        try cursor.skip(8)
        var header = Int(try cursor.integer(UInt32.self))
        let name = String(decoding: try cursor.take(nameLength), as: UTF8.self)
        var extra = ByteCursor(try cursor.take(extraLength), reading: "zip64 extra field")
        while extra.remaining >= 4 {
            let kind = try extra.integer(UInt16.self)
            var field = ByteCursor(
                try extra.take(Int(try extra.integer(UInt16.self))), reading: "zip64 extra field")
            guard kind == 1 else { continue }
            if size == 0xffff_ffff { size = try field.length() }
            if compressed == 0xffff_ffff { compressed = try field.length() }
            if header == 0xffff_ffff { header = try field.length() }
        }
        try cursor.skip(commentLength)
        return Entry(
            name: name, method: method, isEncrypted: flags & 1 != 0, checksum: checksum,
            compressedSize: compressed, size: size, header: header, data: 0..<0)
    }

    /// Behind the local header, whose name must be the directory's.
    private static func dataStart(_ raw: UnsafeRawBufferPointer, _ entry: Entry) throws(CheckpointError) -> Int {
        let label = "zip entry \(entry.name.quotedForMessage)"
        guard signature(raw, entry.header) == 0x0403_4b50 else {
            throw CheckpointError(.malformed, "\(label): expected a local header at byte \(entry.header)")
        }
        var cursor = ByteCursor(raw, at: entry.header + 26, reading: label)
        let nameLength = Int(try cursor.integer(UInt16.self))
        let extraLength = Int(try cursor.integer(UInt16.self))
        guard String(decoding: try cursor.take(nameLength), as: UTF8.self) == entry.name else {
            throw CheckpointError(.malformed, "\(label): its local header has another name")
        }
        try cursor.skip(extraLength)
        return cursor.position
    }
}
