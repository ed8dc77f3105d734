import AnimoCheckpoint

/// A file that weights are published in, of any container that is read.
struct ConversionInput {
    /// Name of the container.
    let format: String
    /// Indicates a safetensors file, which may be a model file already.
    let isSafetensors: Bool
    /// Every tensor, by the names of the file, or by those of a model file where the file's own say nothing.
    let archive: ArrayArchive

    /// Reads a MediaPipe task or any container of ``CheckpointReader``, told by its content.
    init(_ file: FileBytes) throws(CheckpointError) {
        if FaceTask.recognises(file) {
            format = "MediaPipe task"
            isSafetensors = false
            archive = try FaceTask.read(file)
        } else {
            let container = try CheckpointReader.format(of: file)
            format = container.rawValue
            isSafetensors = container == .safetensors
            archive = try CheckpointReader.readEverything(file)
        }
    }
}
