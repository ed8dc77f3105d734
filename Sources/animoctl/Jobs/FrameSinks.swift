import AnimoCLI
import AnimoConcurrency
import AnimoFiles
import AnimoJobs
import AnimoPictures
import AnimoWire
import Foundation
import Synchronization

/// Destination of an item's frames, in order.
protocol FrameSink: Sendable {
    /// The format to ask the daemon for, for pictures of so many pixels.
    func format(pixels: Int) -> Wire.PictureFormat
    /// Whether a frame is there from a run before.
    func has(_ frame: Int) -> Bool
    /// Whether a frame must be rendered even where it shows the same as the one before.
    func begins(at frame: Int) -> Bool
    /// Frames after this one that its segment still needs.
    func left(after frame: Int) -> Int
    func put(_ frame: Int, _ picture: Wire.Picture) async throws
    /// Completes the output once all frames were put.
    func finish() async throws
    /// Discards incomplete files.
    func abandon() async
}

/// Numbered pictures, each complete under its name.
struct PictureSink: FrameSink {
    let item: JobPlan.Item

    private func file(_ frame: Int) -> String { item.isSequence ? item.picture(frame) : item.output }

    func format(pixels: Int) -> Wire.PictureFormat { item.kind == .png ? .png : .jpeg }

    func has(_ frame: Int) -> Bool { item.isSequence && DurableFile.exists(file(frame)) }

    func begins(at frame: Int) -> Bool { frame == 0 || has(frame - 1) }

    func left(after frame: Int) -> Int { 0 }

    func put(_ frame: Int, _ picture: Wire.Picture) async throws {
        let file = file(frame)
        try await runBlocking { try DurableFile.write(picture.data, to: file) }
    }

    func finish() async throws {}
    func abandon() async {}
}

/// Segments of a video, each an encoder's run of its own. While one is being finished, the next begins.
final class SegmentSink: FrameSink {
    private struct State {
        var writer: SegmentWriter?
        var ending: Task<Void, any Error>?
        var size: (width: UInt32, height: UInt32)?
    }

    private let segments: Segments
    private let folder: JobFolder
    private let item: Int
    private let encoding: VideoEncoding
    private let tools: FFmpegTools
    private let present: Set<Int>
    private let note: @Sendable (String) -> Void
    private let state = Mutex(State())

    init(
        _ segments: Segments, of item: Int, in folder: JobFolder, _ encoding: VideoEncoding, _ tools: FFmpegTools,
        note: @escaping @Sendable (String) -> Void
    ) throws {
        (self.segments, self.folder, self.item, self.encoding, self.tools) = (segments, folder, item, encoding, tools)
        self.note = note
        try DurableFile.makeFolder(folder.segments(of: item))
        let ending = encoding.kind.segmentEnding
        present = Set(
            (0..<segments.count).filter { DurableFile.exists(folder.segment($0, of: item, ending: ending)) })
    }

    /// Files of all segments, in order.
    var files: [String] {
        (0..<segments.count).map { folder.segment($0, of: item, ending: encoding.kind.segmentEnding) }
    }

    /// Raw frames; those larger than a message, losslessly packed.
    func format(pixels: Int) -> Wire.PictureFormat {
        let channels = encoding.hasAlpha ? 4 : 3
        guard pixels <= (15 << 20) / channels else { return .png }
        return encoding.hasAlpha ? .rgba8 : .rgb8
    }

    func has(_ frame: Int) -> Bool { present.contains(segments.segment(of: frame)) }

    func begins(at frame: Int) -> Bool { segments.frames(of: segments.segment(of: frame)).lowerBound == frame }

    func left(after frame: Int) -> Int { segments.frames(of: segments.segment(of: frame)).upperBound - frame - 1 }

    func put(_ frame: Int, _ picture: Wire.Picture) async throws {
        let segment = segments.segment(of: frame)
        let (width, height) = (picture.width, picture.height)
        if let size = state.withLock({ $0.size }), size != (width, height) {
            throw Failure(
                .software, "frame \(frame + 1): expected \(size.width)×\(size.height), got \(width)×\(height)")
        }
        if state.withLock({ $0.size }) == nil {
            state.withLock { $0.size = (width, height) }
            if encoding.pads(width: Int(width), height: Int(height)) {
                note("\(width)×\(height): odd sides get a row or column more, which this format needs")
            }
        }
        if begins(at: frame) {
            let writer = try await SegmentWriter(
                encoding, width: Int(width), height: Int(height), to: files[segment], tools)
            state.withLock { $0.writer = writer }
        }
        guard let writer = state.withLock({ $0.writer }) else { return }
        try await writer.write(try await pixels(of: picture))
        guard frame + 1 == segments.frames(of: segment).upperBound else { return }
        if let before = state.withLock({ $0.ending }) { try await Self.end(of: before) }
        let ending = Task { try await writer.finish() }
        state.withLock { state in
            state.writer = nil
            state.ending = ending
        }
    }

    func finish() async throws {
        if let ending = state.withLock({ $0.ending }) { try await Self.end(of: ending) }
    }

    /// Completes a segment with all its frames; one without is lost.
    func abandon() async {
        let (writer, ending) = state.withLock { ($0.writer, $0.ending) }
        await writer?.abandon()
        if let ending { try? await Self.end(of: ending) }
    }

    /// Waits for an encoder that has all its frames; once the job is stopped, for as long as a segment may take.
    private static func end(of ending: Task<Void, any Error>) async throws {
        try await withTaskCancellationHandler {
            try await ending.value
        } onCancel: {
            Task {
                try? await Task.sleep(for: JobStop.grace)
                ending.cancel()
            }
        }
    }

    private func pixels(of picture: Wire.Picture) async throws -> [UInt8] {
        let channels = encoding.hasAlpha ? 4 : 3
        guard picture.format == .png else {
            let row = Int(picture.width) * channels
            guard picture.data.count == row * Int(picture.height), picture.stride == 0 || Int(picture.stride) == row
            else {
                throw Failure(.software, "the daemon's picture has \(picture.data.count) bytes, expected packed rows")
            }
            return picture.data
        }
        let hasAlpha = encoding.hasAlpha
        return try await runBlocking {
            let decoded = try PictureDecoder.decode(picture.data, limits: PictureFile.Fitting.limits)
            return hasAlpha ? decoded.opaque().pixels : decoded.overWhite().pixels
        }
    }
}
