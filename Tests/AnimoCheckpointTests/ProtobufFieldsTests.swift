import Testing

@testable import AnimoCheckpoint

@Suite struct ProtobufFieldsTests {
    /// All fields of a message, with their bytes or their number.
    static func fields(_ bytes: [UInt8]) throws(CheckpointError) -> [(UInt64, [UInt8], UInt64?)] {
        try FileBytes(bytes).withUnsafeBytes { (raw) throws(CheckpointError) in
            var fields = ProtobufFields(raw, reading: "message")
            var all: [(UInt64, [UInt8], UInt64?)] = []
            while let (number, value) = try fields.next() {
                switch value {
                case .varint(let value): all.append((number, [], value))
                case .bytes(let bytes): all.append((number, Array(bytes), nil))
                }
            }
            return all
        }
    }

    @Test func readsEveryKindOfField() throws {
        let bytes: [UInt8] = [
            0x08, 0xac, 0x02, 0x12, 2, 7, 8, 0x1d, 1, 2, 3, 4, 0x21, 1, 2, 3, 4, 5, 6, 7, 8, 0x28, 0xff, 0xff, 0xff,
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
        ]
        let fields = try Self.fields(bytes)
        #expect(fields.map(\.0) == [1, 2, 3, 4, 5])
        #expect(fields.map(\.1) == [[], [7, 8], [1, 2, 3, 4], [1, 2, 3, 4, 5, 6, 7, 8], []])
        #expect(fields[0].2 == 300 && fields[4].2 == .max)
        for end in 1..<bytes.count where ![3, 7, 12, 21].contains(end) {
            let error = #expect(throws: CheckpointError.self) { try Self.fields(Array(bytes[..<end])) }
            #expect(error?.code == .truncated)
        }
    }

    @Test func refusesNumbersThatAreTooLongAndUnknownKinds() {
        let long = [UInt8](repeating: 0x80, count: 10) + [1]
        let faults: [([UInt8], String)] = [
            ([0x08] + long, "at most ten bytes"), (long, "at most ten bytes"),
            ([0x08] + [UInt8](repeating: 0xff, count: 9) + [2], "more than 64 bits"), ([0x0b], "wire type"),
            ([0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], "cut short"),
        ]
        for (bytes, words) in faults {
            let error = #expect(throws: CheckpointError.self) { try Self.fields(bytes) }
            #expect(error?.message.contains(words) == true)
        }
    }
}
