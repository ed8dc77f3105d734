import AnimoFiles
import Foundation
import Testing

/// Folders and names whose bytes are no UTF-8.
@Suite struct FolderTests {
    /// A folder with such a name, removed with what is in it.
    private final class OddFolder {
        let path: String

        init() throws {
            let parent = FileManager.default.temporaryDirectory.path
            path = String(pathBytes: Array("\(parent)/animo-".utf8) + [0xFF, 0xC3] + Array(UUID().uuidString.utf8))
            try #require(path.withPathBytes { mkdir($0, 0o700) } == 0)
        }

        deinit {
            for name in Folder.names(in: path) ?? [] { _ = "\(path)/\(name)".withPathBytes { unlink($0) } }
            _ = path.withPathBytes { rmdir($0) }
        }

        func put(_ name: [UInt8]) {
            let descriptor = "\(path)/\(String(pathBytes: name))".withPathBytes { open($0, O_CREAT | O_WRONLY, 0o600) }
            #expect(descriptor >= 0)
            close(descriptor)
        }
    }

    @Test func namesAreListedByteForByteInTheirOrder() throws {
        let folder = try OddFolder()
        let names: [[UInt8]] = [[0xFF], [0x61, 0xFE, 0x2E, 0x70], Array("b.png".utf8), Array("é".utf8), [0xC3, 0x28]]
        for name in names { folder.put(name) }
        #expect(Folder.exists(folder.path))
        let listed = try #require(Folder.names(in: folder.path))
        #expect(listed.map(\.pathBytes) == names.sorted { $0.lexicographicallyPrecedes($1) })
    }

    @Test func whatIsNoFolderHasNoNames() throws {
        let folder = try OddFolder()
        folder.put([0xFE])
        let file = "\(folder.path)/\(String(pathBytes: [0xFE]))"
        #expect(!Folder.exists(file) && Folder.names(in: file) == nil)
        #expect(!Folder.exists(folder.path + "x") && Folder.names(in: folder.path + "x") == nil)
    }

    @Test(arguments: [
        ("a.PNG", "png"), ("a.b.jpg", "jpg"), ("folder.x/name", ""), (".png", ""), ("a.", ""), ("", ""),
        (String(pathBytes: [0xFF, 0x2E, 0x70]), "p"),
    ])
    func endingsAreThoseOfTheLastName(name: String, ending: String) { #expect(name.fileEnding == ending) }

    @Test func theEnvironmentIsTheProcesss() {
        #expect(ProgramEnvironment.all["PATH"] == ProcessInfo.processInfo.environment["PATH"])
        #expect(ProgramEnvironment.all.count == ProcessInfo.processInfo.environment.count)
    }

    @Test func freeDescriptorsAreCountedAndGivenBack() {
        #expect(FreeDescriptors.count(upTo: 5) == 5 && FreeDescriptors.count(upTo: 0) == 0)
    }
}
