import AnimoJSON
import Foundation
import Logging
import Systemd

/// Plain lines on standard error: time, level, message, key=value.
struct LineLog: LogSink {
    private let descriptor: Int32
    /// Indicates whether the last line was written in part, as on a disk that became full.
    private var isCut = false

    init(descriptor: Int32 = STDERR_FILENO) { self.descriptor = descriptor }

    mutating func write(_ record: LogRecord) -> Bool {
        let line = Self.line(at: record.time, record.level, record.message, record.fields) + "\n"
        let bytes = Array(((isCut ? "\n" : "") + line).utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            written += count
        }
        if written > 0 { isCut = written < bytes.count }
        return written == bytes.count
    }

    /// One line, whatever the message and the values hold.
    static func line(at time: Date, _ level: Logger.Level, _ message: String, _ fields: Logger.Metadata) -> String {
        let pairs = fields.sorted { $0.key < $1.key }.map { " \($0.key)=\("\($0.value)".asLogWord)" }
        return "\(time.formatted(.iso8601)) \(level) \(message.printable(atMost: LogLimits.message))\(pairs.joined())"
    }
}

/// The journal's own protocol, where standard error is the journal: fields stay fields.
struct JournalLog: LogSink {
    mutating func write(_ record: LogRecord) -> Bool {
        Journal.send(Self.fields(record.level, record.message, record.fields))
    }

    /// A value with line breaks would stay one field, and yet look like an entry of its own to a reader of the journal.
    static func fields(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) -> [(String, String)] {
        let priority: Int
        switch level {
        case .critical: priority = 2
        case .error: priority = 3
        case .warning: priority = 4
        case .notice: priority = 5
        case .info: priority = 6
        case .debug, .trace: priority = 7
        }
        // The journal's readers show the message alone.
        let words = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\("\($0.value)".asLogWord)" }
        return [
            ("MESSAGE", message.printable(atMost: LogLimits.message) + words.joined()), ("PRIORITY", "\(priority)"),
        ]
            + metadata.map { ("ANIMOD_\($0.key.uppercased())", "\($0.value)".printable(atMost: LogLimits.value)) }
    }
}

/// Characters of one message, and of one value beside it.
enum LogLimits {
    static let message = 512
    static let value = 256
}

extension String {
    /// A value: quoted where it has spaces, quotes, equal signs or backslashes.
    var asLogWord: String {
        let line = printable(atMost: LogLimits.value)
        guard line.isEmpty || line.contains(where: { " \"=\\".contains($0) }) else { return line }
        return "\"" + line.replacingOccurrences(of: "\"", with: "\\\"") + "\""
    }
}
