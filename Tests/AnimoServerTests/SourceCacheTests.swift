import AnimoPictures
import AnimoFakeEngine
import Testing

@testable import AnimoServer

struct SourceCacheTests {
    private let owner = PeerIdentity.Owner.user(1000)
    private let other = PeerIdentity.Owner.host("10.0.0.1")

    private func source(_ id: UInt8, bytes: Int, in memory: SourceMemory? = nil) -> CachedSource {
        let engine = FakeEngine()
        let features = FakeEngine.Features(tint: 0, byteCount: bytes)
        return CachedSource(
            id: [id], model: .init(name: "m", engine: engine.engine), domain: .anime,
            prepared: features, flowSide: 32, side: 32,
            crop: CropTransform(
                scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0, width: 32, height: 32,
                content: Box(x: 0, y: 0, width: 32, height: 32)),
            original: Picture(width: 1, height: 1, filledWith: (0, 0, 0)), sent: .png, memory: memory)
    }

    @Test func whatASessionHoldsCountsUntilItIsLetGo() {
        let cache = SourceCache(budget: 10)
        var held: CachedSource? = source(1, bytes: 900, in: cache.memory)
        if let held { cache.insert(held, of: owner) }
        cache.insert(source(2, bytes: 900, in: cache.memory), of: owner)
        #expect(cache.find([1], of: owner) == nil)
        #expect(cache.memory.bytes >= 1800)
        held = nil
        #expect((900..<1800).contains(cache.memory.bytes))
        #expect(held == nil && cache.remove([2], of: owner))
        #expect(cache.memory.bytes == 0)
    }

    @Test func theLeastRecentlyUsedGoesFirst() {
        let cache = SourceCache(budget: 3000)
        for id in 1...3 as ClosedRange<UInt8> { cache.insert(source(id, bytes: 900), of: owner) }
        #expect(cache.find([1], of: owner) != nil)
        cache.insert(source(4, bytes: 900), of: owner)
        #expect(cache.find([2], of: owner) == nil)
        #expect(cache.find([1], of: owner) != nil)
        #expect(cache.statistics.evictions == 1)
        #expect(cache.statistics.bytes <= 3000)
    }

    @Test func theNewestStaysEvenWhenItIsTooLarge() {
        let cache = SourceCache(budget: 10)
        cache.insert(source(1, bytes: 900), of: owner)
        #expect(cache.find([1], of: owner) != nil)
        cache.insert(source(2, bytes: 900), of: owner)
        #expect(cache.find([1], of: owner) == nil)
        #expect(cache.find([2], of: owner) != nil)
        #expect(cache.remove([2], of: owner))
        #expect(!cache.remove([2], of: owner))
        #expect(cache.statistics.bytes == 0)
    }

    @Test func whatOneHasPutAnotherNeitherFindsNorDrops() {
        let cache = SourceCache(budget: 10_000)
        cache.insert(source(1, bytes: 900), of: owner)
        #expect(cache.find([1], of: other) == nil)
        #expect(!cache.remove([1], of: other))
        // The same picture, put by both, is kept for each.
        cache.insert(source(1, bytes: 900), of: other)
        #expect(cache.statistics.entries == 2)
        #expect(cache.remove([1], of: other))
        #expect(cache.find([1], of: owner) != nil)
        #expect(cache.statistics.entries == 1)
    }

    @Test func onePeerMayFillTheCacheWhileItIsAlone() {
        let cache = SourceCache(budget: 10_000)
        for id in 0..<10 as Range<UInt8> { cache.insert(source(id, bytes: 900), of: owner) }
        #expect(cache.statistics.entries == 10)
        #expect(cache.statistics.evictions == 0)
    }

    /// What peers leave behind is bounded; who is there, or has only just gone, loses nothing.
    @Test func peersThatHaveLeftKeepAPartOfTheCache() {
        let cache = SourceCache(budget: 100_000)
        let start = ContinuousClock.now
        func evict(_ present: Set<PeerIdentity.Owner>, after seconds: Int) -> Int {
            cache.evict(
                keeping: 3000, ofPeersBut: present, absentFor: .seconds(10), at: start.advanced(by: .seconds(seconds)))
        }
        for id in 0..<10 as Range<UInt8> { cache.insert(source(id, bytes: 900), of: owner) }
        for id in 0..<10 as Range<UInt8> { cache.insert(source(id, bytes: 900), of: other) }
        #expect(evict([owner, other], after: 0) == 0)
        #expect(evict([owner], after: 5) == 0)
        // It comes back, and its time begins anew.
        #expect(evict([owner, other], after: 10) == 0)
        #expect(evict([owner], after: 15) == 0)
        #expect(evict([owner], after: 24) == 0)
        #expect((6000..<7000).contains(evict([owner], after: 25)))
        // The most recently used stay.
        #expect(cache.find([9], of: other) != nil)
        #expect(cache.find([6], of: other) == nil)
        #expect((0..<10 as Range<UInt8>).allSatisfy { cache.find([$0], of: owner) != nil })
        // Two that have left share it.
        #expect(evict([], after: 40) == 0)
        #expect(evict([], after: 50) > 8000)
        #expect(cache.statistics.bytes <= 3000)
        #expect(evict([], after: 60) == 0)
    }

    /// A flood of one peer costs it its own sources, however long ago another has used its own.
    @Test func aFloodEvictsNobodyElse() {
        let cache = SourceCache(budget: 10_000)
        for id in 0..<3 as Range<UInt8> { cache.insert(source(id, bytes: 900), of: other) }
        for id in 0..<200 as Range<UInt8> { cache.insert(source(id, bytes: 900), of: owner) }
        for id in 0..<3 as Range<UInt8> { #expect(cache.find([id], of: other) != nil) }
        #expect(cache.statistics.bytes <= 10_000)
        #expect(cache.find([199], of: owner) != nil)
        #expect(cache.find([0], of: owner) == nil)
    }
}
