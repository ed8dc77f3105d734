import Foundation
import Synchronization

/// The whole terminal, drawn over and over, until somebody presses q. It looks as before when we leave.
final class LiveScreen: Sendable {
    private struct Before {
        var isEntered = true
        var settings: termios?
    }

    private let before: Mutex<Before>
    private let quit = Mutex(false)
    private let keys: AsyncStream<UInt8>
    private let key: AsyncStream<UInt8>.Continuation

    init() throws {
        (keys, key) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        var settings = termios()
        let isTerminal = Terminal.standardInputIsTerminal && tcgetattr(STDIN_FILENO, &settings) == 0
        before = Mutex(Before(settings: isTerminal ? settings : nil))
        if isTerminal {
            // Keys at once and unseen; Ctrl-C stays a signal.
            settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
            tcsetattr(STDIN_FILENO, TCSANOW, &settings)
            Thread.detachNewThread { [key] in
                var byte: UInt8 = 0
                while read(STDIN_FILENO, &byte, 1) == 1 { key.yield(byte) }
            }
        }
        // The other screen, without a cursor.
        try Terminal.print("\u{1B}[?1049h\u{1B}[?25l")
        Interruption.beforeExit { [weak self] in self?.leave() }
    }

    var isOver: Bool { quit.withLock { $0 } || Task.isCancelled }

    /// Draws from the top left corner; what was longer before is wiped.
    func show(_ text: String) throws {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).prefix(Terminal.height - 1)
        try Terminal.print("\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J")
    }

    /// Until a key is pressed, or so long.
    func waitForKey(atMost time: Duration) async {
        await withTaskGroup(of: UInt8?.self) { group in
            group.addTask { [keys] in
                for await key in keys { return key }
                return nil
            }
            group.addTask {
                try? await Task.sleep(for: time)
                return nil
            }
            if let pressed = await group.next(), let pressed, pressed == UInt8(ascii: "q") {
                quit.withLock { $0 = true }
            }
            group.cancelAll()
        }
    }

    /// Once.
    func leave() {
        let before = before.withLock { before in
            defer { before.isEntered = false }
            return before
        }
        guard before.isEntered else { return }
        try? Terminal.print("\u{1B}[?25h\u{1B}[?1049l")
        if var settings = before.settings { tcsetattr(STDIN_FILENO, TCSANOW, &settings) }
    }
}
