import AnimoCLI
import AnimoFiles
import Foundation

/// The token of the studio's overlay, which outlives restarts, so that a saved scene of a broadcaster goes on working.
enum OverlayToken {
    /// Reads it, or makes it: 32 hexadecimal digits in a file that its owner alone may read.
    static func kept() throws -> String {
        let environment = ProgramEnvironment.all
        let state = environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        let folder = (state ?? NSHomeDirectory() + "/.local/state") + "/animo"
        let path = folder + "/overlay-token"
        if let bytes = try? InputFile.read(path, as: "the overlay's token") {
            let token = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            if token.count == 32, token.allSatisfy(\.isHexDigit) { return token }
        }
        var generator = SystemRandomNumberGenerator()
        let token = String(format: "%016lx%016lx", generator.next() as UInt64, generator.next() as UInt64)
        let made =
            (try? OutputFile.makeFolder(folder, mode: 0o700)) != nil
            && (try? OutputFile(checking: path).write(Array((token + "\n").utf8), mode: 0o600)) != nil
        if !made {
            Terminal.note("animoctl: '\(path)' cannot be written; the overlay's address changes with each start")
        }
        return token
    }
}
