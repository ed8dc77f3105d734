/// Lets the frames of a session be read one after another: one frame's turn, after the frame before it.
final class SequentialGate: Sendable {
    private let before: Task<Void, Never>?
    private let ending: AsyncStream<Void>.Continuation
    /// Ends when this turn and all before it have.
    let end: Task<Void, Never>

    init(after before: Task<Void, Never>?) {
        self.before = before
        let (ended, ending) = AsyncStream<Void>.makeStream()
        self.ending = ending
        end = Task {
            await before?.value
            for await _ in ended {}
        }
    }

    /// Waits for the turn.
    func begin() async { await before?.value }

    /// Lets the next begin; more than once does no harm.
    func finish() { ending.finish() }
}
