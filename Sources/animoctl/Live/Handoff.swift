import Foundation

/// Passes values from a thread that may block to a task that may not, in order.
///
/// `queue` makes the thread wait while it is full; `latest` lets a newer value take the older one's place.
final class Inbox<Element: Sendable>: @unchecked Sendable {
    enum Policy: Sendable { case queue(capacity: Int), latest }

    private let policy: Policy
    private let condition = NSCondition()
    private var values: [Element] = []
    private var ended = false
    private var failure: (any Error)?
    private var waiter: CheckedContinuation<Void, Never>?
    private var replacedCount = 0

    init(_ policy: Policy) { self.policy = policy }

    /// Values that a newer one replaced before the task took them.
    var replaced: Int { condition.withLock { replacedCount } }

    /// From the thread. False where nobody wants more.
    func put(_ value: Element) -> Bool {
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
    func finish(throwing error: (any Error)? = nil) {
        condition.lock()
        if !ended { (ended, failure) = (true, error) }
        condition.broadcast()
        let waiting = takeWaiter()
        condition.unlock()
        waiting?.resume()
    }

    /// From the task: the next value, or nil at the end.
    func next() async throws -> Element? {
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

/// Passes values from a task to a thread, in order. Whoever puts holds a permit of `Permits`, which bounds it.
final class Outbox<Element: Sendable>: @unchecked Sendable {
    enum Taken { case value(Element), nothing, end }

    private let condition = NSCondition()
    private var values: [Element] = []
    private var ended = false

    func put(_ value: Element) {
        condition.withLock {
            values.append(value)
            condition.signal()
        }
    }

    func finish() {
        condition.withLock {
            ended = true
            condition.broadcast()
        }
    }

    /// From the thread: waits for a value, until `deadline` where one is given.
    func take(until deadline: Date? = nil) -> Taken {
        condition.lock()
        defer { condition.unlock() }
        while values.isEmpty {
            if ended { return .end }
            if let deadline {
                if !condition.wait(until: deadline) { return values.isEmpty ? (ended ? .end : .nothing) : pop() }
            } else {
                condition.wait()
            }
        }
        return pop()
    }

    private func pop() -> Taken { .value(values.removeFirst()) }
}

/// So many may be under way: a task waits for one, any thread gives it back.
final class Permits: @unchecked Sendable {
    private let lock = NSLock()
    private var free: Int
    private var waiter: CheckedContinuation<Void, Never>?

    init(_ count: Int) { free = count }

    /// One task at a time may wait.
    func take() async throws {
        while true {
            try Task.checkCancellation()
            if lock.withLock({ takeFree() }) { return }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let ready = lock.withLock { () -> Bool in
                        if free > 0 || Task.isCancelled { return true }
                        waiter = continuation
                        return false
                    }
                    if ready { continuation.resume() }
                }
            } onCancel: {
                wake()
            }
        }
    }

    func give() {
        lock.withLock { free += 1 }
        wake()
    }

    private func takeFree() -> Bool {
        guard free > 0 else { return false }
        free -= 1
        return true
    }

    private func wake() {
        let waiting = lock.withLock { () -> CheckedContinuation<Void, Never>? in
            defer { waiter = nil }
            return waiter
        }
        waiting?.resume()
    }
}
