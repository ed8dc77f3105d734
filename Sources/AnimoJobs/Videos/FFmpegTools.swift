import AnimoConcurrency
import AnimoFiles
import Foundation

/// The installed ffmpeg and ffprobe, checked before any work is done.
package struct FFmpegTools: Sendable {
    /// Path of ffmpeg.
    package let ffmpeg: String
    /// Path of ffprobe.
    package let ffprobe: String
    /// ffmpeg's version.
    package let version: FFmpegVersion

    private static let advice = "install the package ffmpeg, or name one by ANIMO_FFMPEG"

    /// Finds both: `ANIMO_FFMPEG` names ffmpeg, beside which ffprobe lies; else in `PATH`.
    ///
    /// - Throws: `missingProgram` where one is missing or older than 4.4.
    package static func find(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) async throws -> FFmpegTools {
        let path = (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":").map(String.init)
        func find(_ name: String, in folders: [String]) -> String? {
            folders.map { "\($0)/\(name)" }.first { file in file.withPathBytes { access($0, X_OK) } == 0 }
        }
        let named = environment["ANIMO_FFMPEG"].flatMap { $0.isEmpty ? nil : $0 }
        if let named, named.withPathBytes({ access($0, X_OK) }) != 0 {
            throw JobError(.missingProgram, "ANIMO_FFMPEG: '\(named)' is no program that can be run", hint: advice)
        }
        guard let ffmpeg = named ?? find("ffmpeg", in: path) else {
            throw JobError(.missingProgram, "ffmpeg is missing, which videos need", hint: advice)
        }
        let beside = ffmpeg.lastIndex(of: "/").map { String(ffmpeg[..<$0]) }
        guard let ffprobe = find("ffprobe", in: (named == nil ? [] : [beside].compactMap { $0 }) + path) else {
            throw JobError(.missingProgram, "ffprobe is missing, which comes with ffmpeg", hint: advice)
        }
        let answer = try await output(of: ffmpeg, ["-version"])
        let line = String(decoding: answer, as: UTF8.self).prefix { !$0.isNewline }
        guard let version = FFmpegVersion(parsing: String(line)) else {
            throw JobError(.missingProgram, "'\(ffmpeg) -version' does not answer as ffmpeg does", hint: advice)
        }
        guard version.isSupported else {
            throw JobError(.missingProgram, "ffmpeg: expected 4.4 or newer, got \(version)", hint: advice)
        }
        return FFmpegTools(ffmpeg: ffmpeg, ffprobe: ffprobe, version: version)
    }

    /// - Throws: `notFound` where there is no such file, `badData` where it is no video.
    package func probe(_ file: String) async throws -> VideoProbe {
        var information = stat()
        guard file.withPathBytes({ stat($0, &information) }) == 0 else {
            throw JobError(.notFound, "cannot read '\(file)': \(String(cString: strerror(errno)))")
        }
        let arguments = ["-v", "error", "-show_streams", "-show_format", "-of", "json", "file:" + file]
        do {
            return try VideoProbe(parsing: try await Self.output(of: ffprobe, arguments))
        } catch let error as JobError {
            throw JobError(error.code == .failed ? .badData : error.code, "'\(file)': \(error.message)")
        }
    }

    /// Decoding of a video at a rate.
    ///
    /// - Throws: `badData` where this ffmpeg has no tone mapping for an HDR video.
    package func decoding(
        _ file: String, _ probe: VideoProbe, at rate: FrameRate, from: Double? = nil, to: Double? = nil
    ) async throws -> VideoDecoding {
        if probe.isHDR {
            guard try await hasFilter("zscale") else {
                throw JobError(.badData, "'\(file)': HDR needs an ffmpeg with the filter zscale")
            }
        }
        return VideoDecoding(file: file, probe: probe, rate: rate, from: from, to: to)
    }

    /// Codec of the first audio stream of a file; nil for none.
    package func audioCodec(_ file: String) async throws -> String? {
        let arguments = [
            "-v", "error", "-select_streams", "a:0", "-show_entries", "stream=codec_name", "-of", "csv=p=0",
            "file:" + file,
        ]
        let answer = try await Self.output(of: ffprobe, arguments)
        let codec = String(decoding: answer, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return codec.isEmpty ? nil : codec.split { $0 == "\n" || $0 == "," }.first.map(String.init)
    }

    /// Whether ffmpeg was built with a filter.
    private func hasFilter(_ name: String) async throws -> Bool {
        let answer = try await Self.output(of: ffmpeg, ["-v", "error", "-nostdin", "-filters"])
        return String(decoding: answer, as: UTF8.self).split(separator: "\n").contains {
            $0.split(separator: " ").dropFirst().first == Substring(name)
        }
    }

    /// Runs ffmpeg to its end.
    ///
    /// - Throws: `failed` with its last words; `CancellationError` where the task is cancelled, which ends it.
    package func run(_ arguments: [String], for what: String) async throws {
        let process = try await ToolProcess.start(ffmpeg, arguments)
        let end = try await withTaskCancellationHandler {
            try await process.finish()
        } onCancel: {
            process.terminate()
        }
        try Task.checkCancellation()
        guard end == .exited(0) else { throw Self.failure(of: process, end, what) }
    }

    /// Error for a run that failed, with its last words.
    static func failure(of process: ToolProcess, _ end: ToolProcess.End, _ what: String) -> JobError {
        let words = process.lastWords
        if words.contains("No space left on device") {
            return JobError(.cannotWrite, "\(what): no space left on the disk")
        }
        return JobError(.failed, "\(what): ffmpeg ended with \(end.words)" + (words.isEmpty ? "" : ": \(words)"))
    }

    private static func output(of program: String, _ arguments: [String]) async throws -> [UInt8] {
        let process = try await ToolProcess.start(program, arguments, output: true)
        let answer = try await withTaskCancellationHandler {
            try await runBlocking { try process.readAll(limit: 16 << 20) }
        } onCancel: {
            process.terminate()
        }
        let end = try await process.finish()
        try Task.checkCancellation()
        guard end == .exited(0) else {
            let words = process.lastWords
            throw JobError(.failed, words.isEmpty ? "\(program) ended with \(end.words)" : words)
        }
        return answer
    }
}
