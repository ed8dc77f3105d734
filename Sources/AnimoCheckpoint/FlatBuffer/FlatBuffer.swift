/// The bytes of a FlatBuffer (google/flatbuffers, "internals"): little-endian, tables that refer to each other by
/// offsets.
///
/// Offsets only lead forward, so nothing can loop, and every read is checked against the end of the bytes.
struct FlatBuffer: Sendable {
    /// The whole file.
    let bytes: FileBytes
    /// Name of the file, for messages.
    let what: String

    /// The table that the first four bytes lead to.
    ///
    /// - Parameter identifier: the four characters at byte 4 that tell which format it is.
    func root(identifier: String) throws(CheckpointError) -> FlatTable? {
        guard bytes.count >= 8, bytes.base[4..<8].elementsEqual(identifier.utf8) else { return nil }
        return try FlatTable(self, at: Int(try number(UInt32.self, at: 0)))
    }

    /// A little-endian integer at an offset.
    ///
    /// - Throws: `malformed` where it lies outside the file.
    func number<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type, at place: Int) throws(CheckpointError) -> T {
        guard place >= 0, place <= bytes.count - MemoryLayout<T>.size else {
            throw CheckpointError(
                .malformed, "\(what): an offset leads outside the file, to byte \(place) of \(bytes.count)")
        }
        return T(littleEndian: bytes.base.loadUnaligned(fromByteOffset: place, as: T.self))
    }

    /// Returns the place that the offset at `place` leads to.
    func target(ofOffsetAt place: Int) throws(CheckpointError) -> Int {
        let offset = try number(UInt32.self, at: place)
        guard offset > 0 else { throw CheckpointError(.malformed, "\(what): an offset at byte \(place) is zero") }
        return place + Int(offset)
    }
}

/// A table of a FlatBuffer: fields by number, each of which may be absent.
package struct FlatTable: Sendable {
    /// The most elements of a vector of tables.
    static let tableLimit = 4096

    private let buffer: FlatBuffer
    private let place: Int
    /// Place of the table's layout, and its size in bytes.
    private let layout: Int
    private let layoutSize: Int

    /// - Throws: `malformed` where the table's layout lies outside the file or has an impossible size.
    init(_ buffer: FlatBuffer, at place: Int) throws(CheckpointError) {
        self.buffer = buffer
        self.place = place
        layout = place - Int(try buffer.number(Int32.self, at: place))
        guard layout >= 0, layout <= buffer.bytes.count - 4 else {
            throw CheckpointError(
                .malformed, "\(buffer.what): the layout of the table at byte \(place) lies outside the file")
        }
        layoutSize = Int(try buffer.number(UInt16.self, at: layout))
        guard layoutSize >= 4, layoutSize.isMultiple(of: 2), layoutSize <= buffer.bytes.count - layout else {
            throw CheckpointError(
                .malformed, "\(buffer.what): the layout of the table at byte \(place) has \(layoutSize) bytes")
        }
    }

    /// Returns whether a field is there.
    func has(_ field: Int) throws(CheckpointError) -> Bool { try fieldPlace(field) != nil }

    /// A number; `value` where the field is absent.
    package func number<T: FixedWidthInteger & BitwiseCopyable>(
        _ field: Int, default value: T
    ) throws(CheckpointError) -> T {
        guard let place = try fieldPlace(field) else { return value }
        return try buffer.number(T.self, at: place)
    }

    /// The table that a field leads to; nil where the field is absent.
    func table(_ field: Int) throws(CheckpointError) -> FlatTable? {
        guard let place = try fieldPlace(field) else { return nil }
        return try FlatTable(buffer, at: try buffer.target(ofOffsetAt: place))
    }

    /// A vector of 32-bit integers; empty where the field is absent.
    ///
    /// - Parameter limit: the most elements that make sense. Many fields may share one vector, so a long one could
    ///   cost many times the file's size.
    func integers(_ field: Int, limit: Int, _ label: String) throws(CheckpointError) -> [Int] {
        let (first, count) = try vector(field, elementSize: 4)
        guard count <= limit else {
            throw CheckpointError(.malformed, "\(buffer.what): \(label): expected at most \(limit), got \(count)")
        }
        var integers: [Int] = []
        for index in 0..<count { integers.append(Int(try buffer.number(Int32.self, at: first + 4 * index))) }
        return integers
    }

    /// A vector of tables; empty where the field is absent.
    func tables(_ field: Int, _ label: String) throws(CheckpointError) -> [FlatTable] {
        let (first, count) = try vector(field, elementSize: 4)
        guard count <= Self.tableLimit else {
            throw CheckpointError(
                .tooLarge, "\(buffer.what): expected at most \(Self.tableLimit) \(label), got \(count)")
        }
        var tables: [FlatTable] = []
        for index in 0..<count {
            tables.append(try FlatTable(buffer, at: try buffer.target(ofOffsetAt: first + 4 * index)))
        }
        return tables
    }

    /// Place of a vector's bytes; empty where the field is absent.
    func bytes(_ field: Int) throws(CheckpointError) -> Range<Int> {
        let (first, count) = try vector(field, elementSize: 1)
        return first..<first + count
    }

    /// Place of a vector's first element, and their number; all lie inside the file.
    private func vector(_ field: Int, elementSize: Int) throws(CheckpointError) -> (first: Int, count: Int) {
        guard let place = try fieldPlace(field) else { return (0, 0) }
        let start = try buffer.target(ofOffsetAt: place)
        let count = Int(try buffer.number(UInt32.self, at: start))
        // At most 2³² · 4 bytes, which fits.
        guard count * elementSize <= buffer.bytes.count - start - 4 else {
            throw CheckpointError(
                .malformed, "\(buffer.what): a vector at byte \(start) is longer than the file: \(count) elements")
        }
        return (start + 4, count)
    }

    /// Place of a field's own bytes, or nil where it is absent.
    private func fieldPlace(_ field: Int) throws(CheckpointError) -> Int? {
        guard field >= 0, 4 + 2 * field + 2 <= layoutSize else { return nil }
        let offset = Int(try buffer.number(UInt16.self, at: layout + 4 + 2 * field))
        return offset == 0 ? nil : place + offset
    }
}
