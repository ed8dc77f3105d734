import AnimoMotion
import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoCheckpoint

@Suite struct SafetensorsTests {
    static func small() throws -> [UInt8] {
        let half = NamedArray(name: "half", shape: [3], floats: [1, -2, 0.5])
        let arrays = [
            NamedArray(name: "grid", shape: [2, 3], floats: [0, 1, 2, 3, 4, 5]),
            NamedArray(name: "one", shape: [], floats: [7]), try half.converted(to: .float16),
            try half.renamed("brain").converted(to: .bfloat16), NamedArray(name: "empty", shape: [0, 4], floats: []),
        ]
        return try Safetensors.bytes(of: arrays, metadata: ["animo": "{\"a\": \"ü\\n\"}", "b": ""])
    }

    /// A file with this header and as many bytes of data.
    static func file(_ header: String, data: Int) -> [UInt8] {
        littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + [UInt8](repeating: 0, count: data)
    }

    @Test func readsWhatItWrites() throws {
        let archive = try Safetensors.read(bytes: try Self.small())
        #expect(archive.metadata == ["animo": "{\"a\": \"ü\\n\"}", "b": ""])
        #expect(archive.arrays.count == 5)
        #expect(try archive.arrays["grid"]?.floats() == [0, 1, 2, 3, 4, 5])
        #expect(archive.arrays["grid"]?.shape == [2, 3])
        #expect(try archive.arrays["one"]?.floats() == [7])
        #expect(archive.arrays["one"]?.shape == [])
        #expect(try archive.arrays["half"]?.floats() == [1, -2, 0.5])
        #expect(archive.arrays["half"]?.elementType == .float16)
        #expect(try archive.arrays["brain"]?.floats() == [1, -2, 0.5])
        #expect(archive.arrays["empty"]?.count == 0)
        let again = try Safetensors.bytes(of: archive.arrays.values, metadata: archive.metadata)
        #expect(try again == Self.small())
    }

    @Test func refusesEveryTruncation() throws {
        let bytes = try Self.small()
        for length in 0..<bytes.count {
            #expect(throws: CheckpointError.self) { try Safetensors.read(bytes: Array(bytes[..<length])) }
        }
        #expect(throws: CheckpointError.self) { try Safetensors.read(bytes: bytes + [0]) }
    }

    @Test func survivesTenThousandBitFlips() throws {
        let bytes = try Self.small()
        var generator = SplitMix64(state: 1)
        var refused = 0
        for _ in 0..<10_000 {
            guard let archive = try? Safetensors.read(bytes: bytes.flipped(using: &generator)) else {
                refused += 1
                continue
            }
            for array in archive.arrays.values { #expect(try array.floats().count == array.count) }
        }
        #expect(refused > 1000)
    }

    static let faults: [(String, Int, String)] = [
        ("{}", 1, "end with the file"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#, 4, "expected '}'"),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            8, "twice"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            8, "overlaps"
        ),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "gap"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "fill"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "gap"),
        (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "negative"),
        (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#, 4, "fill"),
        (#"{"a":{"dtype":"F32","shape":[9223372036854775807],"data_offsets":[0,9223372036854775804]}}"#, 4, "fill"),
        (#"{"a":{"dtype":"F8_E5M2","shape":[4],"data_offsets":[0,9]}}"#, 4, "expected 9 bytes of data"),
        (#"{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}"#, 4, "once"),
        (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4, "data_offsets"),
        (#"{"a":[[[[[["#, 4, "expected '{'"),
        (#"{"__metadata__":{"a":"1","a":"2"}}"#, 0, "once"),
        (#"{"__metadata__":{"a":1}}"#, 0, "expected '\"'"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}x"#, 4, "end"),
    ]

    @Test(arguments: faults)
    func refusesInWords(header: String, data: Int, word: String) {
        let error = #expect(throws: CheckpointError.self) {
            try Safetensors.read(bytes: Self.file(header, data: data))
        }
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }

    @Test func tensorsOfOtherKindsArePassedOverByName() throws {
        let header =
            #"{"a":{"dtype":"F8_E5M2","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"F16","shape":[1],"#
            + #""data_offsets":[4,6]},"c":{"dtype":"C64","shape":[1],"data_offsets":[6,14]}}"#
        let archive = try Safetensors.read(bytes: Self.file(header, data: 14))
        #expect(archive.arrays.keys.sorted() == ["b"])
        #expect(archive.unread == ["a": "F8_E5M2", "c": "C64"])
    }

    /// The header is read and checked before any memory is taken for the data it tells of.
    @Test(arguments: [
        (15 << 40, "", "expected '{'"), (3 << 30, "", "expected '{'"),
        (
            15 << 40, #"{"a":{"dtype":"F32","shape":[4,1030792151037],"data_offsets":[0,16492674416592]}}"#,
            "expected at most"
        ),
        (15 << 40, #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, "expected at most"),
        (3 << 30, #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, "end with the file"),
    ])
    func hugeFilesAreRefusedByTheirHeaders(size: Int, header: String, word: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("huge.safetensors")
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        #expect(truncate(path, off_t(size)) == 0)
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.write(contentsOf: header.isEmpty ? [UInt8](repeating: 0, count: 16) : Self.file(header, data: 0))
        try handle.close()
        let error = #expect(throws: CheckpointError.self) { try Safetensors.read(path: path) }
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [UInt64.max, UInt64(Int64.max), 8_388_609, 1 << 40])
    func refusesAHeaderBeyondAllMeasure(length: UInt64) {
        let error = #expect(throws: CheckpointError.self) {
            try Safetensors.read(bytes: littleEndian(length) + Array("{}".utf8))
        }
        #expect(error?.code == .tooLarge)
    }

    @Test func refusesMoreTensorsThanTheLimit() {
        let entry = #":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"#
        let list = (0...Safetensors.tensorLimit).map { "\"\($0)\"\(entry)" }.joined(separator: ",")
        let error = #expect(throws: CheckpointError.self) {
            try Safetensors.read(bytes: Self.file("{\(list)}", data: 0))
        }
        #expect(error?.code == .tooLarge)
    }

    @Test func readsAndWritesFiles() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("a.safetensors").path
        let array = NamedArray(name: "a", shape: [2], floats: [1, 70000])
        try Safetensors.write([array], to: path)
        #expect(try Safetensors.read(path: path).arrays["a"]?.floats() == [1, 70000])
        #expect(try CheckpointReader.read(path: path).arrays["a"]?.floats() == [1, 70000])
        #expect(throws: CheckpointError.self) { try Safetensors.write([array], elementType: .float16, to: path) }
        let link = folder.appendingPathComponent("link").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        #expect(try Safetensors.read(path: link).arrays.count == 1)
        for bad in [folder.path, folder.appendingPathComponent("absent").path, "/dev/zero"] {
            let error = #expect(throws: CheckpointError.self) { try Safetensors.read(path: bad) }
            #expect(error?.code == .unreadable && error?.message.contains(folder.path) == false)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["a.safetensors", "link"])
    }
}
