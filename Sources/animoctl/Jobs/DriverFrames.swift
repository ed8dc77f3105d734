import AnimoCLI
import AnimoConcurrency
import AnimoJobs
import AnimoMotion
import AnimoPictures

/// A frame of a driver.
enum DriverFrame: Sendable {
    case picture(StreamDriver)
    /// nil where no head was seen.
    case numbers(RecordedDriver?)

    static func same(_ a: DriverFrame, _ b: DriverFrame) -> Bool {
        switch (a, b) {
        case (.picture(let a), .picture(let b)): a == b
        case (.numbers(let a), .numbers(let b)): a == b
        default: false
        }
    }
}

/// The frames of a driver, one after another.
final class DriverFrames: Sendable {
    private enum Kind: Sendable {
        case video(VideoReader, VideoDecoding)
        case files(AsyncCursor<String>)
        case recorded(AsyncCursor<RecordedDriver?>)
    }

    private let kind: Kind

    init(_ plan: DriverPlan, _ motion: ModelMotion, _ tools: FFmpegTools?) async throws {
        switch plan.input {
        case .video(let file):
            guard let decoding = plan.decoding, let tools else {
                throw Failure(.software, "'\(file)' was not looked at")
            }
            kind = .video(try await VideoReader(decoding, tools), decoding)
        case .picture(let file): kind = .files(AsyncCursor([file]))
        case .pictures(let folder, let names): kind = .files(AsyncCursor(names.map { folder + "/" + $0 }))
        case .recording(let file):
            kind = .recorded(
                AsyncCursor(try await runBlocking { try RecordedFile.sampled(file, motion, at: plan.rate) }))
        case .numbers(let files):
            kind = .recorded(
                AsyncCursor(try await runBlocking { try files.flatMap { try RecordedFile.numbers($0, motion) } }))
        }
    }

    func next() async throws -> DriverFrame? {
        switch kind {
        case .video(let reader, let decoding):
            guard let bytes = try await reader.next() else { return nil }
            let picture = Picture(
                width: decoding.size.width, height: decoding.size.height,
                layout: decoding.channels == 4 ? .rgba : .rgb, pixels: bytes)
            return .picture(.picture(picture.layout == .rgb ? picture : picture.overWhite()))
        case .files(let cursor):
            guard let file = cursor.next() else { return nil }
            return try await runBlocking {
                let bytes = try InputFile.read(file, as: "--driving")
                guard let format = PictureDecoder.format(of: bytes) else {
                    throw Failure(.badData, "'\(file)': expected a PNG or JPEG picture")
                }
                if format == .jpeg { return .picture(.jpeg(bytes)) }
                let picture = try PictureDecoder.decode(bytes, limits: PictureFile.Fitting.limits)
                return .picture(.picture(picture.overWhite()))
            }
        case .recorded(let cursor): return cursor.next().map { .numbers($0) }
        }
    }

    /// Ends the reading.
    ///
    /// - Returns: the reason why not all frames came; nil where all did.
    func finish(after frames: Int) async throws -> String? {
        guard case .video(let reader, _) = kind else {
            guard frames > 0 else { throw Failure(.badData, "the driver has no frame") }
            return nil
        }
        return try await reader.finish(after: frames).damage
    }
}
