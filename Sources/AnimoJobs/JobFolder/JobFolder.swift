import AnimoFiles
import Foundation

/// The folder of a job beside its output: `job.json`, journals of drivers, and segments. One run owns it at a
/// time, by a lock that ends with the process.
package final class JobFolder: Sendable {
    /// Its path.
    package let path: String
    private let lock: Int32

    /// Ending of its name.
    package static let ending = ".animo-job"

    /// Path of a job's folder: beside the output, or within it where that is a folder.
    package static func path(for output: String, isFolder: Bool) -> String {
        var output = output
        while output.count > 1, output.hasSuffix("/") { output.removeLast() }
        guard isFolder else { return output + ending }
        let name = output.split(separator: "/").last.map(String.init) ?? "job"
        return output + "/" + (name == "." || name == ".." ? "job" : name) + ending
    }

    /// Opens the folder, creating it where asked to, and takes the lock.
    ///
    /// - Throws: `busy` where another run has it, `notFound` where there is none, `cannotWrite`.
    package init(_ path: String, makes: Bool) throws {
        self.path = path
        if makes {
            for folder in [path, path + "/read", path + "/seg"] { try DurableFile.makeFolder(folder) }
        } else if !DurableFile.isFolder(path) {
            throw JobError(.notFound, "'\(path)' is no folder of a job")
        }
        lock = (path + "/lock").withPathBytes { open($0, O_RDWR | O_CREAT | O_CLOEXEC, 0o666) }
        guard lock >= 0 else { throw DurableFile.failure(path) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            close(lock)
            guard reason == EWOULDBLOCK else { throw DurableFile.failure(path) }
            throw JobError(.busy, "another run has the job '\(path)'")
        }
    }

    deinit { close(lock) }

    /// State in `job.json` of a folder, whoever holds its lock; nil where there is none.
    package static func state(of path: String) throws -> JobState? {
        let file = path + "/job.json"
        guard DurableFile.exists(file) else { return nil }
        let descriptor = file.withPathBytes { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            throw JobError(.notFound, "cannot read '\(file)': \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Foundation.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += chunk[..<count]
            guard bytes.count <= 256 << 20 else { throw JobError(.badData, "'\(file)' is too large") }
        }
        return try JobState(parsing: bytes)
    }

    /// Replaces `job.json`.
    package func save(_ state: JobState) throws {
        try DurableFile.write(Array(state.text.utf8), to: path + "/job.json")
    }

    /// Path of a driver's journal of motion.
    package func journal(_ digest: String) -> String { path + "/read/" + digest + ".jsonl" }

    /// Path of the folder of an item's segments.
    package func segments(of item: Int) -> String { path + "/seg/\(item)" }

    /// A segment of an item.
    package func segment(_ number: Int, of item: Int, ending: String) -> String {
        let digits = String(number)
        return segments(of: item) + "/" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits + "."
            + ending
    }

    /// Removes the folder of a job that is done.
    package func remove() { DurableFile.removeFolder(path) }
}
