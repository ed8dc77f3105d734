import AnimoCLI
import Foundation

/// The token of the studio's overlay, which outlives restarts, so that a saved scene of a broadcaster goes on working.
enum OverlayToken {
    /// Reads it, or makes it: 32 hexadecimal digits in a file that its owner alone may read.
    static func kept() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        let state = environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        let folder = (state ?? NSHomeDirectory() + "/.local/state") + "/animo"
        let path = folder + "/overlay-token"
        if let text = try? String(contentsOfFile: path, encoding: .utf8) {
            let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
            if token.count == 32, token.allSatisfy(\.isHexDigit) { return token }
        }
        var generator = SystemRandomNumberGenerator()
        let token = String(format: "%016lx%016lx", generator.next() as UInt64, generator.next() as UInt64)
        let made =
            (try? FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])) != nil
            && FileManager.default.createFile(
                atPath: path, contents: Data((token + "\n").utf8), attributes: [.posixPermissions: 0o600])
        if !made {
            Terminal.note("animoctl: '\(path)' cannot be written; the overlay's address changes with each start")
        }
        return token
    }
}
