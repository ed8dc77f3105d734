import AnimoVideo
import Foundation

/// One identity's frames: a folder of pictures, or a video.
struct EvaluatedIdentity: Sendable {
    let name: String
    /// PNG or JPEG, in the order of time; at least two.
    let frames: [[UInt8]]
}

/// Reads the identities of a folder: each subfolder of pictures and each video is one; pictures that lie in the folder
/// itself are one together.
enum EvaluationFrames {
    private static let pictures: Set<String> = ["png", "jpg", "jpeg"]
    private static let videos: Set<String> = ["mp4", "mkv", "webm", "avi", "mov", "gif"]

    /// - Parameter most: frames of each identity, evenly spaced.
    /// - Throws: `Failure` 66 where there is no such folder, 65 where there are no frames in it.
    static func identities(in path: String, most: Int, option: String) throws -> [EvaluatedIdentity] {
        let root = URL(fileURLWithPath: path)
        guard let entries = try? FileManager.default.contentsOfDirectory(atPath: path).sorted() else {
            throw Failure(.notFound, "\(option): no folder '\(path)'")
        }
        var identities: [EvaluatedIdentity] = []
        func add(_ name: String, _ frames: [[UInt8]]) {
            if frames.count >= 2 { identities.append(EvaluatedIdentity(name: name, frames: frames)) }
        }
        add(root.lastPathComponent, try files(entries, in: root, most: most))
        for entry in entries where !entry.hasPrefix(".") {
            let url = root.appendingPathComponent(entry)
            if let inner = try? FileManager.default.contentsOfDirectory(atPath: url.path).sorted() {
                add(entry, try files(inner, in: url, most: most))
            } else if videos.contains(url.pathExtension.lowercased()) {
                add(entry, try video(url, most: most))
            }
        }
        guard !identities.isEmpty else {
            throw Failure(
                .badData, "\(option): '\(path)' holds no folder of two pictures and no video",
                hint: "one folder of PNG or JPEG frames for each identity, or one video")
        }
        return identities
    }

    private static func files(_ names: [String], in folder: URL, most: Int) throws -> [[UInt8]] {
        let urls = names.map { folder.appendingPathComponent($0) }.filter {
            pictures.contains($0.pathExtension.lowercased())
        }
        return try spaced(urls, most).map { try InputFile.read($0.path, as: "frame") }
    }

    private static func spaced<Element>(_ all: [Element], _ most: Int) -> [Element] {
        guard all.count > most, most > 1 else { return Array(all.prefix(most)) }
        return (0..<most).map { all[$0 * (all.count - 1) / (most - 1)] }
    }

    /// Decoded by ffmpeg, four frames a second.
    private static func video(_ url: URL, most: Int) throws -> [[UInt8]] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "ffmpeg", "-v", "error", "-nostdin", "-i", url.path, "-vf", "fps=4", "-q:v", "2", "-c:v", "mjpeg", "-f",
            "image2pipe", "-",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch {
            throw Failure(.badData, "'\(url.lastPathComponent)': ffmpeg cannot be started", hint: "install ffmpeg")
        }
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(.badData, "'\(url.lastPathComponent)': ffmpeg cannot read it, or is not installed")
        }
        var splitter = MJPEGSplitter(limit: 64 << 20)
        splitter.append(Array(data))
        var frames: [[UInt8]] = []
        while let frame = try splitter.next() { frames.append(frame) }
        return spaced(frames, most)
    }
}
