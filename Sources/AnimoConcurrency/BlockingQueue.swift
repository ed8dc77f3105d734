/// Passes values from a task to a thread, in order. Its senders hold permits of a semaphore, which bounds it.
package final class BlockingQueue<Element: Sendable>: @unchecked Sendable {
    /// Result of taking: a value, nothing by the deadline, or the end.
    package enum Taken { case value(Element), nothing, end }

    private let condition = MonotonicCondition()
    private var values: [Element] = []
    private var ended = false

    /// Creates an empty queue.
    package init() {}

    /// Adds a value at the end; never waits.
    package func put(_ value: Element) {
        condition.withLock {
            values.append(value)
            condition.signal()
        }
    }

    /// Ends the queue; values inside can still be taken.
    package func finish() {
        condition.withLock {
            ended = true
            condition.broadcast()
        }
    }

    /// From the thread: waits for a value, until `deadline` where one is given.
    package func take(until deadline: ContinuousClock.Instant? = nil) -> Taken {
        condition.withLock {
            while values.isEmpty {
                if ended { return .end }
                guard condition.wait(until: deadline) else { break }
            }
            return values.isEmpty ? .nothing : .value(values.removeFirst())
        }
    }
}
