import Foundation

/// The inputs that are kept for a target, small ones: seeds, and what was found.
package enum Corpus {
    /// `Tests/Support/Corpora/TARGET`, or nowhere in a checkout without it.
    package static func folder(of target: FuzzTarget) -> URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Corpora/\(target.rawValue)")
    }

    package static func inputs(of target: FuzzTarget) throws -> [[UInt8]] {
        let files = try FileManager.default.contentsOfDirectory(at: folder(of: target), includingPropertiesForKeys: nil)
        return try files.sorted { $0.path < $1.path }.map { Array(try Data(contentsOf: $0)) }
    }
}
