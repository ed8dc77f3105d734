import Foundation

/// The programs under test, which were built beside the test bundle.
enum Binaries {
    static let animod = folder.appendingPathComponent("animod")
    static let animoctl = folder.appendingPathComponent("animoctl")
    static let animobench = folder.appendingPathComponent("animobench")

    /// The test bundle is an executable in the build's folder.
    private static let folder: URL = {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: bundle).deletingLastPathComponent()
    }()
}
