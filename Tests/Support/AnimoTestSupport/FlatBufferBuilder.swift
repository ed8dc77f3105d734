/// A value in a FlatBuffer, to be written.
package indirect enum FlatValue: Sendable {
    case int8(Int8)
    case int32(Int32)
    case uint32(UInt32)
    case integers([Int32])
    case bytes([UInt8])
    case table([Int: FlatValue])
    case tables([[Int: FlatValue]])

    /// Bytes in a table itself; what a table refers to takes an offset there.
    fileprivate var inlineSize: Int {
        switch self {
        case .int8: 1
        case .int32, .uint32, .integers, .bytes, .table, .tables: 4
        }
    }
}

/// Writes FlatBuffers from front to back, so that every offset leads forward.
package struct FlatBufferBuilder {
    private var bytes: [UInt8]

    /// A file whose root table has `fields`, by their numbers.
    package static func file(identifier: String, root fields: [Int: FlatValue]) -> [UInt8] {
        var builder = FlatBufferBuilder(bytes: [0, 0, 0, 0] + Array(identifier.utf8))
        builder.point(from: 0, to: builder.write(table: fields))
        return builder.bytes
    }

    /// Writes a table behind its layout, then what it refers to.
    ///
    /// - Returns: where the table begins.
    private mutating func write(table fields: [Int: FlatValue]) -> Int {
        let slots = (fields.keys.max() ?? -1) + 1
        var places = [Int](repeating: 0, count: slots)
        var size = 4
        for (number, value) in fields.sorted(by: { $0.key < $1.key }) {
            if value.inlineSize == 4 { size = (size + 3) / 4 * 4 }
            places[number] = size
            size += value.inlineSize
        }
        if slots % 2 == 1 { bytes += [0, 0] }
        let layout = bytes.count
        bytes += littleEndian(UInt16(4 + 2 * slots)) + littleEndian(UInt16(size))
        for place in places { bytes += littleEndian(UInt16(place)) }
        let table = bytes.count
        bytes += littleEndian(Int32(table - layout)) + [UInt8](repeating: 0, count: (size - 1) / 4 * 4)
        for (number, value) in fields.sorted(by: { $0.key < $1.key }) { write(value, at: table + places[number]) }
        return table
    }

    private mutating func write(_ value: FlatValue, at place: Int) {
        switch value {
        case .int8(let number): bytes[place] = UInt8(bitPattern: number)
        case .int32(let number): put(littleEndian(number), at: place)
        case .uint32(let number): put(littleEndian(number), at: place)
        case .integers(let numbers):
            point(from: place, to: bytes.count)
            bytes += littleEndian(UInt32(numbers.count)) + numbers.flatMap { littleEndian($0) }
        case .bytes(let data):
            point(from: place, to: bytes.count)
            bytes += littleEndian(UInt32(data.count)) + data
            bytes += [UInt8](repeating: 0, count: (4 - data.count % 4) % 4)
        case .table(let fields): point(from: place, to: write(table: fields))
        case .tables(let tables):
            point(from: place, to: bytes.count)
            let first = bytes.count + 4
            bytes += littleEndian(UInt32(tables.count)) + [UInt8](repeating: 0, count: 4 * tables.count)
            for (index, fields) in tables.enumerated() {
                point(from: first + 4 * index, to: write(table: fields))
            }
        }
    }

    private mutating func point(from place: Int, to target: Int) {
        put(littleEndian(UInt32(target - place)), at: place)
    }

    private mutating func put(_ data: [UInt8], at place: Int) {
        bytes.replaceSubrange(place..<place + data.count, with: data)
    }
}

/// The bytes of a number, lowest first.
package func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
