import OrderedCollections
import Synchronization

/// Sources by their owner and id. One peer may fill the whole budget; where it is exceeded the peer that has the most
/// loses the source it has used the longest ago.
///
/// Nothing is shared between peers: neither does one find what another has put, nor learn that it did. A session holds
/// its source itself, so an evicted one stays alive until nobody renders it.
final class SourceCache: Sendable {
    struct Statistics: Sendable {
        var entries = 0
        var bytes = 0
        var hits: UInt64 = 0
        var misses: UInt64 = 0
        var evictions: UInt64 = 0
    }

    /// Sources that one peer keeps.
    private struct Shelf {
        /// Least recently used first.
        var sources: OrderedDictionary<[UInt8], CachedSource> = [:]
        var bytes = 0
        /// Time at which its peer was first seen to have no connection; nil while it has one.
        var absentSince: ContinuousClock.Instant?
    }

    private struct State {
        var shelves: [PeerIdentity.Owner: Shelf] = [:]
        var statistics = Statistics()

        /// The source that the peer with the most bytes has used the longest ago.
        func oldestOfLargest(but newest: CachedSource) -> (owner: PeerIdentity.Owner, source: CachedSource)? {
            shelves.compactMap { owner, shelf in
                shelf.sources.values.first.flatMap { $0 === newest ? nil : (owner: owner, source: $0) }
            }.max { (shelves[$0.owner]?.bytes ?? 0) < (shelves[$1.owner]?.bytes ?? 0) }
        }

        mutating func remove(_ id: [UInt8], of owner: PeerIdentity.Owner) -> CachedSource? {
            guard let source = shelves[owner]?.sources.removeValue(forKey: id) else { return nil }
            shelves[owner]?.bytes -= source.byteCount
            if shelves[owner]?.sources.isEmpty == true { shelves[owner] = nil }
            statistics.bytes -= source.byteCount
            statistics.entries -= 1
            return source
        }
    }

    /// In bytes.
    let budget: Int
    /// Memory of the sources that are alive, whether kept or not.
    let memory = SourceMemory()
    private let state = Mutex(State())

    init(budget: Int) { self.budget = budget }

    var statistics: Statistics { state.withLock { $0.statistics } }

    func find(_ id: [UInt8], of owner: PeerIdentity.Owner) -> CachedSource? {
        state.withLock { state in
            guard let source = state.shelves[owner]?.sources.removeValue(forKey: id) else {
                state.statistics.misses += 1
                return nil
            }
            state.shelves[owner]?.sources[id] = source
            state.statistics.hits += 1
            return source
        }
    }

    /// Keeps a source, the newest even when it alone exceeds the budget.
    func insert(_ source: CachedSource, of owner: PeerIdentity.Owner) {
        let evicted = state.withLock { state in
            var evicted = [state.remove(source.id, of: owner)]
            state.shelves[owner, default: Shelf()].sources[source.id] = source
            state.shelves[owner]?.bytes += source.byteCount
            state.statistics.bytes += source.byteCount
            state.statistics.entries += 1
            while state.statistics.bytes > budget, let (owner, oldest) = state.oldestOfLargest(but: source) {
                evicted.append(state.remove(oldest.id, of: owner))
                state.statistics.evictions += 1
            }
            return evicted
        }
        // Freed outside the lock.
        withExtendedLifetime(evicted) {}
    }

    /// Evicts sources of peers that have left, the least recently used of the largest share first, until no more than
    /// `bytes` of them are kept. To be called every now and then.
    ///
    /// - Parameters:
    ///   - present: peers that have a connection.
    ///   - time: for how long the others must have had none.
    /// - Returns: the bytes that were evicted.
    func evict(
        keeping bytes: Int, ofPeersBut present: Set<PeerIdentity.Owner>, absentFor time: Duration,
        at now: ContinuousClock.Instant = .now
    ) -> Int {
        let evicted: [CachedSource] = state.withLock { state in
            for owner in state.shelves.keys {
                let since = present.contains(owner) ? nil : state.shelves[owner]?.absentSince ?? now
                state.shelves[owner]?.absentSince = since
            }
            func isAbsent(_ shelf: Shelf) -> Bool { shelf.absentSince.map { now - $0 >= time } ?? false }
            var evicted: [CachedSource] = []
            while true {
                let absent = state.shelves.filter { isAbsent($0.value) }
                guard absent.values.reduce(0, { $0 + $1.bytes }) > bytes,
                    let (owner, shelf) = absent.max(by: { $0.value.bytes < $1.value.bytes }),
                    let oldest = shelf.sources.keys.first, let source = state.remove(oldest, of: owner)
                else { return evicted }
                evicted.append(source)
                state.statistics.evictions += 1
            }
        }
        // Freed outside the lock.
        return evicted.reduce(0) { $0 + $1.byteCount }
    }

    func remove(where isObsolete: (CachedSource) -> Bool) {
        let all = state.withLock { state in
            state.shelves.flatMap { owner, shelf in shelf.sources.values.map { (owner, $0) } }
        }
        let obsolete = all.filter { isObsolete($0.1) }
        let removed = state.withLock { state in
            obsolete.map { owner, source in
                // Another may have come in its place.
                state.shelves[owner]?.sources[source.id] === source ? state.remove(source.id, of: owner) : nil
            }
        }
        withExtendedLifetime(removed) {}
    }

    /// Whether it was there.
    func remove(_ id: [UInt8], of owner: PeerIdentity.Owner) -> Bool {
        state.withLock { $0.remove(id, of: owner) } != nil
    }
}
