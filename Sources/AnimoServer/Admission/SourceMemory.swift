import Synchronization

/// Bytes of all prepared sources that are alive: those the cache keeps, and those it gave up that sessions still
/// render.
final class SourceMemory: Sendable {
    private let used = Mutex(0)

    var bytes: Int { used.withLock { $0 } }

    func add(_ bytes: Int) { used.withLock { $0 += bytes } }
}
