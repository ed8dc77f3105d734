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
    private let settings: [ModelSetting]
    private let pool: WorkerPool

    init(_ settings: Settings) {
        self.settings = settings.models
        pool = WorkerPool(threads: settings.threads)
    }

    /// - Parameter served: the models served now; one whose file has not changed is returned as it is.
    func load(replacing served: [ModelRegistry.Entry] = []) throws(ModelLoadFailure) -> [ModelRegistry.Entry] {
        if settings.isEmpty {
            if !served.isEmpty { return served }
            return [try entry("demo", isBuiltIn: true, replacing: nil) { try ModelFile(bytes: Array(DemoModel.model)) }]
        }
        var entries: [ModelRegistry.Entry] = []
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
