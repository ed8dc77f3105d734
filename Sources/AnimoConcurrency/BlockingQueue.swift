/// Passes values from a task to a thread, in order. Whoever puts holds a permit of a semaphore, which bounds it.
package final class BlockingQueue<Element: Sendable>: @unchecked Sendable {
    package enum Taken { case value(Element), nothing, end }

    private let condition = MonotonicCondition()
    private var values: [Element] = []
    private var ended = false

    package init() {}

    package func put(_ value: Element) {
        condition.withLock {
            values.append(value)
            condition.signal()
        }
    }

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
