import AnimoCLI
import Dispatch
import Foundation
import Synchronization

/// Ctrl-C: first asks the command to stop, which cancels what the daemon is doing for it, then insists.
enum Interruption {
    private static let cleanups = Mutex<[@Sendable () -> Void]>([])
    private static let count = Mutex(0)
    private static let question = Mutex<(@Sendable () -> Bool)?>(nil)

    /// Something that must happen even where the command does not get to it: a child's end, a folder's removal.
    static func beforeExit(_ cleanup: @escaping @Sendable () -> Void) {
        cleanups.withLock { $0.append(cleanup) }
    }

    /// Asks the command to stop before it is cancelled.
    ///
    /// - Parameter ask: returns whether the command comes to its end within ``JobStop/grace``; else it is cancelled.
    static func windDown(_ ask: @escaping @Sendable () -> Bool) {
        question.withLock { $0 = ask }
    }

    /// Runs `body`; on SIGINT, SIGTERM or SIGHUP as a cancelled task. A reader that goes away is an error of the
    /// write, not a signal.
    static func watching(_ body: @escaping @Sendable () async -> ExitStatus) async -> ExitStatus {
        signal(SIGPIPE, SIG_IGN)
        let command = Task { await body() }
        let sources = [SIGINT, SIGTERM, SIGHUP].compactMap { number -> (any DispatchSourceSignal)? in
            // Under nohup the end of the terminal is no reason to stop.
            if number == SIGHUP, isIgnored(number) { return nil }
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { interrupted(command) }
            source.resume()
            return source
        }
        let status = await command.value
        for source in sources { source.cancel() }
        cleanUp()
        return count.withLock { $0 } > 0 ? .interrupted : status
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        let before = signal(number, SIG_IGN)
        signal(number, before)
        return unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    private static func interrupted(_ command: Task<ExitStatus, Never>) {
        let times = count.withLock { count in
            count += 1
            return count
        }
        if times > 1 {
            command.cancel()
            leave()
        }
        let grace = question.withLock({ $0 })?() == true ? JobStop.grace.seconds : 0
        if grace > 0 {
            DispatchQueue.global().asyncAfter(deadline: .now() + grace) { command.cancel() }
        } else {
            command.cancel()
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + grace + 3) { leave() }
    }

    /// The command does not listen: it waits in a read, or computes.
    private static func leave() -> Never {
        ProgressLine.shared.clear()
        cleanUp()
        _exit(ExitStatus.interrupted.rawValue)
    }

    private static func cleanUp() {
        let all = cleanups.withLock { cleanups in
            defer { cleanups = [] }
            return cleanups
        }
        for cleanup in all { cleanup() }
    }
}
