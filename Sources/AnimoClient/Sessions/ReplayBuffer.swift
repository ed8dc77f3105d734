import AnimoConcurrency
import AnimoWire
import DequeModule

/// The state that a session's successor needs: how to open, and every frame and change without an answer, in order.
struct ReplayBuffer {
    /// Message without an answer.
    enum Message {
        /// A frame with its number, answered by its result.
        case frame(Wire.AnimateFrame)
        /// A permit comes free when the daemon has agreed; the semaphore ends where the daemon refuses.
        case change(Wire.AnimateChange, answer: AsyncSemaphore)
    }

    /// With the changes the daemon has agreed to.
    private(set) var open: Wire.AnimateOpen
    /// Frames and changes in the order they were sent.
    private(set) var unanswered: Deque<Message> = []
    /// Results that no daemon will send any more.
    private var dropped: Deque<Wire.AnimateResult> = []
    private var seq: UInt64 = 0
    /// The neutral that was measured or given last.
    private(set) var neutral: Wire.Driver?

    /// - Parameter open: of the first session.
    init(_ open: Wire.AnimateOpen) {
        self.open = open
    }

    /// Notes a frame, and returns it with its number.
    mutating func number(_ frame: Wire.AnimateFrame) -> Wire.AnimateFrame {
        var frame = frame
        seq += 1
        frame.seq = seq
        unanswered.append(.frame(frame))
        return frame
    }

    /// Notes a change, and the semaphore that its sender waits on.
    mutating func note(_ change: Wire.AnimateChange, answer: AsyncSemaphore) {
        unanswered.append(.change(change, answer: answer))
    }

    /// Takes out the message that was noted last: it could not be sent.
    mutating func takeBack() { _ = unanswered.popLast() }

    /// Takes out the frame that `result` answers; false where there is none.
    mutating func answer(_ result: Wire.AnimateResult) -> Bool {
        for (place, message) in unanswered.enumerated() {
            guard case .frame(let frame) = message, frame.seq == result.seq else { continue }
            unanswered.remove(at: unanswered.startIndex + place)
            // The first rendered frame stays the reference of relative motion in every later session. Under control the
            // daemon says which neutral it measured.
            if result.outcome == .ok, open.control == nil, open.relative != nil, open.relative?.neutral == nil {
                open.relative?.neutral = frame.driver
            }
            return true
        }
        return false
    }

    /// Takes out the oldest change.
    ///
    /// - Returns: the semaphore of who waits for its answer, to be told of it outside every lock.
    mutating func answer(_ changed: Wire.AnimateChanged) -> AsyncSemaphore? {
        for (place, message) in unanswered.enumerated() {
            guard case .change(let change, let answer) = message else { continue }
            unanswered.remove(at: unanswered.startIndex + place)
            if changed.message.isEmpty { agree(to: change) }
            return answer
        }
        return nil
    }

    /// A neutral was measured: it holds in every session to come.
    mutating func note(_ calibrated: Wire.Calibrated) {
        neutral = calibrated.neutral
        open.relative?.neutral = calibrated.neutral
    }

    /// Takes what the daemon has agreed to into what the next session is opened with.
    private mutating func agree(to change: Wire.AnimateChange) {
        if let options = change.options { open.options = options }
        if let control = change.control { open.control = control }
        if let given = change.calibration?.neutral {
            neutral = given
            open.relative?.neutral = given
        }
        if var relative = change.relative {
            relative.neutral = relative.neutral ?? neutral
            open.relative = relative
        }
    }

    /// The session is lost: with the policy `latest`, frames that a newer one has made obsolete get their results here.
    mutating func dropObsolete() {
        guard open.policy == .latest else { return }
        let newest = seqs.last
        unanswered.removeAll { message in
            guard case .frame(let frame) = message, frame.seq != newest else { return false }
            dropped.append(
                Wire.AnimateResult(
                    seq: frame.seq, captureTime: frame.captureTime, outcome: .dropped,
                    message: "replaced by a newer frame while the session was disconnected"))
            return true
        }
    }

    /// The next result of a frame that was dropped while disconnected; nil where there is none.
    mutating func nextDropped() -> Wire.AnimateResult? { dropped.popFirst() }

    /// Nothing will be answered any more.
    ///
    /// - Returns: the semaphores of those who wait for answers, to be told of it outside every lock.
    mutating func end() -> [AsyncSemaphore] {
        let answers = unanswered.compactMap { if case .change(_, let answer) = $0 { answer } else { nil } }
        unanswered = []
        dropped = []
        return answers
    }

    private var seqs: [UInt64] {
        unanswered.compactMap { if case .frame(let frame) = $0 { frame.seq } else { nil } }
    }
}
