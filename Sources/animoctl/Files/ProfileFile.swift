import AnimoCLI
import AnimoFiles
import AnimoJSON
import ArgumentParser
import Foundation

/// Control settings that are kept by name, under `$XDG_CONFIG_HOME/animo/profiles`.
struct ProfileFile: Sendable {
    private let path: String

    /// - Throws: `ValidationError` where the name is no file's.
    static func validate(_ name: String) throws {
        guard !name.isEmpty, !name.contains("/"), !name.hasPrefix("."), name.utf8.count <= 200 else {
            throw ValidationError("--profile: expected a name without slashes, got '\(name)'")
        }
    }

    init(named name: String) {
        let environment = ProgramEnvironment.all
        let folder =
            environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
            ?? (environment["HOME"] ?? "/") + "/.config"
        path = "\(folder)/animo/profiles/\(name).json"
    }

    /// Reads the profile; empty settings where there is no such profile yet.
    func read() throws -> ControlSettings {
        guard path.withPathBytes({ access($0, F_OK) }) == 0 else { return ControlSettings() }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: try InputFile.read(path, as: "--profile"))
        } catch let error as JSONError {
            throw Failure(.badData, "--profile: '\(path)': \(error.message)")
        }
        guard let object = value.objectValue else {
            throw Failure(.badData, "--profile: '\(path)': expected an object, got \(value.kind)")
        }
        return try ControlSettings(object, at: "profile")
    }

    func write(_ settings: ControlSettings) throws {
        try OutputFile.makeFolder(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
        try OutputFile(checking: path).write(Array(JSONValue.object(settings.json).pretty.utf8))
    }
}
