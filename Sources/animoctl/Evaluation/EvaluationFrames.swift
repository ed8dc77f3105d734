import AnimoCLI
import AnimoFiles
import AnimoPictures

/// One identity's frames: a folder of pictures, or a video.
struct EvaluatedIdentity: Sendable {
    let name: String
    /// PNG or JPEG, in the order of time; at least two.
    let frames: [[UInt8]]
}

/// A file of an evaluation that could not be read, and why.
struct UnreadFrame: Sendable, Equatable {
    /// As it lies in the folder, such as `first/0003.png`.
    let name: String
    let reason: String
}

/// Reads the identities of a folder: each subfolder of pictures and each video is one; pictures that lie in the folder
/// itself are one together. A file that cannot be read is reported and skipped.
struct EvaluationFrames: Sendable {
    private(set) var identities: [EvaluatedIdentity] = []
    private(set) var unread: [UnreadFrame] = []

    private static let pictures: Set<String> = ["png", "jpg", "jpeg"]
    private static let videos: Set<String> = ["mp4", "mkv", "webm", "avi", "mov", "gif"]

    /// - Parameter most: frames of each identity, evenly spaced.
    /// - Throws: `Failure` 66 where there is no such folder, 65 where there are no frames in it.
    init(in path: String, most: Int, option: String) async throws {
        guard let entries = Self.entries(of: path) else {
            throw Failure(.notFound, "\(option): expected a folder, got '\(path)', which is none or cannot be read")
        }
        let name = path.split(separator: "/").last { $0 != "." }.map(String.init) ?? path
        add(name, pictures(among: entries, in: path, under: "", most: most))
        for entry in entries {
            let inside = "\(path)/\(entry)"
            if let inner = Self.entries(of: inside) {
                add(entry, pictures(among: inner, in: inside, under: entry + "/", most: most))
            } else if Self.videos.contains(entry.fileEnding) {
                add(entry, await video(inside, named: entry, most: most))
            }
        }
        for file in unread { Terminal.note("animoctl: \(option): '\(file.name)' skipped: \(file.reason)") }
        guard !identities.isEmpty else {
            throw Failure(
                .badData,
                "\(option): expected a folder of at least two readable pictures, or a video, in '\(path)', got neither",
                hint: "one folder of PNG or JPEG frames for each identity, or one video")
        }
    }

    /// Names that do not begin with a dot, such as macOS's `._frame.png` and `.DS_Store`.
    private static func entries(of path: String) -> [String]? {
        Folder.names(in: path)?.filter { !$0.hasPrefix(".") }
    }

    private mutating func add(_ name: String, _ frames: [[UInt8]]) {
        if frames.count >= 2 { identities.append(EvaluatedIdentity(name: name.printablePath, frames: frames)) }
    }

    private mutating func pictures(
        among names: [String], in folder: String, under prefix: String, most: Int
    ) -> [[UInt8]] {
        let files = names.filter { Self.pictures.contains($0.fileEnding) }
        return Self.spaced(files, most).compactMap { name in
            reading(prefix + name) {
                let bytes = try InputFile.read("\(folder)/\(name)", as: "frame")
                _ = try PictureDecoder.decode(bytes, shrinkingInto: PictureFile.Fitting.limits, longestSide: 64)
                return bytes
            }
        }
    }

    /// Returns the result of `body`; nil for an error, which is kept.
    private mutating func reading<Value>(_ name: String, _ body: () throws -> Value) -> Value? {
        do { return try body() } catch {
            pass(name, error)
            return nil
        }
    }

    private mutating func pass(_ name: String, _ error: any Error) {
        unread.append(UnreadFrame(name: name.printablePath, reason: Failure(any: error)?.message ?? "\(error)"))
    }

    private mutating func video(_ path: String, named name: String, most: Int) async -> [[UInt8]] {
        do { return try await VideoFrames(path).spaced(most) } catch {
            pass(name, error)
            return []
        }
    }

    private static func spaced<Element>(_ all: [Element], _ most: Int) -> [Element] {
        guard all.count > most, most > 1 else { return Array(all.prefix(most)) }
        return (0..<most).map { all[$0 * (all.count - 1) / (most - 1)] }
    }
}
