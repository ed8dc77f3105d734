import AnimoCheckpoint
import AnimoJSON
import AnimoMotion
import Crypto

/// A model file, read and found whole: every tensor that serving needs is there, has the shape its neighbours demand,
/// and is finite.
package struct ModelFile: Sendable {
    /// The file's metadata, checked.
    package let metadata: ModelMetadata
    /// All tensors, by the names of the file.
    package let arrays: [String: NamedArray]
    /// SHA-256 of the file.
    package let digest: [UInt8]

    /// Reads a file; a symbolic link is followed, what it leads to must be a regular file.
    package init(path: String) throws(ModelFileError) {
        do {
            try self.init(Safetensors.load(path: path))
        } catch let error as CheckpointError {
            throw ModelFileError(error)
        } catch let error as ModelFileError {
            throw error
        } catch {
            throw ModelFileError(.unreadable, "the file cannot be read", cause: error)
        }
    }

    /// Reads a file from memory.
    package init(bytes: [UInt8]) throws(ModelFileError) {
        try self.init(FileBytes(bytes))
    }

    /// Reads and checks a file.
    ///
    /// - Throws: where it is damaged, no model file, or not whole, naming every tensor at fault.
    package init(_ file: FileBytes) throws(ModelFileError) {
        let archive: ArrayArchive
        do {
            archive = try Safetensors.read(file)
        } catch {
            throw ModelFileError(error)
        }
        guard let text = archive.metadata[ModelMetadata.key] else {
            throw ModelFileError(
                .metadata, "not a model file: expected \"\(ModelMetadata.key)\" in its metadata, got nothing")
        }
        metadata = try ModelMetadata(parsing: text, shapes: archive.arrays.mapValues(\.shape), unread: archive.unread)
        arrays = archive.arrays
        for (name, array) in arrays where !array.isFinite {
            throw ModelFileError(
                .notFinite, "tensor \(name.quotedForMessage): expected finite values, got one that is not finite")
        }
        digest = file.withUnsafeBytes { Array(SHA256.hash(data: $0)) }
    }

    /// Widths of the networks of an AniMo or a PIRenderer; nil for other families.
    package var animoWidths: AnimoWidths? { AnimoWidths(shapes: arrays.mapValues(\.shape)) }

    /// The map from poses to motions and back.
    package var poseMapping: PoseMapping {
        let basis = try? arrays[TensorInventory.basisName]?.floats()
        guard let layout = FamilyRow.row(of: metadata.family)?.layout else {
            return PoseMapping(channels: metadata.channels, basis: basis)
        }
        return PoseMapping(layout)
    }

    /// The digest in hexadecimal.
    package var digestText: String { digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}
