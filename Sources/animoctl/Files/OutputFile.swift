import AnimoFiles
import Foundation

/// A file to write when the work is done. Checked before, so that no work is wasted.
struct OutputFile {
    let path: String
    /// Path that the bytes really go to: links followed.
    private let target: String
    private let kind: Kind

    private enum Kind { case standardOutput, file, device }

    /// - Throws: `Failure` 73 where it could not be written, 64 where it would fill a terminal with bytes.
    init(checking path: String) throws {
        self.path = path
        if path == "-" {
            guard !Terminal.standardOutputIsTerminal else {
                throw Failure(
                    .usage, "--output -: expected a pipe or a file as standard output, got a terminal",
                    hint: "name a file, or pipe the picture")
            }
            (target, kind) = (path, .standardOutput)
            return
        }
        var information = stat()
        if path.withPathBytes({ stat($0, &information) }) == 0 {
            switch information.st_mode & S_IFMT {
            case S_IFDIR: throw Self.failure(path, "it is a folder, expected a file")
            case S_IFREG:
                target = Self.resolved(path)
                kind = .file
            default: (target, kind) = (path, .device)
            }
            guard path.withPathBytes({ access($0, W_OK) }) == 0 else {
                throw Self.failure(path, String(cString: strerror(errno)))
            }
            if kind == .device { return }
        } else {
            guard !path.isEmpty, !path.hasSuffix("/") else { throw Self.failure(path, "expected the name of a file") }
            (target, kind) = (path, .file)
        }
        let folder = Self.folder(of: target)
        guard folder.withPathBytes({ access($0, W_OK | X_OK) }) == 0 else {
            throw Self.failure(path, "its folder: \(String(cString: strerror(errno)))")
        }
    }

    /// All or nothing: the old file stays until the new one is whole, which then has its permissions.
    ///
    /// - Parameter mode: permissions of a file that was not there; nil: those that the system gives.
    func write(_ bytes: [UInt8], mode new: mode_t? = nil) throws {
        switch kind {
        case .standardOutput: try Terminal.write(bytes, to: STDOUT_FILENO)
        case .device: try Self.create(target, flags: O_WRONLY, bytes: bytes, shown: path)
        case .file:
            let temporary = target + ".animoctl-\(getpid())"
            var old = stat()
            let mode = target.withPathBytes({ stat($0, &old) }) == 0 ? old.st_mode & 0o777 : new
            _ = temporary.withPathBytes { unlink($0) }
            do {
                try Self.create(temporary, flags: O_WRONLY | O_CREAT | O_EXCL, mode: mode, bytes: bytes, shown: path)
                guard temporary.withPathBytes({ from in target.withPathBytes { rename(from, $0) } }) == 0 else {
                    throw Self.failure(path, String(cString: strerror(errno)))
                }
            } catch {
                _ = temporary.withPathBytes { unlink($0) }
                throw error
            }
        }
    }

    /// A folder to put files in, made where it is missing.
    ///
    /// - Parameter mode: permissions of each folder that is made, less what the user's mask takes.
    static func makeFolder(_ path: String, mode: mode_t = 0o777) throws {
        var made = path.hasPrefix("/") ? "/" : ""
        for name in path.split(separator: "/") {
            made += "\(name)/"
            guard made.withPathBytes({ mkdir($0, mode) }) == 0 || errno == EEXIST else {
                throw failure(path, String(cString: strerror(errno)))
            }
        }
        var information = stat()
        guard path.withPathBytes({ stat($0, &information) }) == 0 else {
            throw failure(path, String(cString: strerror(errno)))
        }
        guard information.st_mode & S_IFMT == S_IFDIR else { throw failure(path, String(cString: strerror(ENOTDIR))) }
        guard path.withPathBytes({ access($0, W_OK | X_OK) }) == 0 else {
            throw failure(path, String(cString: strerror(errno)))
        }
    }

    /// - Parameter mode: the permissions it gets before it gets bytes; nil: those that the system gives.
    private static func create(
        _ path: String, flags: Int32, mode: mode_t? = nil, bytes: [UInt8], shown: String
    ) throws {
        let descriptor = path.withPathBytes { open($0, flags | O_CLOEXEC, mode == nil ? 0o666 : 0o600) }
        guard descriptor >= 0 else { throw failure(shown, String(cString: strerror(errno))) }
        defer { close(descriptor) }
        if let mode, fchmod(descriptor, mode) != 0 { throw failure(shown, String(cString: strerror(errno))) }
        try Terminal.write(bytes, to: descriptor)
    }

    /// Path of the file, links followed.
    private static func resolved(_ path: String) -> String {
        path.withPathBytes { pointer in
            guard let found = realpath(pointer, nil) else { return path }
            defer { free(found) }
            return String(pathBytes: UnsafeRawBufferPointer(start: found, count: strlen(found)))
        }
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func failure(_ path: String, _ reason: String) -> Failure {
        Failure(.cannotWrite, "cannot write '\(path)': \(reason)")
    }
}
