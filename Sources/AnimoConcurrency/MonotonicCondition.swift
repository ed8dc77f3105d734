import Foundation

/// A lock and a condition whose timed waits end by the monotonic clock, so that they are neither cut short nor drawn
/// out when somebody sets the time of day.
///
/// For threads of their own: never to be waited on by a task or an event loop.
package final class MonotonicCondition: @unchecked Sendable {
    // Both have one address for life, as POSIX demands.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// Creates the lock, unlocked.
    package init() {
        mutex.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        #if canImport(Darwin)
            pthread_cond_init(condition, nil)
        #else
            var attributes = pthread_condattr_t()
            pthread_condattr_init(&attributes)
            pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
            pthread_cond_init(condition, &attributes)
            pthread_condattr_destroy(&attributes)
        #endif
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` with the lock held.
    package func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// Wakes one that waits. To be called with the lock held.
    package func signal() { pthread_cond_signal(condition) }

    /// Wakes all that wait. To be called with the lock held.
    package func broadcast() { pthread_cond_broadcast(condition) }

    /// Gives the lock up until woken, which may happen for no reason. To be called with the lock held.
    ///
    /// - Parameter deadline: nil: without limit.
    /// - Returns: false where `deadline` has passed.
    package func wait(until deadline: ContinuousClock.Instant?) -> Bool {
        guard let deadline else {
            pthread_cond_wait(condition, mutex)
            return true
        }
        let left = deadline - .now
        guard left > .zero else { return false }
        var time = timespec()
        #if canImport(Darwin)
            let start = timespec()
        #else
            var start = timespec()
            clock_gettime(CLOCK_MONOTONIC, &start)
        #endif
        let (seconds, attoseconds) = left.components
        let nanoseconds = Int(start.tv_nsec) + Int(attoseconds / 1_000_000_000)
        // A year at most, lest the sum overflow.
        time.tv_sec = start.tv_sec + Int(min(seconds, 31_536_000)) + nanoseconds / 1_000_000_000
        time.tv_nsec = nanoseconds % 1_000_000_000
        #if canImport(Darwin)
            return pthread_cond_timedwait_relative_np(condition, mutex, &time) != ETIMEDOUT
        #else
            return pthread_cond_timedwait(condition, mutex, &time) != ETIMEDOUT
        #endif
    }
}
