import CSystemd
import Glibc

/// The journal's native protocol: entries of named fields whose values may hold anything.
///
/// A value with line breaks stays one value, so that input which finds its way into a log cannot forge an entry.
package enum Journal {
    /// Indicates whether what is written to standard error goes to the journal.
    ///
    /// systemd leaves device and inode of that connection in `JOURNAL_STREAM`; a redirection since then shows.
    package static var isStandardError: Bool { isStream(STDERR_FILENO, announced: getenv("JOURNAL_STREAM")) }

    /// Sends one entry, of which `MESSAGE` and `PRIORITY` (as in `syslog(3)`) are the usual fields.
    ///
    /// Fields whose name the journal would refuse are left out.
    /// - Returns: whether the journal took it, or is not there at all.
    @discardableResult
    package static func send(_ fields: [(String, String)]) -> Bool {
        let pieces = fields.filter { isName($0.0) }.map { Array("\($0.0)=\($0.1)".utf8) }
        var bytes = Array(pieces.joined())
        let code = bytes.withUnsafeMutableBytes { buffer in
            var offset = 0
            let vectors = pieces.map { piece in
                defer { offset += piece.count }
                return iovec(iov_base: buffer.baseAddress?.advanced(by: offset), iov_len: piece.count)
            }
            return sd_journal_sendv(vectors, Int32(vectors.count))
        }
        return code >= 0
    }

    /// Capital letters, digits and underscores, at most 64; an underscore in front is the journal's own.
    static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else { return false }
        return name.utf8.count <= 64
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
            }
    }

    /// Returns whether `descriptor` is the file that `announced` names as `device:inode`.
    static func isStream(_ descriptor: Int32, announced: UnsafePointer<CChar>?) -> Bool {
        guard let announced else { return false }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return false }
        return String(cString: announced) == "\(status.st_dev):\(status.st_ino)"
    }
}
