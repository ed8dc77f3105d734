import Testing

@testable import AnimoCheckpoint

@Suite struct ZipDirectoryTests {
    static func directory(_ bytes: [UInt8]) throws(CheckpointError) -> ZipDirectory {
        try FileBytes(bytes).withUnsafeBytes { (raw) throws(CheckpointError) in try ZipDirectory(raw) }
    }

    static let entries: [(name: String, bytes: [UInt8])] = [("a/data.pkl", [1, 2, 3]), ("a/data/0", [4, 5])]

    @Test(arguments: [false, true]) func findsStoredEntries(zip64: Bool) throws {
        let bytes = ZipWriter.archive(Self.entries, zip64: zip64)
        let directory = try Self.directory(bytes)
        #expect(try directory.stored("a/data/0").map { Array(bytes[$0]) } == [4, 5])
        #expect(try directory.stored("a/data.pkl").map { Array(bytes[$0]) } == [1, 2, 3])
        #expect(try directory.stored("b") == nil)
    }

    @Test func saysThatAnEntryIsCompressedOrEncrypted() throws {
        let deflated = try Self.directory(ZipWriter.archive(Self.entries, method: 8))
        var error = #expect(throws: CheckpointError.self) { try deflated.stored("a/data.pkl") }
        #expect(error?.code == .unsupported && error?.message.contains("compressed (method 8)") == true)
        let locked = try Self.directory(ZipWriter.archive(Self.entries, flags: 1))
        error = #expect(throws: CheckpointError.self) { try locked.stored("a/data.pkl") }
        #expect(error?.message.contains("encrypted") == true)
    }

    @Test func refusesEntriesThatOverlapOrRepeat() {
        #expect(throws: CheckpointError.self) {
            try Self.directory(ZipWriter.archive(Self.entries + [("a/data/0", [1])]))
        }
        // Both records point to the first entry.
        var bytes = ZipWriter.archive([("a", [1]), ("a", [1])])
        let record = bytes.count - 22 - 47
        bytes.replaceSubrange(record + 42..<record + 46, with: [0, 0, 0, 0])
        let error = #expect(throws: CheckpointError.self) { try Self.directory(bytes) }
        #expect(error?.message.contains("overlaps") == true)
    }

    @Test func refusesWhatIsNoCheckpoint() {
        let error = #expect(throws: CheckpointError.self) {
            try CheckpointReader.read(bytes: ZipWriter.archive([("picture.png", [1])]))
        }
        #expect(error?.message.contains("data.pkl") == true)
    }
}
