/// Schedule by which a session sends its frames.
package enum Pace: Sendable, Equatable {
    /// A closed loop: each frame as soon as the window has room for it.
    case asAnswered
    /// An open loop: so many frames a second, whatever comes back.
    ///
    /// A frame whose turn comes while the window is full is held back, as a camera's would be: it counts as asked for
    /// and not rendered. Delays are counted from the moment a frame was due, so that a late sender hides nothing.
    case at(framesPerSecond: Double)

    /// The rate of an open loop; nil for a closed one.
    package var framesPerSecond: Double? {
        if case .at(let rate) = self { rate } else { nil }
    }

    /// The moment frame `number` (from 0) is due, from the common start; nil: at once.
    ///
    /// Sessions start one after the other within the first interval, as cameras that know nothing of each other do:
    /// frame i of session s of S is due at (i + s/S) / rate.
    func due(frame number: Int, session: Int, of sessions: Int) -> Duration? {
        guard case .at(let rate) = self else { return nil }
        return .seconds((Double(number) + Double(session) / Double(max(sessions, 1))) / rate)
    }
}
