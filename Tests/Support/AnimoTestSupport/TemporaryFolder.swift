import Foundation

/// A folder that is there as long as this object.
package final class TemporaryFolder: Sendable {
    /// Short, so that a socket's path within it stays below 108 bytes.
    package let url: URL

    package init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("animo-\(UUID().uuidString.prefix(13))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// The path of `name` in the folder.
    package func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}
