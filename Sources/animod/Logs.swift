import Foundation
import Logging
import Systemd

/// Plain lines on standard error: time, level, message, key=value.
struct LineLog: LogHandler {
    let label: String
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
            .map { " \($0.key)=\("\($0.value)".oneWord)" }
        let time = Date.now.formatted(.iso8601)
        let line = "\(time) \(event.level) \("\(event.message)".oneLine)\(fields.joined())\n"
        // A full disk or a reader that went away costs the line, not the daemon: `write(_:)` would trap.
        try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
    }
}

/// The journal's own protocol, where standard error is the journal: fields stay fields.
struct JournalLog: LogHandler {
    let label: String
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }
            .map { ("ANIMOD_\($0.key.uppercased())", "\($0.value)") }
        let priority: Int
        switch event.level {
        case .critical: priority = 2
        case .error: priority = 3
        case .warning: priority = 4
        case .notice: priority = 5
        case .info: priority = 6
        case .debug, .trace: priority = 7
        }
        Journal.send([("MESSAGE", "\(event.message)"), ("PRIORITY", "\(priority)")] + fields)
    }
}

extension String {
    /// Without line ends and other control characters, so that no input writes a line of its own.
    var oneLine: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
    }

    /// Quoted where it has spaces, quotes or equal signs.
    var oneWord: String {
        let line = oneLine
        guard line.isEmpty || line.contains(where: { " \"=".contains($0) }) else { return line }
        return "\"" + line.replacingOccurrences(of: "\"", with: "'") + "\""
    }
}
