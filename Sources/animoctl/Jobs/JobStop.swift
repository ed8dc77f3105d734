import Synchronization

/// Request to stop a job, which waits for a nearly complete segment: a partial one is lost.
final class JobStop: Sendable {
    /// Time that a segment may still take.
    static let grace = Duration.seconds(2)

    private struct State {
        var isAsked = false
        /// Frames that the segment under way still takes; nil where none is under way.
        var left: Int?
    }

    private let progress: JobProgress
    private let state = Mutex(State())

    init(_ progress: JobProgress) { self.progress = progress }

    /// Asks the job to stop at the end of the segment under way.
    ///
    /// - Returns: false where there is none, or where it takes longer than ``grace``: the job is to be cancelled.
    func ask() -> Bool {
        let left = state.withLock { state in
            state.isAsked = true
            return state.left ?? 0
        }
        guard left > 0, let seconds = progress.seconds(for: left) else { return false }
        return seconds < Self.grace.seconds
    }

    /// Takes note of a rendered frame.
    ///
    /// - Parameter left: frames that its segment still takes; nil where nothing more is rendered.
    /// - Returns: whether to stop here.
    func rendered(left: Int?) -> Bool {
        state.withLock { state in
            state.left = left
            return state.isAsked && (left ?? 0) == 0
        }
    }
}
