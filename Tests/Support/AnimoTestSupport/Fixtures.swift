import Foundation

/// Where the tests find material that is not part of the package.
///
/// The goldens live in a folder `shared` beside the package. A test that needs one says
/// `.enabled(if: Fixtures.available, "needs ../shared")` and is skipped where it is absent.
package enum Fixtures {
    /// The package's root folder, the nearest one above this file that holds a `Package.swift`.
    package static let package: URL = {
        var folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        while folder.path != "/", !exists(folder.appendingPathComponent("Package.swift")) {
            folder.deleteLastPathComponent()
        }
        return folder
    }()

    /// The folder `../shared`, or nil where it is absent.
    package static let shared: URL? = {
        let folder = package.deletingLastPathComponent().appendingPathComponent("shared")
        return exists(folder.appendingPathComponent("fixtures")) ? folder : nil
    }()

    /// Indicates whether `../shared` is there.
    package static var available: Bool { shared != nil }

    /// A file under `../shared/fixtures`, or nil where it is absent.
    package static func url(_ relative: String) -> URL? { sharedURL("fixtures/" + relative) }

    /// A file under `../shared`, or nil where it is absent.
    package static func sharedURL(_ relative: String) -> URL? {
        guard let file = shared?.appendingPathComponent(relative), exists(file) else { return nil }
        return file
    }

    private static func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }
}
