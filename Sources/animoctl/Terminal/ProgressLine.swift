import Foundation
import Synchronization

/// One line on standard error that is redrawn in place; nothing where standard error is no terminal, or one that
/// cannot.
final class ProgressLine: Sendable {
    static let shared = ProgressLine(visible: Terminal.standardErrorIsTerminal && Terminal.movesCursor)

    private let visible: Bool
    private let state = Mutex<(text: String, drawn: ContinuousClock.Instant?)>(("", nil))

    init(visible: Bool) { self.visible = visible }

    /// `drawing  [#########-----------]  12/40`
    func show(_ label: String, done: Int, of total: Int) {
        show(Self.bar(label, done: done, of: total, width: Terminal.width), force: done == total)
    }

    /// Any text, at most ten times a second.
    func show(_ text: String, force: Bool = false) {
        guard visible else { return }
        let now = ContinuousClock.now
        state.withLock { state in
            if !force, let drawn = state.drawn, now - drawn < .milliseconds(100) { return }
            state = (text, now)
            try? Terminal.write(
                Array("\r\u{1B}[K\(Terminal.printable(text).prefix(max(1, Terminal.width - 1)))".utf8),
                to: STDERR_FILENO)
        }
    }

    /// Takes the line away, so that other text can stand there.
    func clear() {
        guard visible else { return }
        state.withLock { state in
            guard !state.text.isEmpty else { return }
            state = ("", nil)
            try? Terminal.write(Array("\r\u{1B}[K".utf8), to: STDERR_FILENO)
        }
    }

    static func bar(_ label: String, done: Int, of total: Int, width: Int) -> String {
        let count = "\(done)/\(total)"
        let room = max(4, min(40, width - label.count - count.count - 8))
        let filled = total > 0 ? min(room, room * done / total) : room
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: room - filled)
        return "\(label)  [\(bar)]  \(count)"
    }
}
