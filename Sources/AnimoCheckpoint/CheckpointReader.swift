/// Reads arrays from whatever container holds them, told by their first bytes.
package enum CheckpointReader {
    /// The file is mapped, so that what is not asked for is never read.
    package static func read(path: String) throws(CheckpointError) -> ArrayArchive {
        try read(FileBytes(mapping: path))
    }

    /// Reads a file of any known container from memory.
    package static func read(bytes: [UInt8]) throws(CheckpointError) -> ArrayArchive { try read(FileBytes(bytes)) }

    /// The tensors of a safetensors file with its metadata, or those of a checkpoint's model
    /// (``Checkpoint/stateDictionary()``).
    package static func read(_ file: FileBytes) throws(CheckpointError) -> ArrayArchive {
        switch try format(of: file) {
        case .safetensors: try Safetensors.read(file)
        case .zip, .legacy: ArrayArchive(arrays: try tree(file).stateDictionary())
        }
    }

    /// The same with every tensor there is, those of a checkpoint under the path of their dictionaries
    /// (``Checkpoint/everyTensor()``).
    package static func readEverything(_ file: FileBytes) throws(CheckpointError) -> ArrayArchive {
        switch try format(of: file) {
        case .safetensors: try Safetensors.read(file)
        case .zip, .legacy: try tree(file).everyTensor()
        }
    }

    /// A PyTorch checkpoint with all that is in it.
    package static func tree(path: String) throws(CheckpointError) -> Checkpoint { try tree(FileBytes(mapping: path)) }

    /// Reads a PyTorch checkpoint as the tree of values that it holds.
    package static func tree(_ file: FileBytes) throws(CheckpointError) -> Checkpoint {
        switch try format(of: file) {
        case .zip: try Checkpoint(zip: file)
        case .legacy: try Checkpoint(legacy: file)
        case .safetensors:
            throw CheckpointError(.unsupported, "expected a PyTorch checkpoint, got a safetensors file")
        }
    }

    /// The containers that are read.
    package enum Format: String, Sendable {
        /// safetensors, of any metadata.
        case safetensors
        /// `torch.save` since PyTorch 1.6.
        case zip = "PyTorch (ZIP)"
        /// `torch.save` before: several pickles, then the storages.
        case legacy = "PyTorch (before 1.6)"
    }

    /// Returns the container of the bytes.
    package static func format(of file: FileBytes) throws(CheckpointError) -> Format {
        try file.withUnsafeBytes { (raw) throws(CheckpointError) in
            if ZipDirectory.recognises(raw) { return .zip }
            if Safetensors.recognises(raw) { return .safetensors }
            if Checkpoint.hasMagicNumber(raw) { return .legacy }
            let words =
                words(raw, fileSize: raw.count)
                ?? "\(raw.count) bytes of no known kind, or a ZIP file that is cut short"
            throw CheckpointError(
                raw.count < 16 ? .truncated : .unsupported,
                "expected a safetensors file or a PyTorch checkpoint (ZIP or older), got \(words)")
        }
    }
}
