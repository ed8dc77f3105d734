import Foundation
import Synchronization

/// The whole terminal, refreshed until q is pressed, and restored at the end.
final class LiveScreen: Sendable {
    private struct Before {
        var isEntered = true
        var settings: termios?
    }

    private let before: Mutex<Before>
    private struct Keys {
        var quit = false
        /// The task that waits for the next refresh.
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let keys = Mutex(Keys())

    init() throws {
        var settings = termios()
        let isTerminal = Terminal.standardInputIsTerminal && tcgetattr(STDIN_FILENO, &settings) == 0
        before = Mutex(Before(settings: isTerminal ? settings : nil))
        if isTerminal {
            // Keys at once and unseen; Ctrl-C stays a signal.
            settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
            tcsetattr(STDIN_FILENO, TCSANOW, &settings)
            Thread.detachNewThread { [weak self] in
                var byte: UInt8 = 0
                while read(STDIN_FILENO, &byte, 1) == 1 {
                    guard byte == UInt8(ascii: "q") else { continue }
                    self?.keys.withLock { $0.quit = true }
                    self?.wake()
                }
            }
        }
        // The other screen, without a cursor.
        try Terminal.control("\u{1B}[?1049h\u{1B}[?25l")
        Interruption.beforeExit { [weak self] in self?.leave() }
    }

    var isOver: Bool { keys.withLock { $0.quit } || Task.isCancelled }

    /// Draws from the top left corner; what was longer before is wiped.
    func show(_ text: String) throws {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).prefix(Terminal.height - 1)
        try Terminal.control(
            "\u{1B}[H" + lines.map { Terminal.printable(String($0)) + "\u{1B}[K" }.joined(separator: "\r\n")
                + "\u{1B}[J")
    }

    /// Until q is pressed, or so long.
    func wait(atMost time: Duration) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = keys.withLock { keys in
                    if keys.quit || Task.isCancelled { return true }
                    keys.waiter = continuation
                    return false
                }
                if isOver { return continuation.resume() }
                let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
                DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { [weak self] in self?.wake() }
            }
        } onCancel: {
            wake()
        }
    }

    private func wake() {
        let waiter = keys.withLock { keys in
            defer { keys.waiter = nil }
            return keys.waiter
        }
        waiter?.resume()
    }

    /// Once.
    func leave() {
        let before = before.withLock { before in
            defer { before.isEntered = false }
            return before
        }
        guard before.isEntered else { return }
        try? Terminal.control("\u{1B}[?25h\u{1B}[?1049l")
        if var settings = before.settings { tcsetattr(STDIN_FILENO, TCSANOW, &settings) }
    }
}
