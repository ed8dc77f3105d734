import AnimoDemo
import AnimoServer
import AnimoTestSupport
import Foundation
import Testing

@testable import animod

/// What a daemon serves out of a folder, and beside the models that it is told by name.
@Suite struct ModelFolderTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for name in ["b.safetensors", "a.safetensors", ".hidden.safetensors"] {
            try Data(DemoModel.model).write(to: folder.url.appendingPathComponent(name))
        }
        try Data("notes".utf8).write(to: folder.url.appendingPathComponent("notes.txt"))
    }

    private func served(
        _ change: (inout Settings) throws -> Void = { _ in }, isService: Bool = false
    ) throws -> [ModelRegistry.Entry] {
        var settings = Settings()
        settings.threads = 1
        try change(&settings)
        return try ServedModels(settings, isService: isService, usual: folder.url.path).load()
    }

    @Test func startedByHandTheBuiltInModelComesFirstAndThenWhatWasFetched() throws {
        let entries = try served()
        #expect(entries.map(\.name) == ["demo", "a", "b"])
        #expect(entries.map(\.engine.information.isBuiltIn) == [true, false, false])
    }

    @Test func aServiceAndWhoeverSaysNoneServeTheBuiltInModelAlone() throws {
        #expect(try served(isService: true).map(\.name) == ["demo"])
        #expect(try served { $0.modelFolder = ModelFolder("none") }.map(\.name) == ["demo"])
    }

    @Test func modelsThatAreNamedAreAllThereIs() throws {
        let model = try #require(ModelSetting(argument: "heads=\(folder.path("a.safetensors"))"))
        #expect(try served { $0.models = [model] }.map(\.name) == ["heads"])
    }

    @Test func aNamedFolderIsServedWholeBehindTheModelsThatAreNamed() throws {
        #expect(try served { $0.modelFolder = ModelFolder(folder.url.path) }.map(\.name) == ["a", "b"])
        let model = try #require(ModelSetting(argument: "b=\(folder.path("a.safetensors"))"))
        let both = try served {
            $0.models = [model]
            $0.modelFolder = ModelFolder(folder.url.path)
        }
        #expect(both.map(\.name) == ["b", "a"])
    }

    @Test func aReloadSeesWhatTheFolderHasByThen() throws {
        var settings = Settings()
        (settings.threads, settings.modelFolder) = (1, ModelFolder(folder.url.path))
        let models = ServedModels(settings)
        let before = try models.load()
        try FileManager.default.removeItem(atPath: folder.path("a.safetensors"))
        try Data(DemoModel.model).write(to: folder.url.appendingPathComponent("c.safetensors"))
        let after = try models.load(replacing: before)
        #expect(after.map(\.name) == ["b", "c"])
        #expect(after.first?.engine === before.last?.engine)
    }

    @Test func aFolderThatIsNotThereIsSaid() throws {
        let missing = folder.path("missing")
        #expect(try ServedModels(Settings(), isService: false, usual: missing).load().map(\.name) == ["demo"])
        #expect(throws: ModelLoadFailure.self) { try served { $0.modelFolder = ModelFolder(missing) } }
    }

    @Test func aFileWhoseNameIsNoModelsNameIsSaid() throws {
        try Data(DemoModel.model).write(to: folder.url.appendingPathComponent("two words.safetensors"))
        let failure = #expect(throws: ModelLoadFailure.self) {
            try served { $0.modelFolder = ModelFolder(folder.url.path) }
        }
        #expect(failure?.message.contains("two words.safetensors") == true, "\(failure?.message ?? "")")
    }

    /// The program by itself, with the option.
    @Test func theProgramServesAFolder() async throws {
        let checked = try await Command.run(Binaries.animod, ["--models", folder.url.path, "--check-config"])
        #expect(checked.status == 0, "\(checked.errors)")
        #expect(checked.text == "the configuration is valid: a, b\n")
        let refused = try await Command.run(Binaries.animod, ["--models", folder.path("missing"), "--check-config"])
        #expect(refused.status == 66)
        #expect(refused.errors.contains("--models"), "\(refused.errors)")
    }
}
