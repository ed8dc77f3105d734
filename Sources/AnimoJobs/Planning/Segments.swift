/// Segments of a video, cut at fixed frame numbers, each encoded by a run of its own: finished ones are kept, and a
/// resumed job gives the same bytes.
package struct Segments: Sendable, Equatable {
    /// Frames of a segment but the last.
    package static let length = 250

    /// Frames of the video.
    package let frames: Int
    /// Frames of each segment but the last.
    package let length: Int

    /// Creates the segments of a video of so many frames.
    package init(frames: Int, length: Int = Segments.length) {
        (self.frames, self.length) = (max(0, frames), max(1, length))
    }

    /// Number of segments.
    package var count: Int { frames / length + (frames % length == 0 ? 0 : 1) }

    /// Frames of a segment.
    package func frames(of segment: Int) -> Range<Int> {
        let start = min(segment * length, frames)
        return start..<min(start + length, frames)
    }

    /// The segment that a frame lies in.
    package func segment(of frame: Int) -> Int { frame / length }
}
