import Foundation

/// The file descriptors that this process may have open (`ulimit -n`).
package enum DescriptorLimit {
    /// Descriptors that no connection gets.
    static let reserve = 24
    /// Least limit that a server starts with: the reserve, what it opens for itself, and a few clients.
    package static let least = reserve + 40

    /// Soft limit of the process, at the time of asking.
    package static var current: Int {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }

    /// Whether none but the reserve is left. The system hands out the lowest number that is free.
    static var isNear: Bool {
        let lowest = dup(STDERR_FILENO)
        guard lowest >= 0 else { return true }
        close(lowest)
        return lowest >= current - reserve
    }
}
