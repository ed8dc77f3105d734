import AnimoCheckpoint
import AnimoCompute
import AnimoDemo
import AnimoModel
import AnimoServer
import Foundation

/// Loads what the settings name, or the built-in model.
enum ServedModels {
    static func load(_ settings: Settings) throws -> ModelRegistry {
        let pool = WorkerPool(threads: settings.threads)
        if settings.models.isEmpty {
            return ModelRegistry([
                try entry("demo", pool: pool, isBuiltIn: true) { try ModelFile(bytes: Array(DemoModel.model)) }
            ])
        }
        return ModelRegistry(
            try settings.models.map { setting in
                guard FileManager.default.isReadableFile(atPath: setting.path) else {
                    throw StartFailure(code: .noInput, "model \(setting.name): no such file, or it cannot be read")
                }
                return try entry(setting.name, pool: pool, isBuiltIn: false) {
                    try ModelFile(path: setting.path)
                }
            })
    }

    private static func entry(
        _ name: String, pool: WorkerPool, isBuiltIn: Bool, read: @escaping @Sendable () throws -> ModelFile
    ) throws -> ModelRegistry.Entry {
        do {
            let file = try read()
            let metadata = file.metadata
            let information = ModelInformation(
                digest: file.digest, family: metadata.family, domains: metadata.domains,
                nativeSize: metadata.nativeSize, estimatorInputs: metadata.estimators, channels: metadata.channels,
                channelsInferred: metadata.channelsInferred, title: metadata.title ?? "",
                licence: metadata.licence ?? "", isBuiltIn: isBuiltIn)
            let engine = AnimoEngine(
                try Model(file: file, pool: pool), information: information, poseMapping: file.poseMapping
            ) { model in
                try model.verify(against: read())
                    + (isBuiltIn ? model.verify(golden: Safetensors.read(bytes: Array(DemoModel.golden))) : [])
            }
            return ModelRegistry.Entry(name: name, engine: engine)
        } catch let error as ModelFileError {
            throw StartFailure(code: .data, "model \(name): \(error.message)")
        } catch let error as ModelError {
            throw StartFailure(code: .data, "model \(name): \(error.message)")
        }
    }
}
