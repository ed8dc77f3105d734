import AnimoFiles

/// Other files that are given in a checkpoint's place, and advice for each.
extension CheckpointReader {
    /// A file's kind with the next step, for messages; nil for bytes of no known kind.
    ///
    /// - Parameters:
    ///   - raw: the file, or its beginning.
    ///   - fileSize: bytes of the whole file.
    static func words(_ raw: UnsafeRawBufferPointer, fileSize: Int) -> String? {
        guard let kind = FileKind(raw) else { return nil }
        let name = kind.rawValue
        switch kind {
        case .zip:
            return raw.count == fileSize ? zipWords(raw) : "a ZIP archive such as a PyTorch checkpoint: " + convert
        case .pickle:
            return Checkpoint.hasMagicNumber(raw)
                ? "a PyTorch checkpoint (before 1.6): " + convert
                : name + " alone, such as data.pkl out of an unpacked checkpoint, which holds no numbers: name the "
                    + "checkpoint as it was saved"
        case .safetensors: return name + ": " + convert
        case .tar:
            return name
                + ": a checkpoint of PyTorch before 0.1.10 is to be loaded and saved anew there; else unpack it "
                + "and name the file inside"
        case .json, .xml: return name + ": name the file of weights beside it"
        case .gguf: return name + ", a format of which no network here is published"
        case .tensorFlowLite:
            return name + ": name the archive it came in (face_landmarker.task), of which " + convert
        case .numpy: return name + ", one array without a name: name the file of all weights"
        case .hdf5: return name + ": save the weights as safetensors or by torch.save"
        default: return name + (kind.remedy.map { ": " + $0 } ?? "")
        }
    }

    private static let convert = "animoctl convert makes a model file of it"

    /// Looks into the archive's table of contents.
    private static func zipWords(_ raw: UnsafeRawBufferPointer) -> String {
        guard let directory = try? ZipDirectory(raw) else {
            return "a ZIP archive that is truncated or damaged, of \(raw.count) bytes: fetch it again"
        }
        if directory.isTorchScript { return Self.torchScript }
        if directory.isNumPyArchive { return Self.numPyArchive }
        if directory.entries.keys.contains(where: { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }) {
            return "a PyTorch checkpoint (ZIP): " + convert
        }
        if directory.entries.keys.contains(where: { $0.hasSuffix(".task") || $0.hasSuffix(".tflite") }) {
            return "a face landmarker's archive: " + convert
        }
        return "a ZIP archive without a checkpoint's data.pkl: unpack it and name the file inside"
    }

    /// Advice for a TorchScript program.
    static let torchScript =
        "a TorchScript program: save its weights alone, in Python: "
        + "torch.save(torch.jit.load(FILE, 'cpu').state_dict(), 'weights.pt')"
    /// Advice for a NumPy archive.
    static let numPyArchive =
        "a NumPy archive (.npz): save the weights as safetensors (safetensors.numpy.save_file(dict(numpy.load(FILE)), "
        + "'weights.safetensors'))"
}

extension ZipDirectory {
    /// `torch.jit.save` writes code beside the data.
    var isTorchScript: Bool {
        entries.keys.contains { $0.hasSuffix("/constants.pkl") || $0.contains("/code/__torch__") }
    }

    /// `numpy.savez` writes nothing but arrays.
    var isNumPyArchive: Bool { !entries.isEmpty && entries.keys.allSatisfy { $0.hasSuffix(".npy") } }
}
