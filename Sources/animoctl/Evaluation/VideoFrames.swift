import AnimoConcurrency
import AnimoJobs
import AnimoPictures

/// Frames of a video as pictures, four a second of its time, read as `animoctl run` reads them.
struct VideoFrames: Sendable {
    private let tools: FFmpegTools
    private let decoding: VideoDecoding

    /// Frames a second that are looked at.
    static let rate = FrameRate.four

    init(_ path: String) async throws {
        tools = try await FFmpegTools.find()
        decoding = try await tools.decoding(path, try await tools.probe(path), at: Self.rate)
    }

    /// - Returns: at most so many, evenly spaced from the first to the last, as PNG.
    func spaced(_ most: Int) async throws -> [[UInt8]] {
        let total = if let expected = decoding.expectedFrames { expected } else { try await count() }
        let wanted = total > most && most > 1 ? Set((0..<most).map { $0 * (total - 1) / (most - 1) }) : nil
        var frames: [[UInt8]] = []
        var last: [UInt8]?
        try await forEach { number, bytes in
            let isWanted = wanted?.contains(number) ?? (number < most)
            if isWanted { frames.append(try await encoded(bytes)) }
            last = isWanted ? nil : bytes
        }
        // A container may promise a frame more than it has.
        if let last, frames.count < most, wanted.map({ frames.count < $0.count }) == true {
            frames.append(try await encoded(last))
        }
        return frames
    }

    private func count() async throws -> Int {
        var count = 0
        try await forEach { _, _ in count += 1 }
        return count
    }

    private func forEach(_ body: (Int, [UInt8]) async throws -> Void) async throws {
        let reader = try await VideoReader(decoding, tools)
        var number = 0
        while let bytes = try await reader.next() {
            try await body(number, bytes)
            number += 1
        }
        _ = try await reader.finish(after: number)
    }

    private func encoded(_ bytes: [UInt8]) async throws -> [UInt8] {
        let picture = Picture(
            width: decoding.size.width, height: decoding.size.height, layout: decoding.channels == 4 ? .rgba : .rgb,
            pixels: bytes)
        return try await runBlocking { try PictureEncoder.encode(picture.overWhite(), as: .png) }
    }
}
