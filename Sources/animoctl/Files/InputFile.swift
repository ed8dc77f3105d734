import AnimoCheckpoint
import AnimoFiles
import Foundation

/// Files named on the command line, read whole; `-` is standard input.
enum InputFile {
    /// More than any daemon takes, and little enough to hold.
    static let largest = 1 << 30

    /// - Throws: `Failure` 66 where there is no such file, 65 where it is no file or too large.
    static func read(_ path: String, as what: String) throws -> [UInt8] {
        if path == "-" { return try read(descriptor: STDIN_FILENO, named: what + " (standard input)") }
        let descriptor = path.withPathBytes { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw Failure(.notFound, "\(what): cannot read '\(path)': \(reason)")
        }
        defer { close(descriptor) }
        return try read(descriptor: descriptor, named: "\(what): '\(path)'")
    }

    /// A file of any size, of which only what is looked at is read; what cannot be mapped, such as a pipe, is read
    /// whole.
    ///
    /// - Throws: as ``read(_:as:)``.
    static func mapped(_ path: String, as what: String) throws -> FileBytes {
        var information = stat()
        guard path != "-", path.withPathBytes({ stat($0, &information) }) == 0, information.st_mode & S_IFMT == S_IFREG,
            path.withPathBytes({ access($0, R_OK) }) == 0
        else { return FileBytes(try read(path, as: what)) }
        do {
            return try FileBytes(mapping: path)
        } catch {
            throw Failure(.badData, "\(what): '\(path)': \(error.message)")
        }
    }

    private static func read(descriptor: Int32, named name: String) throws -> [UInt8] {
        var all: [UInt8] = []
        var information = stat()
        if fstat(descriptor, &information) == 0 {
            if information.st_mode & S_IFMT == S_IFDIR {
                throw Failure(.badData, "\(name) is a folder, expected a file")
            }
            guard information.st_size <= largest else { throw Failure(.badData, tooLarge(name)) }
            if information.st_size > 0 { all.reserveCapacity(Int(information.st_size) + 1) }
        }
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Foundation.read(descriptor, &chunk, chunk.count)
            if count == 0 { return all }
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure(.badData, "\(name) cannot be read: \(String(cString: strerror(errno)))")
            }
            all.append(contentsOf: chunk[..<count])
            guard all.count <= largest else { throw Failure(.badData, tooLarge(name)) }
        }
    }

    private static func tooLarge(_ name: String) -> String { "\(name) is larger than 1 GiB" }
}
