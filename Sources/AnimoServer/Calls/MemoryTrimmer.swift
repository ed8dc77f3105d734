import AnimoConcurrency
import CMemory

/// Gives memory back to the system that a burst of requests has left with the allocator, which would keep it for the
/// next one for good.
package struct MemoryTrimmer: Sendable {
    /// Bytes that must have been freed before it is worth the walk over the heap.
    static let worthwhile = 32 << 20
    /// Memory of each model's renderings that is kept when it has rendered nothing for so long: enough for two at
    /// 256×256.
    private static let unused = Duration.seconds(10)
    private static let kept = 96 << 20
    /// Peers that have left keep so large a part of the cache of sources together: a fourth.
    private static let absentShare = 4

    let budget: MemoryBudget
    let incoming: IncomingMemory
    let models: ModelRegistry
    let sources: SourceCache
    let connections: ConnectionTable

    func trimUntilCancelled() async {
        var hasTrimmed = false
        while !Task.isCancelled {
            let before = highWater()
            try? await Task.sleep(for: .seconds(5))
            let freed = max(before, highWater()) - budget.used - incoming.used
            // Memory freed after its reservation was released is trimmed in the next round.
            hasTrimmed =
                (try? await runBlocking { [hasTrimmed] in trim(freed: freed, evenIfLittle: hasTrimmed) }) ?? false
        }
    }

    private func highWater() -> Int { budget.takeHighWater() + incoming.takeHighWater() }

    /// May take a while, and takes each arena's lock in turn.
    ///
    /// - Returns: whether there was much to give back.
    private func trim(freed: Int, evenIfLittle: Bool) -> Bool {
        let released = models.entries.reduce(0) {
            $0 + $1.engine.model.releaseMemory(unusedFor: Self.unused, keeping: Self.kept)
        }
        let evicted = sources.evict(
            keeping: sources.budget / Self.absentShare, ofPeersBut: connections.owners, absentFor: Self.unused)
        let isMuch = freed + released + evicted > Self.worthwhile
        if isMuch || evenIfLittle { memory_trim() }
        return isMuch
    }

    /// Lets all threads share a few arenas: what one burst leaves in many of them would never be whole again. To be
    /// called before there are other threads.
    package static func shareArenas() { memory_limit_arenas(4) }
}
