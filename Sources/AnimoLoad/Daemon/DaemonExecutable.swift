import Foundation

/// Path of a server's program.
package enum DaemonExecutable {
    /// Beside this program, then in PATH; nil where it is in neither.
    package static func find(
        _ name: String = "animod", environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String? {
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let folders =
            [URL(fileURLWithPath: own).deletingLastPathComponent().path]
            + (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return folders.map { $0 + "/" + name }.first { access($0, X_OK) == 0 }
    }
}
