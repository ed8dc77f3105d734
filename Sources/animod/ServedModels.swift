import AnimoCLI
import AnimoFiles
import AnimoCheckpoint
import AnimoCompute
import AnimoDemo
import AnimoModel
import AnimoModelFile
import AnimoServer
import Foundation

/// Loads the models of the settings, or the built-in one; and again at each reload.
struct ServedModels: Sendable {
    private let named: [ModelSetting]
    /// Listed anew at each reload.
    private let folder: String?
    /// The folder is the usual one, which may be absent, and stands beside the built-in model.
    private let isUsual: Bool
    private let pool: WorkerPool

    /// - Parameters:
    ///   - isService: whether a service manager started the daemon, which then serves what its settings name.
    ///   - usual: the folder of a daemon that is started by hand.
    init(
        _ settings: Settings, isService: Bool = ProgramEnvironment.all["NOTIFY_SOCKET"] != nil,
        usual: String = WeightsFolder.standard
    ) {
        named = settings.models
        isUsual = settings.modelFolder == .standard && named.isEmpty && !isService
        folder =
            switch settings.modelFolder {
            case .path(let path): path
            case .none: nil
            case .standard: isUsual ? usual : nil
            }
        pool = WorkerPool(threads: settings.threads)
    }

    /// - Parameter served: the models served now; one whose file has not changed is returned as it is.
    func load(replacing served: [ModelRegistry.Entry] = []) throws(ModelLoadFailure) -> [ModelRegistry.Entry] {
        let settings = try named + listed()
        var entries: [ModelRegistry.Entry] = []
        if settings.isEmpty || isUsual, !settings.contains(where: { $0.name == Self.builtIn }) {
            if let before = served.first(where: { $0.engine.information.isBuiltIn }) {
                entries.append(before)
            } else {
                entries.append(
                    try entry(Self.builtIn, isBuiltIn: true, replacing: nil) {
                        try ModelFile(bytes: Array(DemoModel.model))
                    })
            }
        }
        for setting in settings {
            guard setting.path.withPathBytes({ access($0, R_OK) }) == 0 else {
                throw ModelLoadFailure(.missing, model: setting.name, "expected a readable file, got none")
            }
            let before = served.first { $0.name == setting.name }
            entries.append(
                // A link is read anew at each reload: where it leads then is what is served then.
                try entry(setting.name, isBuiltIn: false, replacing: before) {
                    try ModelFile(path: setting.path)
                })
        }
        return entries
    }

    private static let builtIn = "demo"

    /// The folder's model files by name, but for names that are taken.
    private func listed() throws(ModelLoadFailure) -> [ModelSetting] {
        guard let folder else { return [] }
        guard let names = Folder.names(in: folder) else {
            if isUsual { return [] }
            throw ModelLoadFailure(.missing, model: "folder", "expected one that can be listed (--models), got none")
        }
        let files = names.filter { $0.hasSuffix(".safetensors") && !$0.hasPrefix(".") }.sorted()
        var found: [ModelSetting] = []
        for file in files {
            guard let setting = ModelSetting(file: file, in: folder) else {
                throw ModelLoadFailure(
                    .unusable, model: file,
                    "expected a file's name of letters, digits, dot, dash and underscore, 64 at most")
            }
            if !named.contains(where: { $0.name == setting.name }) { found.append(setting) }
        }
        return found
    }

    private func entry(
        _ name: String, isBuiltIn: Bool, replacing before: ModelRegistry.Entry?,
        read: @escaping @Sendable () throws -> ModelFile
    ) throws(ModelLoadFailure) -> ModelRegistry.Entry {
        do {
            let file = try read()
            if let before, before.engine.information.digest == file.digest { return before }
            let model = try file.headModel(pool: pool)
            // A tracker's own file is read once.
            let tracker = try (model as? FaceTrackerModel)?.tracker ?? file.headTracker(pool: pool)
            let engine = Engine(
                model, tracker: tracker,
                information: ModelInformation(file.metadata, digest: file.digest, isBuiltIn: isBuiltIn)
            ) {
                let golden =
                    if isBuiltIn, let model = model as? AniMo {
                        try model.verify(golden: Safetensors.read(bytes: Array(DemoModel.golden)))
                    } else { [VerifyStage]() }
                let file = try read()
                let faces = model is FaceTrackerModel ? [] : try tracker?.verify(against: file.arrays) ?? []
                return try model.verify(against: file) + faces + golden
            }
            return ModelRegistry.Entry(name: name, engine: engine)
        } catch let error as ModelFileError {
            throw ModelLoadFailure(
                error.code == .unreadable ? .missing : .damaged, model: name, error.message, cause: error)
        } catch let error as ModelError {
            throw ModelLoadFailure(.unusable, model: name, error.message, cause: error)
        } catch {
            throw ModelLoadFailure(.damaged, model: name, "the file cannot be read", cause: error)
        }
    }
}
