import AnimoFiles
import Foundation

/// Writes a file as a whole or not at all: beside its place first, then moved there.
package enum AtomicFile {
    /// Writes `bytes` beside `path` and renames: readers see the old file or the whole new one.
    package static func write(_ bytes: [UInt8], to path: String) throws(CheckpointError) {
        let draft = "\(path).\(getpid()).partial"
        let descriptor = draft.withPathBytes { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644) }
        guard descriptor >= 0 else { throw failure() }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            written += count
        }
        let complete = written == bytes.count && fsync(descriptor) == 0
        let closed = close(descriptor) == 0
        let moved = complete && closed && draft.withPathBytes { from in path.withPathBytes { rename(from, $0) } } == 0
        guard moved else {
            let error = failure()
            _ = draft.withPathBytes { unlink($0) }
            throw error
        }
    }

    private static func failure() -> CheckpointError {
        CheckpointError(.unwritable, "the file cannot be written: \(String(cString: strerror(errno)))")
    }
}
