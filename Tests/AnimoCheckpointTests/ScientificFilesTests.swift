import AnimoMotion
import AnimoTestSupport
import Testing

@testable import AnimoCheckpoint

@Suite struct NumpyFileTests {
    static func file(_ header: String, version: UInt8 = 1, data: [UInt8]) -> [UInt8] {
        let length = version == 1 ? littleEndian(UInt16(header.utf8.count)) : littleEndian(UInt32(header.utf8.count))
        return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + Array(header.utf8) + data
    }

    static let numbers = CheckpointBuilder.floats([0, 1, 2, 3, 4, 5])

    @Test(arguments: [1, 2, 3]) func readsEveryVersion(version: UInt8) throws {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   \n"
        let array = try NumpyFile.read(bytes: Self.file(header, version: version, data: Self.numbers))
        #expect(array.shape == [2, 3])
        #expect(try array.floats() == [0, 1, 2, 3, 4, 5])
    }

    @Test func readsFortranOrder() throws {
        let header = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n"
        #expect(try NumpyFile.read(bytes: Self.file(header, data: Self.numbers)).floats() == [0, 2, 4, 1, 3, 5])
    }

    @Test func readsOneDimensionAndNone() throws {
        let list = "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n"
        #expect(try NumpyFile.read(bytes: Self.file(list, data: [0, 0, 0, 0, 0, 0, 0xf0, 0x3f])).floats() == [1])
        let one = "{'descr': '<f4', 'fortran_order': False, 'shape': (), }\n"
        #expect(try NumpyFile.read(bytes: Self.file(one, data: [0, 0, 0x80, 0x3f])).shape == [])
    }

    @Test(arguments: [
        "{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (6,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), }", "{'fortran_order': False, 'shape': (2, 3), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, -3), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4611686018427387904), }", "{",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3",
    ])
    func refusesOthers(header: String) {
        #expect(throws: CheckpointError.self) { try NumpyFile.read(bytes: Self.file(header, data: Self.numbers)) }
    }

    @Test func survivesTruncationsAndFlips() throws {
        let bytes = Self.file("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n", data: Self.numbers)
        for length in 0..<bytes.count {
            #expect(throws: CheckpointError.self) { try NumpyFile.read(bytes: Array(bytes[..<length])) }
        }
        var generator = SplitMix64(state: 4)
        for _ in 0..<10_000 {
            let array = try? NumpyFile.read(bytes: bytes.flipped(using: &generator))
            if let array { #expect(try array.floats().count == array.count) }
        }
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func readsThePublishedBasis() throws {
        let basis = try NumpyFile.read(
            FileBytes(reading: try #require(Fixtures.url("real/pose_coeffs.npy")).path))
        #expect(basis.shape == [17, 257])
        let sum = try basis.floats().reduce(0.0) { $0 + Double(abs($1)) }
        #expect(abs(sum - 709.805440) < 1e-4)
        let matrix = try NumpyFile.read(
            FileBytes(reading: try #require(Fixtures.url("real/transform_matrix_08_30.npy")).path))
        #expect(matrix.shape == [17, 50] && matrix.elementType == .float64)
    }
}

@Suite struct MatFileTests {
    static let header = Array("MATLAB 5.0 MAT-file".utf8) + [UInt8](repeating: 0x20, count: 105) + [0, 1, 0x49, 0x4d]

    static func element(_ type: UInt32, _ data: [UInt8]) -> [UInt8] {
        littleEndian(type) + littleEndian(UInt32(data.count)) + data
            + [UInt8](repeating: 0, count: (8 - data.count % 8) % 8)
    }

    static func matrix(
        _ name: String, class kind: UInt8 = 7, shape: [Int32], type: UInt32 = 7, data: [UInt8]
    ) -> [UInt8] {
        element(
            14,
            element(6, [kind, 0, 0, 0, 0, 0, 0, 0]) + element(5, shape.flatMap { littleEndian($0) })
                + element(1, Array(name.utf8)) + element(type, data))
    }

    @Test func readsColumnsAsColumns() throws {
        let data = CheckpointBuilder.floats([0, 1, 2, 3, 4, 5])
        let arrays = try MatFile.read(bytes: Self.header + Self.matrix("exp", shape: [2, 3], data: data))
        #expect(arrays["exp"]?.shape == [2, 3])
        #expect(try arrays["exp"]?.floats() == [0, 2, 4, 1, 3, 5])
    }

    @Test func readsDoublesStoredAsUnsignedIntegers() throws {
        let bytes =
            Self.header + Self.matrix("a", class: 6, shape: [1, 2], type: 4, data: [1, 0, 0xff, 0xff])
            + Self.matrix("text", class: 4, shape: [1, 1], type: 4, data: [65, 0])
        let arrays = try MatFile.read(bytes: bytes)
        #expect(arrays.count == 1)
        #expect(try arrays["a"]?.floats() == [1, 65535])
    }

    static let faults: [([UInt8], String)] = [
        (header + element(15, [1, 2, 3]), "compressed"), (Array("MATLAB 7.3 MAT-file".utf8), "7.3"),
        (Array(header[..<100]), "128"), (header + matrix("a", shape: [2, 2], data: [0, 0, 0, 0]), "shape [2, 2]"),
        (header + matrix("a", shape: [-1, -1], data: [0, 0, 0, 0]), "shape"),
        (
            header + matrix("a", shape: [1, 1], data: [0, 0, 0, 0]) + matrix("a", shape: [1, 1], data: [0, 0, 0, 0]),
            "twice"
        ),
        (header + matrix("a", shape: [1, 1], type: 13, data: [UInt8](repeating: 0, count: 8)), "kind 13"),
        (header + [14, 0, 0, 0, 255, 255, 255, 255], "more bytes"),
    ]

    @Test(arguments: faults)
    func refusesInWords(bytes: [UInt8], word: String) {
        let error = #expect(throws: CheckpointError.self) { try MatFile.read(bytes: bytes) }
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }

    @Test func survivesFlips() throws {
        let data = CheckpointBuilder.floats([0, 1, 2, 3, 4, 5])
        let bytes = Self.header + Self.matrix("exp", shape: [2, 3], data: data)
        var generator = SplitMix64(state: 5)
        for _ in 0..<10_000 {
            let arrays = try? MatFile.read(bytes: bytes.flipped(using: &generator))
            for array in (arrays ?? [:]).values {
                #expect(try array.floats().count == array.count)
            }
        }
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func readsRealFiles() throws {
        let url = try #require(Fixtures.url("real/vox_deca/0000000.mat"))
        let arrays = try MatFile.read(FileBytes(reading: url.path))
        #expect(arrays["shape"]?.shape == [1, 100])
        #expect(arrays["shape"]?.isFinite == true)
    }
}
