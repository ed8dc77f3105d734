import AnimoFakeEngine
import NIOCore
import Testing

@testable import AnimoServer

/// What a peer with more live work than a tenth of the queue leaves to others.
struct ScheduleSurplusTests {
    private static let hog: UInt64 = 1
    private static let good: UInt64 = 2

    private let engine = FakeEngine()

    /// A point of a virtual clock, in milliseconds.
    private func at(_ milliseconds: Double) -> NIODeadline {
        .uptimeNanoseconds(100_000_000_000) + .of(milliseconds: milliseconds)
    }

    private func job(
        _ id: UInt64, _ priority: Priority, peer: UInt64, session: UInt64? = nil, side: Int = 32,
        deadline: Double = 1_000_000
    ) -> Schedule<Void>.Job {
        let key = BatchKey(
            engine: ObjectIdentifier(engine), stage: .render, domain: .anime, flowSide: 32, side: side)
        return Schedule.Job(
            id: id, priority: priority, peer: peer, session: session ?? id, key: key, deadline: at(deadline),
            payload: ())
    }

    /// A schedule, of one second by default, that has learned jobs of 10 ms, and of 200 ms at a side of 64; nobody was
    /// served lately.
    private func schedule(limit: Double = 1) throws -> Schedule<Void> {
        var schedule = Schedule<Void>(limit: limit)
        for (side, cost) in [(32, 10), (64, 200)] as [(Int, Double)] {
            try schedule.admit(job(UInt64.max - UInt64(side), .live, peer: 9, side: side), now: at(-9000))
            let selection = schedule.next(now: at(-9000)) { _ in 1 }
            schedule.finished(selection.batch, now: at(-9000 + cost))
        }
        return schedule
    }

    /// Takes everything out, one batch at a time, each job as long as it is like to be.
    private func drain(_ schedule: inout Schedule<Void>, batchLimit: Int) -> [[UInt64]] {
        var batches: [[UInt64]] = []
        var now = 0.0
        while !schedule.isEmpty {
            let selection = schedule.next(now: at(now)) { _ in batchLimit }
            batches.append(selection.batch.map(\.id))
            now += selection.batch.reduce(0) { $0 + $1.cost * 1000 }
            schedule.finished(selection.batch, now: at(now))
        }
        return batches
    }

    /// Its own single calls wait for its live work; others' behind them do not.
    @Test func othersDoNotWaitBehindThePeersOwnCalls() throws {
        var schedule = try schedule()
        for id in 1...50 as ClosedRange<UInt64> { try schedule.admit(job(id, .live, peer: Self.hog), now: at(0)) }
        try schedule.admit(job(101, .interactive, peer: Self.hog), now: at(0))
        try schedule.admit(job(201, .interactive, peer: Self.good), now: at(0))
        let order = drain(&schedule, batchLimit: 1).flatMap(\.self)
        #expect(order.count == 52)
        #expect(try #require(order.firstIndex(of: 201)) == 1)
        // A tenth is theirs all the same.
        #expect(try #require(order.firstIndex(of: 101)) <= 20)
    }

    /// The dearest of its own single calls is no reason to wait either.
    @Test func othersDoNotWaitForADearCallOfThePeersOwn() throws {
        var schedule = try schedule(limit: 2)
        for id in 1...50 as ClosedRange<UInt64> { try schedule.admit(job(id, .live, peer: Self.hog), now: at(0)) }
        try schedule.admit(job(101, .interactive, peer: Self.hog, side: 64), now: at(0))
        try schedule.admit(job(201, .interactive, peer: Self.good), now: at(0))
        let order = drain(&schedule, batchLimit: 1).flatMap(\.self)
        #expect(order.count == 52)
        #expect(try #require(order.firstIndex(of: 201)) == 1)
    }

    /// Others' calls have three parts of the time, as long as there are any.
    @Test func aSurplusKeepsAFourthBesideOthers() throws {
        var schedule = try schedule()
        for id in 1...50 as ClosedRange<UInt64> { try schedule.admit(job(id, .live, peer: Self.hog), now: at(0)) }
        for id in 201...230 as ClosedRange<UInt64> {
            try schedule.admit(job(id, .interactive, peer: Self.good), now: at(0))
        }
        let order = drain(&schedule, batchLimit: 1).flatMap(\.self)
        #expect(order.prefix(40).count { $0 > 200 } == 30)
        #expect(order.prefix(20).count { $0 > 200 } == 15)
    }

