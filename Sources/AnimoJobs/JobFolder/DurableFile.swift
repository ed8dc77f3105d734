import AnimoFiles
import Foundation

/// Files that appear under their names only when complete, even if power fails.
package enum DurableFile {
    /// Syncs a file to disk, then renames it within its folder.
    package static func name(_ part: String, _ file: String) throws {
        let descriptor = part.withPathBytes { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw failure(part) }
        let isOnDisk = fsync(descriptor) == 0
        close(descriptor)
        guard isOnDisk else { throw failure(part) }
        guard part.withPathBytes({ from in file.withPathBytes { rename(from, $0) } }) == 0 else { throw failure(file) }
        syncFolder(of: file)
    }

    /// Replaces a file by these bytes.
    package static func write(_ bytes: [UInt8], to file: String) throws {
        let part = file + ".part"
        _ = part.withPathBytes { unlink($0) }
        let descriptor = part.withPathBytes { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else { throw failure(part) }
        do {
            defer { close(descriptor) }
            try append(bytes, to: descriptor, part)
        } catch {
            _ = part.withPathBytes { unlink($0) }
            throw error
        }
        try name(part, file)
    }

    /// Writes all of `bytes`, in as many calls as it takes.
    package static func append(_ bytes: [UInt8], to descriptor: Int32, _ file: String) throws {
        try bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = Foundation.write(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw failure(file) }
                done += count
            }
        }
    }

    /// Makes a folder, and those above it.
    package static func makeFolder(_ path: String) throws {
        var made = path.hasPrefix("/") ? "/" : ""
        for name in path.split(separator: "/") {
            made += "\(name)/"
            guard made.withPathBytes({ mkdir($0, 0o777) }) == 0 || errno == EEXIST else { throw failure(path) }
        }
        guard isFolder(path) else {
            throw JobError(.cannotWrite, "cannot write '\(path)': it is no folder")
        }
    }

    /// Removes a folder with its content; does nothing where there is none.
    package static func removeFolder(_ path: String) {
        guard let folder = path.withPathBytes({ opendir($0) }) else { return }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(pathBytes: $0.prefix { $0 != 0 }) }
            if name != ".", name != ".." { names.append(name) }
        }
        closedir(folder)
        for name in names {
            let file = "\(path)/\(name)"
            // A link is removed, never followed.
            if file.withPathBytes({ unlink($0) }) != 0 { removeFolder(file) }
        }
        _ = path.withPathBytes { rmdir($0) }
    }

    /// Returns whether there is a file or folder at the path.
    package static func exists(_ path: String) -> Bool {
        var information = stat()
        return path.withPathBytes { lstat($0, &information) } == 0
    }

    /// Returns whether there is a folder at the path.
    package static func isFolder(_ path: String) -> Bool {
        var information = stat()
        return path.withPathBytes { stat($0, &information) } == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    /// Free bytes on a folder's disk; nil where unknown.
    package static func freeBytes(at folder: String) -> Double? {
        var information = statvfs()
        guard folder.withPathBytes({ statvfs($0, &information) }) == 0 else { return nil }
        return Double(information.f_bavail) * Double(information.f_frsize)
    }

    private static func syncFolder(of file: String) {
        let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? "."
        let descriptor = folder.withPathBytes { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// `cannotWrite` with the system's words for `errno`.
    static func failure(_ file: String) -> JobError {
        JobError(.cannotWrite, "cannot write '\(file)': \(String(cString: strerror(errno)))")
    }
}
