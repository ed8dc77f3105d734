import AnimoTestSupport
import Foundation
import Testing

/// The output of Protos/generate.sh is checked in; this makes it again and compares.
@Suite struct GenerateTests {
    static let root = Fixtures.package

    static let toolsArePresent = ["protoc", "protoc-c", "python3"].allSatisfy {
        FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)")
    }

    static func files(_ folder: URL, ending: [String]) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
        where ending.contains(where: name.hasSuffix) {
            files[name] = try Data(contentsOf: folder.appending(path: name))
        }
        return files
    }

    @Test(.enabled(if: toolsArePresent, "needs protobuf-compiler and protobuf-c-compiler"))
    func theCheckedInMessagesAreThoseOfTheProtos() throws {
        let copy = FileManager.default.temporaryDirectory.appending(path: "animod-generate-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: copy) }
        try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = Self.root.appending(path: "Protos/generate.sh")
        process.arguments = [copy.path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        for (folder, ending) in [
            ("Sources/CAnimoMessages", [".pb-c.c"]), ("Sources/CAnimoMessages/include", [".pb-c.h"]),
            ("Sources/AnimoWire/Messages", [".swift"]),
        ] {
            let expected = try Self.files(copy.appending(path: folder), ending: ending)
            let got = try Self.files(Self.root.appending(path: folder), ending: ending)
            #expect(!expected.isEmpty)
            #expect(Set(expected.keys) == Set(got.keys))
            for name in expected.keys.sorted() {
                #expect(expected[name] == got[name], "\(folder)/\(name): run Protos/generate.sh")
            }
        }
    }
}
