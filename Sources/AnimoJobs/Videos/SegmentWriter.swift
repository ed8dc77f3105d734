import AnimoConcurrency
import AnimoFiles
import Foundation

/// Writes one segment: a run of ffmpeg into a `.part`, which gets its name when it is complete and synced to disk.
package final class SegmentWriter: Sendable {
    private let process: ToolProcess
    private let file: String

    /// - Parameter file: the segment's name.
    package init(
        _ encoding: VideoEncoding, width: Int, height: Int, to file: String, _ tools: FFmpegTools
    ) async throws {
        self.file = file
        let part = file + ".part"
        _ = part.withPathBytes { unlink($0) }
        process = try await ToolProcess.start(
            tools.ffmpeg, encoding.arguments(width: width, height: height, to: part), input: true)
    }

    /// - Throws: `failed` where ffmpeg has ended, `cannotWrite` where the disk is full.
    package func write(_ frame: [UInt8]) async throws {
        let process = process
        let isThere = try await withTaskCancellationHandler {
            try await runBlocking { try process.write(frame) }
        } onCancel: {
            process.terminate()
        }
        try Task.checkCancellation()
        guard isThere else {
            throw FFmpegTools.failure(of: process, try await process.finish(), "encoding")
        }
    }

    /// Ends the frames, waits until the segment is complete, syncs it to disk and gives it its name.
    package func finish() async throws {
        process.closeInput()
        let process = process
        let end = try await withTaskCancellationHandler {
            try await process.finish()
        } onCancel: {
            process.terminate()
        }
        try Task.checkCancellation()
        guard end == .exited(0) else { throw FFmpegTools.failure(of: process, end, "encoding") }
        let file = file
        try await runBlocking { try DurableFile.name(file + ".part", file) }
    }

    /// Ends the encoder and removes the unfinished file.
    package func abandon() async {
        process.terminate()
        _ = try? await process.finish()
        _ = (file + ".part").withPathBytes { unlink($0) }
    }
}
