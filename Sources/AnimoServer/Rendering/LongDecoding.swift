import Foundation
import NIOCore

/// Threads of low priority (`setpriority(2)`, which Linux keeps by thread) that decode the pictures which take long,
/// and do nothing else: on a machine with nothing else to do they are as fast as any, and beside rendering they have
/// what is left.
final class LongDecoding: Sendable {
    /// A tenth of the weight that the engine's and the codecs' threads have.
    private static let niceness: Int32 = 10

    let queue: WorkQueue
    private let condition = NSCondition()
    /// Guarded by `condition`.
    private nonisolated(unsafe) var isStopped = false

    init(threads: Int, queueSeconds: Double, timers: any EventLoop) {
        queue = WorkQueue(limit: queueSeconds, workers: threads, timers: timers)
        for _ in 0..<threads {
            let thread = Thread { [self] in decodeUntilStopped() }
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    /// Lets a thread look at what waits.
    func wake() {
        condition.lock()
        condition.signal()
        condition.unlock()
    }

    /// Ends the threads after what they have in hand; what waits is not decoded.
    func stop() {
        queue.stop()
        condition.lock()
        isStopped = true
        condition.broadcast()
        condition.unlock()
    }

    private func decodeUntilStopped() {
        try? "decoder".write(toFile: "/proc/thread-self/comm", atomically: false, encoding: .utf8)
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
        while waitForWork() {
            if let batch = queue.next() { queue.compute(batch) { _, _ in } }
        }
    }

    /// - Returns: false once it is stopped.
    private func waitForWork() -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while queue.isEmpty {
            if isStopped { return false }
            condition.wait()
        }
        return true
    }
}
