/// The fields of a protobuf message, one after the other, without a schema (protobuf.dev, "Encoding").
///
/// Nothing is copied: a field's bytes are a view.
package struct ProtobufFields {
    /// A field's value by its wire type.
    package enum Value {
        /// An integer of variable length, unsigned.
        case varint(UInt64)
        /// A field of 4 or 8 bytes, or one with a length of its own.
        case bytes(UnsafeRawBufferPointer)
    }

    private var cursor: ByteCursor

    /// - Parameter what: what messages call the data.
    package init(_ bytes: UnsafeRawBufferPointer, reading what: String) {
        cursor = ByteCursor(bytes, reading: what)
    }

    /// The next field, or nil at the end.
    package mutating func next() throws(CheckpointError) -> (number: UInt64, value: Value)? {
        guard cursor.remaining > 0 else { return nil }
        let tag = try varint()
        switch tag & 7 {
        case 0: return (tag >> 3, .varint(try varint()))
        case 1: return (tag >> 3, .bytes(try cursor.take(8)))
        case 5: return (tag >> 3, .bytes(try cursor.take(4)))
        case 2:
            let length = try varint()
            guard let length = Int(exactly: length), length <= cursor.remaining else {
                throw CheckpointError(
                    .truncated, "\(cursor.what): cut short: expected \(length) more bytes, got \(cursor.remaining)")
            }
            return (tag >> 3, .bytes(try cursor.take(length)))
        default: throw CheckpointError(.malformed, "\(cursor.what): expected wire type 0, 1, 2 or 5, got \(tag & 7)")
        }
    }

    private mutating func varint() throws(CheckpointError) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<10 {
            guard cursor.remaining > 0 else {
                throw CheckpointError(.truncated, "\(cursor.what): cut short in the middle of a number")
            }
            let byte = try cursor.byte()
            guard index < 9 || byte < 2 || byte >= 0x80 else {
                throw CheckpointError(.malformed, "\(cursor.what): a number of more than 64 bits")
            }
            value |= UInt64(byte & 0x7f) << UInt64(7 * index)
            if byte < 0x80 { return value }
        }
        throw CheckpointError(.malformed, "\(cursor.what): expected a number of at most ten bytes, got more")
    }
}
