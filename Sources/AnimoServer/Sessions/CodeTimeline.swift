import AnimoMotion

/// The codes of one session's frames in their order: the neutral they are told against, and the windows that pictures
/// rendered from several frames read.
struct CodeTimeline: Sendable {
    /// Frames of a window.
    let window: Int
    /// Frames after its own that a picture waits for, at most half a window.
    let lookahead: Int
    private(set) var neutral: DriverCode?
    /// Frames after this one are candidates for a new neutral.
    private var calibratesAfter: UInt64?
    /// Frames with a code, and the place of each among all frames of the session.
    private var frames: [(seq: UInt64, place: Int, code: DriverCode)] = []
    /// Number of frames that have come, with a code or without, and the last of them.
    private var count = 0
    private var last: UInt64?
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

    /// Adds the next frame's code; frames come in order.
    mutating func append(_ code: DriverCode, at seq: UInt64) {
        frames.append((seq, count, code))
        count += 1
        last = seq
        if frames.count > 2 * Self.kept { frames.removeFirst(Self.kept) }
    }

    /// Counts the next frame, which has no code for the windows of others: it failed, or came with a window of its own.
    /// Without it, pictures that wait for the last frame a client may send would wait for one beyond. A frame that was
    /// added stays as it is.
    mutating func pass(_ seq: UInt64) {
        if let last, seq <= last { return }
        count += 1
        last = seq
    }

    /// No more frames will come.
    mutating func finish() { isFinished = true }

    /// The codes that a frame's picture is rendered from; nil while it waits for later ones.
    ///
    /// Before the first frame that is known it is repeated, and after the last that is waited for that one, as the
    /// published windows do at both ends of a clip (PIRenderer, semantic radius 13).
    func codes(around seq: UInt64) -> [DriverCode]? {
        guard let place = frames.lastIndex(where: { $0.seq == seq }) else { return nil }
        let end = frames[place].place + lookahead
        guard end < count || isFinished else { return nil }
        let last = frames.lastIndex { $0.place <= end } ?? place
        let half = window / 2
        return (place - half...place + half).map { frames[min(max($0, 0), last)].code }
    }
}
