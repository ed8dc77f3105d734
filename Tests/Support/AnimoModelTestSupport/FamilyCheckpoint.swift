import AnimoCheckpoint
import AnimoModelFile
import AnimoTestSupport

/// Checkpoints under `../shared/fixtures/families`.
package enum FamilyCheckpoint {
    package struct Missing: Error {
        let name: String
    }

    package static func bytes(_ name: String) throws -> FileBytes {
        guard let url = Fixtures.url("families/\(name)") else { throw Missing(name: name) }
        return try FileBytes(mapping: url.path)
    }

    /// The model file that a checkpoint becomes.
    package static func converted(_ name: String, _ options: ModelConversion.Options = .init()) throws -> ModelFile {
        try ModelFile(bytes: try ModelConversion.convert(try bytes(name), options: options))
    }
}
