import AnimoConcurrency
import CMemory

/// Gives memory back to the system that a burst of requests has left with the allocator, which would keep it for the
/// next one for good.
package struct MemoryTrimmer: Sendable {
    /// Bytes that must have been freed before it is worth the walk over the heap.
    static let worthwhile = 32 << 20

    let budget: MemoryBudget
    let incoming: IncomingMemory

    func trimUntilCancelled() async {
        while !Task.isCancelled {
            let before = budget.takeHighWater() + incoming.takeHighWater()
            try? await Task.sleep(for: .seconds(5))
            let most = max(before, budget.takeHighWater() + incoming.takeHighWater())
            guard most - budget.used - incoming.used > Self.worthwhile else { continue }
            // It may take a while, and takes each arena's lock in turn.
            try? await runBlocking { memory_trim() }
        }
    }

    /// Lets all threads share a few arenas: what one burst leaves in many of them would never be whole again. To be
    /// called before there are other threads.
    package static func shareArenas() { memory_limit_arenas(4) }
}
