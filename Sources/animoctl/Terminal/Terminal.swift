import AnimoFiles
import AnimoJSON
import Foundation

/// The process's own three streams, written to without buffers and without signals.
enum Terminal {
    static let standardOutputIsTerminal = isatty(STDOUT_FILENO) == 1
    static let standardErrorIsTerminal = isatty(STDERR_FILENO) == 1
    static let standardInputIsTerminal = isatty(STDIN_FILENO) == 1

    /// Indicates whether the terminal supports moving the cursor.
    static let movesCursor = !["", "dumb"].contains(ProcessInfo.processInfo.environment["TERM"] ?? "")

    /// Facts a person or a script asked for.
    ///
    /// - Throws: `ReaderGone` where the pipe's reader is gone, `Failure` (73) where it cannot be written.
    static func print(_ text: String) throws {
        try write(
            Array(
                text.split(separator: "\n", omittingEmptySubsequences: false).map { printable(String($0)) }.joined(
                    separator: "\n"
                ).utf8), to: STDOUT_FILENO)
    }

    /// Writes a sequence that moves the terminal's cursor: only those of our own making.
    static func control(_ sequence: String) throws { try write(Array(sequence.utf8), to: STDOUT_FILENO) }

    /// Prints a line on standard error. Never fails: there is no place left to report it.
    static func note(_ text: String) {
        ProgressLine.shared.clear()
        try? write(Array((printable(text) + "\n").utf8), to: STDERR_FILENO)
    }

    /// Text that others wrote, fit for a terminal; bytes of a file's name that are no UTF-8 as `\xff`.
    static func printable(_ text: String) -> String { text.printablePath.printable }

    /// All of `bytes`, however long the other end takes.
    static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        try bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                guard let start = buffer.baseAddress else { return }
                #if canImport(Glibc)
                    let count = Glibc.write(descriptor, start + done, buffer.count - done)
                #else
                    let count = Foundation.write(descriptor, start + done, buffer.count - done)
                #endif
                if count > 0 {
                    done += count
                } else if count < 0, errno == EINTR {
                    continue
                } else if count < 0, errno == EAGAIN || errno == EWOULDBLOCK {
                    var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&waiting, 1, -1)
                } else if errno == EPIPE {
                    throw ReaderGone()
                } else {
                    throw Failure(.cannotWrite, "the output cannot be written: \(String(cString: strerror(errno)))")
                }
            }
        }
    }

    /// Columns of the terminal at standard error; 80 where it does not say.
    static var width: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Lines of the terminal at standard output; 24 where it does not say.
    static var height: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 1 else { return 24 }
        return Int(size.ws_row)
    }
}
