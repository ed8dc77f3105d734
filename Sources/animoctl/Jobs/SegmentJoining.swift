import AnimoConcurrency
import AnimoFiles
import AnimoJobs
import Foundation

/// Joins segments to one file, which gets its name only when it is complete.
struct SegmentJoining: Sendable {
    let joining: VideoJoining
    let segments: Segments
    let rate: FrameRate
    /// Folder for temporary files.
    let folder: String
    let tools: FFmpegTools

    /// - Parameter files: the segments, in order.
    func join(_ files: [String], to output: String) async throws {
        let (list, palette) = (folder + "/list.txt", folder + "/palette.png")
        try DurableFile.write(VideoJoining.list(files, segments, at: rate).pathBytes, to: list)
        let part = output + ".part"
        _ = part.withPathBytes { unlink($0) }
        do {
            if joining.kind == .gif {
                try await tools.run(VideoJoining.paletteArguments(list: list, to: palette), for: "choosing colours")
            }
            try await tools.run(joining.arguments(list: list, palette: palette, to: part), for: "joining")
            try await runBlocking { try DurableFile.name(part, output) }
        } catch {
            _ = part.withPathBytes { unlink($0) }
            throw error
        }
    }
}
