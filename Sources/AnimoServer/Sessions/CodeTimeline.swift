import AnimoMotion

/// The codes of one session's frames in their order: the neutral they are told against, and the windows that pictures
/// drawn from several frames read.
struct CodeTimeline: Sendable {
    /// Frames of a window.
    let window: Int
    /// Frames after its own that a picture waits for, at most half a window.
    let lookahead: Int
    private(set) var neutral: DriverCode?
    /// Frames after this one are candidates for a new neutral.
    private var calibratesAfter: UInt64?
    private var frames: [(seq: UInt64, code: DriverCode)] = []
    private var isFinished = false

    /// Frames kept: the widest window around each that may be outstanding.
    private static let kept = 128

    /// - Parameter neutral: nil where the first frame shall be it.
    init(window: Int, lookahead: Int, neutral: DriverCode?) {
        self.window = window
        self.lookahead = lookahead
        self.neutral = neutral
    }

    /// The next frame that is read after `seq` becomes the neutral.
    mutating func calibrate(after seq: UInt64) { calibratesAfter = seq }

    /// The neutral for a frame with this code, which may be itself.
    mutating func neutral(for code: DriverCode, at seq: UInt64) -> DriverCode {
        if let neutral, calibratesAfter.map({ seq <= $0 }) ?? true { return neutral }
        neutral = code
        if let after = calibratesAfter, seq > after { calibratesAfter = nil }
        return code
    }

    /// Adds the next frame's code; frames come in order, and those that failed do not come.
    mutating func append(_ code: DriverCode, at seq: UInt64) {
        frames.append((seq, code))
        if frames.count > 2 * Self.kept { frames.removeFirst(Self.kept) }
    }

    /// No more frames will come.
    mutating func finish() { isFinished = true }

    /// The codes that a frame's picture is drawn from; nil while it waits for later ones.
    ///
    /// Before the first frame that is known it is repeated, and after the last that is waited for that one, as the
    /// published windows do at both ends of a clip (PIRenderer, semantic radius 13).
    func codes(around seq: UInt64) -> [DriverCode]? {
        guard let place = frames.lastIndex(where: { $0.seq == seq }) else { return nil }
        let last = min(place + lookahead, frames.count - 1)
        guard last == place + lookahead || isFinished else { return nil }
        let half = window / 2
        return (place - half...place + half).map { frames[min(max($0, 0), last)].code }
    }
}
