import OrderedCollections
import Synchronization

/// Sources by id, the least recently used given up when the byte budget is exceeded.
///
/// A session holds its source itself, so an evicted one stays alive until nobody draws it.
final class SourceCache: Sendable {
    struct Statistics: Sendable {
        var entries = 0
        var bytes = 0
        var hits: UInt64 = 0
        var misses: UInt64 = 0
        var evictions: UInt64 = 0
    }

    private struct State {
        /// Least recently used first.
        var sources: OrderedDictionary<[UInt8], CachedSource> = [:]
        var statistics = Statistics()
    }

    let budget: Int
    /// Of the sources that are alive, whether kept or not.
    let memory = SourceMemory()
    private let state = Mutex(State())

    init(budget: Int) { self.budget = budget }

    var statistics: Statistics { state.withLock { $0.statistics } }

    func find(_ id: [UInt8]) -> CachedSource? {
        state.withLock { state in
            guard let source = state.sources.removeValue(forKey: id) else {
                state.statistics.misses += 1
                return nil
            }
            state.sources[id] = source
            state.statistics.hits += 1
            return source
        }
    }

    /// Keeps a source, the newest even when it alone exceeds the budget.
    func insert(_ source: CachedSource) {
        state.withLock { state in
            if let old = state.sources.removeValue(forKey: source.id) { state.statistics.bytes -= old.byteCount }
            state.sources[source.id] = source
            state.statistics.bytes += source.byteCount
            while state.statistics.bytes > budget, state.sources.count > 1, let oldest = state.sources.elements.first {
                state.sources.removeFirst()
                state.statistics.bytes -= oldest.value.byteCount
                state.statistics.evictions += 1
            }
            state.statistics.entries = state.sources.count
        }
    }

    func remove(where isObsolete: (CachedSource) -> Bool) {
        state.withLock { state in
            for (id, source) in state.sources where isObsolete(source) {
                state.sources.removeValue(forKey: id)
                state.statistics.bytes -= source.byteCount
            }
            state.statistics.entries = state.sources.count
        }
    }

    /// Whether it was there.
    func remove(_ id: [UInt8]) -> Bool {
        state.withLock { state in
            guard let source = state.sources.removeValue(forKey: id) else { return false }
            state.statistics.bytes -= source.byteCount
            state.statistics.entries = state.sources.count
            return true
        }
    }
}
