import Foundation

/// Files that hold what nobody else shall know.
enum Secrets {
    private static let credentials = "$CREDENTIALS_DIRECTORY/"

    /// A path as configured, which may lie in the folder where systemd puts what `LoadCredential=` names.
    static func path(_ text: String, key: String) throws -> String {
        guard text.hasPrefix(credentials) else { return text }
        guard let folder = ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"] else {
            throw StartFailure.setting(key, "$CREDENTIALS_DIRECTORY is not set; systemd does, with LoadCredential=")
        }
        return folder + "/" + text.dropFirst(credentials.count)
    }

    /// The tokens of a file, one a line, so that a new one can be handed out before the old one goes.
    static func tokens(in text: String) throws -> [String] {
        let path = try path(text, key: "token_file")
        try checkIsPrivate(path, key: "token_file")
        guard let content = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw StartFailure.setting("token_file", "expected a text file")
        }
        let tokens = content.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
        guard !tokens.isEmpty, tokens.allSatisfy({ $0.utf8.count >= 16 }) else {
            throw StartFailure.setting("token_file", "expected tokens of at least 16 characters, one a line")
        }
        return tokens
    }

    /// Refuses a secret that everybody on this machine may read.
    static func checkIsPrivate(_ path: String, key: String) throws {
        var status = stat()
        guard stat(path, &status) == 0, access(path, R_OK) == 0 else {
            throw StartFailure(.notFound, "configuration: \(key): no such file, or it cannot be read")
        }
        guard status.st_mode & 0o007 == 0 else {
            throw StartFailure.setting(key, "everybody may read or write it; expected a mode such as 0600")
        }
    }
}
