import Testing

@testable import AnimoCheckpoint

@Suite struct NamedArrayTests {
    /// Half to single precision, written out from its definition.
    static func single(half bits: UInt16) -> Float {
        let sign: Float = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 0x1f)
        let fraction = Float(bits & 0x3ff) / 1024
        switch exponent {
        case 0: return sign * fraction * 0x1p-14
        case 31: return bits & 0x3ff == 0 ? sign * .infinity : .nan
        default: return sign * (1 + fraction) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
        }
    }

    @Test func widensEveryHalf() throws {
        let bytes = (0...UInt16.max).flatMap { littleEndian($0) }
        let array = try NamedArray(
            name: "", shape: [65536], elementType: .float16, bytes: FileBytes([9] + bytes), offset: 1)
        let floats = try array.floats()
        for bits in 0...UInt16.max {
            let expected = Self.single(half: bits)
            let got = floats[Int(bits)]
            #expect(got == expected || (got.isNaN && expected.isNaN))
        }
        #expect(!array.isFinite)
    }

    @Test func narrowsToNearestEven() throws {
        let values: [Float] = [1, 1.00390625, 1.01171875, -3.5, 65504, 1e-7]
        let array = NamedArray(name: "a", shape: [6], floats: values)
        #expect(try array.converted(to: .bfloat16).floats() == [1, 1, 1.015625, -3.5, 65536, 0x1.aep-24])
        #expect(try array.converted(to: .float16).floats()[4] == 65504)
        #expect(throws: CheckpointError.self) {
            try NamedArray(name: "a", shape: [1], floats: [65536]).converted(to: .float16)
        }
    }

    @Test(arguments: [ElementType.float16, .bfloat16, .float32])
    func findsWhatIsNotFinite(type: ElementType) throws {
        for bad in [Float.infinity, -.infinity, .nan] {
            for place in [0, 7, 16] {
                var values = [Float](repeating: 3, count: 17)
                #expect(try NamedArray(name: "", shape: [17], floats: values).converted(to: type).isFinite)
                values[place] = bad
                #expect(try !NamedArray(name: "", shape: [17], floats: values).converted(to: type).isFinite)
            }
        }
    }

    static let kinds: [(ElementType, [Float], [UInt8])] = [
        (.int64, [1, -1], [1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]),
        (.int32, [1, -2], [1, 0, 0, 0, 254, 255, 255, 255]), (.int16, [256, -1], [0, 1, 255, 255]),
        (.int8, [1, -1], [1, 255]), (.uint8, [1, 255], [1, 255]), (.bool, [0, 1], [0, 7]),
        (.float64, [1, -2], [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0]),
    ]

    @Test(arguments: kinds)
    func widensOtherKinds(type: ElementType, expected: [Float], bytes: [UInt8]) throws {
        let array = try NamedArray(name: "", shape: [2], elementType: type, bytes: FileBytes(bytes), offset: 0)
        #expect(try array.floats() == expected)
        #expect(try array.integers() == expected.map { Int64($0) })
        #expect(array.contiguousBytes() == bytes)
    }

    @Test func gathersByStrides() throws {
        let bytes = FileBytes(CheckpointBuilder.floats((0..<24).map(Float.init)))
        let turned = try NamedArray(
            name: "", shape: [3, 2, 4], elementType: .float32, bytes: bytes, offset: 0, strides: [1, 12, 3])
        #expect(
            try turned.floats() == [
                0, 3, 6, 9, 12, 15, 18, 21, 1, 4, 7, 10, 13, 16, 19, 22, 2, 5, 8, 11, 14, 17, 20, 23,
            ])
        let spread = try NamedArray(
            name: "", shape: [2, 2], elementType: .float32, bytes: bytes, offset: 4, strides: [0, 5])
        #expect(try spread.floats() == [1, 6, 1, 6])
        #expect(try spread.converted(to: .float32).contiguousBytes() == CheckpointBuilder.floats([1, 6, 1, 6]))
    }

    @Test(arguments: [
        ([6], [4], 4), ([2], [-1], 8), ([1, 1], [1], 0), ([Int.max, 3], [1, 1], 0), ([2], [Int.max], 0),
        ([1 << 40], [0], 0), ([-1], [1], 0), ([1], [1], 21),
    ])
    func refusesViewsBeyondTheData(shape: [Int], strides: [Int], offset: Int) {
        let bytes = FileBytes([UInt8](repeating: 0, count: 24))
        #expect(throws: CheckpointError.self) {
            try NamedArray(
                name: "", shape: shape, elementType: .float32, bytes: bytes, offset: offset, strides: strides)
        }
    }
}
