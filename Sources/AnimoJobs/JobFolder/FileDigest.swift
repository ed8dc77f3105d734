import AnimoFiles
import Crypto
import Foundation

/// SHA-256 of what a job reads, so that a resumed job never mixes two inputs.
package enum FileDigest {
    /// SHA-256 of a file's bytes; of a folder's names and files where it is one.
    ///
    /// - Throws: `notFound` where it cannot be read.
    package static func of(_ path: String) throws -> String {
        var hash = SHA256()
        if DurableFile.isFolder(path) {
            for (name, _) in try FolderListing(path).files {
                hash.update(data: name.pathBytes + [0])
                hash.update(data: Array(try of(path + "/" + name).utf8))
            }
        } else {
            try feed(path, &hash)
        }
        return text(hash.finalize())
    }

    /// SHA-256 of texts, each told apart from the next.
    package static func of(texts: [String]) -> String {
        var hash = SHA256()
        for text in texts { hash.update(data: Array(text.utf8) + [0]) }
        return text(hash.finalize())
    }

    private static func feed(_ path: String, _ hash: inout SHA256) throws {
        let descriptor = path.withPathBytes { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            throw JobError(.notFound, "cannot read '\(path)': \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = Foundation.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw JobError(.notFound, "cannot read '\(path)': \(String(cString: strerror(errno)))")
            }
            if count == 0 { return }
            hash.update(data: chunk[..<count])
        }
    }

    private static func text(_ digest: SHA256.Digest) -> String {
        digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
