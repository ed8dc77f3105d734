import AnimoCheckpoint
import AnimoFiles
import Foundation

/// Files of secrets: tokens and keys.
enum Secrets {
    private static let credentials = "$CREDENTIALS_DIRECTORY/"

    /// A path as configured, which may lie in the folder where systemd puts what `LoadCredential=` names.
    static func path(_ text: String, key: String) throws -> String {
        guard text.hasPrefix(credentials) else { return text }
        guard let folder = ProgramEnvironment.all["CREDENTIALS_DIRECTORY"] else {
            throw StartFailure.setting(
                key, "expected $CREDENTIALS_DIRECTORY to be set, which systemd does with LoadCredential=; it is not")
        }
        return folder + "/" + text.dropFirst(credentials.count)
    }

    /// The tokens of a file, one a line, so that a new one can be distributed before the old one is withdrawn.
    static func tokens(in text: String) throws -> [String] {
        let path = try path(text, key: "token_file")
        try checkIsPrivate(path, key: "token_file")
        guard let file = try? FileBytes(reading: path),
            let content = file.withUnsafeBytes({ String(validating: $0, as: UTF8.self) })
        else {
            throw StartFailure.setting("token_file", "expected a text file")
        }
        let tokens = content.trimmingPrefix("\u{FEFF}").split(whereSeparator: \.isNewline).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        .filter { !$0.isEmpty }
        guard !tokens.isEmpty, tokens.allSatisfy({ $0.utf8.count >= 16 }) else {
            throw StartFailure.setting("token_file", "expected tokens of at least 16 characters, one a line")
        }
        return tokens
    }

    /// Rejects a secret that every user of this machine may read.
    static func checkIsPrivate(_ path: String, key: String) throws {
        var status = stat()
        guard path.withPathBytes({ stat($0, &status) == 0 && access($0, R_OK) == 0 }) else {
            throw StartFailure(.notFound, "configuration: \(key): expected a readable file, got none")
        }
        guard status.st_mode & 0o007 == 0 else {
            throw StartFailure.setting(key, "every user may read or write the file; expected a mode such as 0600")
        }
    }
}
