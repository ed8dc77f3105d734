import CSystemd
import Glibc

/// Messages between a service and the service manager that started it.
///
/// Everything here does nothing, and says so by its result, where no manager listens: a daemon that was started by
/// hand calls the same functions.
package enum ServiceManager {
    /// Sends assignments as in `sd_notify(3)`, for instance `"WATCHDOG=1"`, as one message.
    ///
    /// A line break within an assignment becomes a space, so that no value can pass for a second assignment.
    /// - Returns: whether a manager got it.
    @discardableResult
    package static func notify(_ assignments: String...) -> Bool {
        let lines = assignments.map { assignment in String(assignment.map { $0.isNewline ? " " : $0 }) }
        return sd_notify(0, lines.joined(separator: "\n")) > 0
    }

    /// Start-up is over, and `status` is what `systemctl status` shows.
    @discardableResult
    package static func ready(status: String) -> Bool { notify("READY=1", "STATUS=\(status)") }

    /// The service reads its files anew; `ready` ends it. The time is what Type=notify-reload asks for, which
    /// systemd 252 does not know yet.
    @discardableResult
    package static func reloading(status: String) -> Bool {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let microseconds = Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
        return notify("RELOADING=1", "MONOTONIC_USEC=\(microseconds)", "STATUS=\(status)")
    }

    /// Reports the service's state, in one line.
    @discardableResult
    package static func status(_ status: String) -> Bool { notify("STATUS=\(status)") }

    /// The service is about to end.
    @discardableResult
    package static func stopping(status: String = "stopping") -> Bool { notify("STOPPING=1", "STATUS=\(status)") }

    /// A ping. To be sent more often than every `watchdogInterval`, as a rule twice as often.
    @discardableResult
    package static func watchdog() -> Bool { notify("WATCHDOG=1") }

    /// Time without a ping after which the manager restarts this process; nil where it does not watch it.
    package static var watchdogInterval: Duration? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
        return .microseconds(Int64(clamping: microseconds))
    }
}
