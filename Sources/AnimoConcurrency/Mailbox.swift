import Foundation

/// Passes values from a thread that may block to a task that may not, in order.
///
/// `queue` makes the thread wait while it is full; `latest` lets a newer value take the older one's place.
package final class Mailbox<Element: Sendable>: @unchecked Sendable {
    /// Treatment of a value that is put while others wait.
    package enum Policy: Sendable { case queue(capacity: Int), latest }

    private let policy: Policy
    private let condition = NSCondition()
    private var values: [Element] = []
    private var ended = false
    private var failure: (any Error)?
    private var waiter: CheckedContinuation<Void, Never>?
    private var replacedCount = 0

    /// Creates an empty mailbox.
    package init(_ policy: Policy) { self.policy = policy }

    /// Values that a newer one replaced before the task took them.
    package var replaced: Int { condition.withLock { replacedCount } }

    /// Puts a value, from the thread. False after the end.
    package func put(_ value: Element) -> Bool {
        condition.lock()
        switch policy {
        case .queue(let capacity):
            while values.count >= capacity, !ended { condition.wait() }
        case .latest:
            if !values.isEmpty, !ended {
                replacedCount += values.count
                values.removeAll()
            }
        }
        guard !ended else {
            condition.unlock()
            return false
        }
        values.append(value)
        let waiting = takeWaiter()
        condition.unlock()
        waiting?.resume()
        return true
    }

    /// No more values, from either side; those inside can still be taken.
    package func finish(throwing error: (any Error)? = nil) {
        condition.lock()
        if !ended { (ended, failure) = (true, error) }
        condition.broadcast()
        let waiting = takeWaiter()
        condition.unlock()
        waiting?.resume()
    }

    /// From the task: the next value, or nil at the end.
    package func next() async throws -> Element? {
        while true {
            try Task.checkCancellation()
            if let outcome = try poll() { return outcome }
            if isDone { return nil }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    condition.lock()
                    let ready = !values.isEmpty || ended || Task.isCancelled
                    if !ready { waiter = continuation }
                    condition.unlock()
                    if ready { continuation.resume() }
                }
            } onCancel: {
                condition.lock()
                let waiting = takeWaiter()
                condition.unlock()
                waiting?.resume()
            }
        }
    }

    private func poll() throws -> Element? {
        condition.lock()
        defer { condition.unlock() }
        guard !values.isEmpty else {
            if ended, let failure {
                self.failure = nil
                throw failure
            }
            return nil
        }
        let value = values.removeFirst()
        condition.signal()
        return value
    }

    private var isDone: Bool { condition.withLock { ended && values.isEmpty && failure == nil } }

    private func takeWaiter() -> CheckedContinuation<Void, Never>? {
        defer { waiter = nil }
        return waiter
    }
}
