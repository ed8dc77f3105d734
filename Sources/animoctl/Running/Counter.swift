import Synchronization

/// Counts from several tasks.
final class Counter: Sendable {
    private let value = Mutex(0)

    func increase() -> Int {
        value.withLock { value in
            value += 1
            return value
        }
    }
}
