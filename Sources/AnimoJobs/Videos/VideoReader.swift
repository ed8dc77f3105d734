import AnimoConcurrency

/// Frames of a video, one after the other, at its rate. At most a pipe's capacity of them is buffered.
package final class VideoReader: Sendable {
    private let process: ToolProcess
    private let decoding: VideoDecoding

    /// End of the frames.
    package struct Outcome: Sendable, Equatable {
        /// Reason why not all frames may have come; nil where all did.
        package var damage: String?
    }

    /// Starts ffmpeg.
    package init(_ decoding: VideoDecoding, _ tools: FFmpegTools) async throws {
        self.decoding = decoding
        process = try await ToolProcess.start(
            tools.ffmpeg, decoding.arguments(tools.version), output: true)
    }

    /// The next frame's bytes, or nil at the end.
    package func next() async throws -> [UInt8]? {
        let count = decoding.frameBytes
        return try await withTaskCancellationHandler {
            try Task.checkCancellation()
            let process = process
            let frame: [UInt8]? = try await runBlocking {
                var came = 0
                let bytes = try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
                    came = try process.read(into: UnsafeMutableRawBufferPointer(buffer))
                    initialised = came
                }
                return came == count ? bytes : nil
            }
            try Task.checkCancellation()
            return frame
        } onCancel: {
            process.terminate()
        }
    }

    /// To be called at the end of the frames.
    ///
    /// - Parameter frames: number that came.
    /// - Throws: `failed` where ffmpeg was ended from outside, `badData` where no frame came.
    package func finish(after frames: Int) async throws -> Outcome {
        let end = try await process.finish()
        try Task.checkCancellation()
        let words = process.lastWords
        let reason = words.isEmpty ? "" : ": " + (words.split(separator: "\n").last.map(String.init) ?? words)
        if case .signalled(let number) = end {
            throw JobError(.failed, "'\(decoding.file)': ffmpeg was ended by signal \(number)")
        }
        guard frames > 0 else {
            throw JobError(.badData, "'\(decoding.file)': no frame could be decoded\(reason)")
        }
        if end != .exited(0) { return Outcome(damage: "ffmpeg ended with \(end.words)\(reason)") }
        let lost = process.count(of: ["Error while decoding", "Error submitting packet"])
        if lost * 200 > frames { return Outcome(damage: "\(lost) of \(frames) frames could not be decoded\(reason)") }
        if let expected = decoding.expectedFrames, (expected - frames) * 200 > expected, expected - frames > 1 {
            return Outcome(damage: "\(frames) of \(expected) frames came\(reason)")
        }
        return Outcome(damage: nil)
    }
}