    /// A call that comes while the surplus is computed is next: one that asks again and again has its share.
    @Test func whoComesDuringASurplusIsNext() throws {
        var schedule = try schedule()
        for id in 1...50 as ClosedRange<UInt64> { try schedule.admit(job(id, .live, peer: Self.hog), now: at(0)) }
        var now = 0.0
        for id in 201...210 as ClosedRange<UInt64> {
            let surplus = schedule.next(now: at(now)) { _ in 1 }.batch
            #expect(surplus.map(\.peer) == [Self.hog])
            try schedule.admit(job(id, .interactive, peer: Self.good), now: at(now + 5))
            now += 10
            schedule.finished(surplus, now: at(now))
            let call = schedule.next(now: at(now)) { _ in 1 }.batch
            #expect(call.map(\.id) == [id])
            now += 10
            schedule.finished(call, now: at(now))
        }
    }

    /// Calls that have waited for their share are computed together, and not in the company of what they waited for.
    @Test func aShareIsNotFilledUpWithTheSurplus() throws {
        var schedule = try schedule()
        for id in 1...50 as ClosedRange<UInt64> { try schedule.admit(job(id, .live, peer: Self.hog), now: at(0)) }
        for id in 201...204 as ClosedRange<UInt64> {
            try schedule.admit(job(id, .interactive, peer: Self.good), now: at(0))
        }
        let batches = drain(&schedule, batchLimit: 4)
        for batch in batches { #expect(Set(batch.map { $0 > 200 }).count == 1, "\(batch)") }
        let last = try #require(batches.lastIndex { $0.contains { $0 > 200 } })
        #expect(batches[...last].reduce(0) { $0 + $1.count } <= 8)
    }

    /// Nor is a batch of as urgent work of others, who wait their turn beside it.
    @Test func aSurplusIsNobodysCompany() throws {
        var schedule = try schedule()
        for id in 1...50 as ClosedRange<UInt64> { try schedule.admit(job(id, .live, peer: Self.hog), now: at(0)) }
        for id in 201...202 as ClosedRange<UInt64> { try schedule.admit(job(id, .live, peer: Self.good), now: at(0)) }
        let batches = drain(&schedule, batchLimit: 4)
        for batch in batches { #expect(Set(batch.map { $0 > 200 }).count == 1, "\(batch)") }
        #expect(batches.flatMap(\.self).count == 52)
    }

    /// A batch of a peer with a surplus grows only while nobody else is there, nor was a moment ago.
    @Test func aSurplusIsComputedOneByOneBesideOthers() throws {
        var schedule = try schedule()
        for id in 1...50 as ClosedRange<UInt64> { try schedule.admit(job(id, .live, peer: Self.hog), now: at(0)) }
        func size(at now: Double) -> Int {
            let batch = schedule.next(now: at(now)) { _ in 4 }.batch
            schedule.finished(batch, now: at(now + 10))
            return batch.count
        }
        #expect(size(at: 0) == 4)
        try schedule.admit(job(201, .interactive, peer: Self.good), now: at(100))
        #expect(size(at: 100) == 1)
        #expect(size(at: 110) == 1)
        // It has its answer, and may be about to ask again.
        #expect(size(at: 1000) == 1)
        #expect(size(at: 1200) == 4)
    }

    /// Live sessions of one peer within its tenth keep their priority, and share batches with what is less urgent.
    @Test func whatIsNoSurplusKeepsItsPriority() throws {
        var schedule = try schedule()
        for id in 1...5 as ClosedRange<UInt64> { try schedule.admit(job(id, .live, peer: Self.hog), now: at(0)) }
        try schedule.admit(job(201, .interactive, peer: Self.good), now: at(0))
        #expect(drain(&schedule, batchLimit: 4) == [[1, 2, 3, 4], [5, 201]])
    }
}

/// Short work in the midst of a long batch.
extension ScheduleSurplusTests {
    private func begin(
        _ schedule: inout Schedule<Void>, _ priority: Priority = .interactive, deadline: Double = 1_000_000
    ) throws -> [Schedule<Void>.Job] {
        try schedule.admit(job(1, priority, peer: Self.hog, side: 64, deadline: deadline), now: at(0))
        return schedule.next(now: at(0)) { _ in 1 }.batch
    }

    @Test func shortWorkOfAnotherPeerIsLetInAndHasHalfOfTheTime() throws {
        var schedule = try schedule()
        let long = try begin(&schedule)
        #expect(schedule.isLong(long))
        for id in 201...203 as ClosedRange<UInt64> {
            try schedule.admit(job(id, .interactive, peer: Self.good), now: at(1))
        }
        #expect(schedule.interlude(in: long, now: at(9)).batch.isEmpty)
        let first = schedule.interlude(in: long, now: at(11)).batch
        #expect(first.map(\.id) == [201])
        schedule.finished(first, in: long, began: at(11), now: at(21))
        // The long one has had 11 ms, the other 10.
        #expect(schedule.interlude(in: long, now: at(21)).batch.isEmpty)
        #expect(schedule.interlude(in: long, now: at(29)).batch.isEmpty)
        #expect(schedule.interlude(in: long, now: at(31)).batch.map(\.id) == [202])
    }

    /// What is nearly done is let end first, and what was given to others is not held against its kind.
    @Test func aLongBatchLearnsItsOwnTime() throws {
        var schedule = try schedule()
        let long = try begin(&schedule)
        try schedule.admit(job(201, .interactive, peer: Self.good), now: at(150))
        let short = schedule.interlude(in: long, now: at(150)).batch
        #expect(short.map(\.id) == [201])
        schedule.finished(short, in: long, began: at(150), now: at(160))
        try schedule.admit(job(202, .interactive, peer: Self.good), now: at(205))
        #expect(schedule.interlude(in: long, now: at(205)).batch.isEmpty)
        schedule.finished(long, now: at(210))
        #expect(schedule.next(now: at(210)) { _ in 1 }.batch.map(\.id) == [202])
        try schedule.admit(job(2, .interactive, peer: Self.hog, side: 64), now: at(220))
        #expect(abs(schedule.queuedSeconds - 0.2) < 0.001)
    }

    @Test func aBatchThatTakesLongerThanExpectedLetsOthersIn() throws {
        var schedule = try schedule()
        let long = try begin(&schedule)
        try schedule.admit(job(201, .interactive, peer: Self.good), now: at(400))
        #expect(schedule.interlude(in: long, now: at(400)).batch.map(\.id) == [201])
    }

    @Test func aPeersOwnWorkIsNotLetIntoItsOwnBatch() throws {
        var schedule = try schedule()
        let long = try begin(&schedule)
        try schedule.admit(job(2, .live, peer: Self.hog), now: at(1))
        #expect(schedule.interlude(in: long, now: at(50)).batch.isEmpty)
        try schedule.admit(job(201, .interactive, peer: Self.good), now: at(50))
        #expect(schedule.interlude(in: long, now: at(50)).batch.map(\.id) == [201])
    }

    /// A batch that would be late for it is not interrupted.
    @Test func aLongBatchKeepsItsDeadline() throws {
        var schedule = try schedule()
        let long = try begin(&schedule, deadline: 212)
        try schedule.admit(job(201, .interactive, peer: Self.good), now: at(1))
        let first = schedule.interlude(in: long, now: at(50)).batch
        #expect(first.map(\.id) == [201])
        schedule.finished(first, in: long, began: at(50), now: at(60))
        try schedule.admit(job(202, .interactive, peer: Self.good), now: at(60))
        #expect(schedule.interlude(in: long, now: at(100)).batch.isEmpty)
    }

    /// Long live work keeps nine parts of ten.
    @Test func lessUrgentWorkIsLetInForATenth() throws {
        var schedule = try schedule(limit: 10)
        let long = try begin(&schedule, .live)
        try schedule.admit(job(201, .interactive, peer: Self.good), now: at(1))
        #expect(schedule.interlude(in: long, now: at(80)).batch.isEmpty)
        #expect(schedule.interlude(in: long, now: at(91)).batch.map(\.id) == [201])
    }

    @Test func whatHasExpiredIsNotLetIn() throws {
        var schedule = try schedule()
        let long = try begin(&schedule)
        try schedule.admit(job(201, .interactive, peer: Self.good, deadline: 230), now: at(1))
        // Not in time after the long one, but in its midst; and then its time is over.
        let selection = schedule.interlude(in: long, now: at(231))
        #expect(selection.batch.isEmpty && selection.expired.map(\.id) == [201])
        #expect(schedule.isEmpty)
    }
}
