import Foundation

/// Measures a step of work on a pool.
///
/// With one thread it counts the thread's own processor time, which other programs on the machine do not lengthen;
/// with more it counts time as it passes.
package struct Stopwatch {
    private let clock: clockid_t
    private let start: Double

    /// Begins to measure.
    package init(_ pool: WorkerPool) {
        clock = pool.threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC
        start = Self.now(clock)
    }

    /// Seconds since the stopwatch was made.
    package var seconds: Double { Self.now(clock) - start }

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
