import AnimoMotion
import NIOCore

/// Reference of one frame's motion in its live session: the frames before it, and those around it.
struct SessionMotion: Sendable {
    let seq: UInt64
    /// Seconds of capture.
    let time: Double
    /// nil where a picture depends on its own frame alone.
    let timeline: SessionTimeline?
    /// nil where motion is absolute.
    let relative: RelativeMotion?
    /// nil where drivers are rendered as they come.
    let control: SessionControl?
    let turn: SequentialGate

    /// Adds the frame to its session and waits for the codes that its picture is rendered from. Later frames may be
    /// read as soon as this one was added.
    ///
    /// - Parameter own: what the frame's driver says, one code or a whole window that stands for itself.
    func window(
        _ own: [DriverCode], for source: CachedSource, until deadline: NIODeadline
    ) async throws -> [DriverCode] {
        guard let timeline else { return own }
        guard own.count == 1, let code = own.first else {
            timeline.pass(seq)
            turn.finish()
            return own
        }
        try timeline.append(code, at: seq) { code, neutral in
            guard let relative else { return code }
            return try source.model.engine.model.relative(
                code, to: neutral, of: source.prepared, adaptsScale: relative.adaptsScale)
        }
        turn.finish()
        return try await timeline.codes(around: seq, until: deadline)
    }
}

/// Motion beyond a neutral.
struct RelativeMotion: Sendable {
    /// Movements are scaled by the sizes of both heads.
    let adaptsScale: Bool
}
