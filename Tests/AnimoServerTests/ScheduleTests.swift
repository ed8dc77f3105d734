import AnimoMotion
import AnimoFakeEngine
import AnimoTestSupport
import NIOCore
import Testing

@testable import AnimoServer

struct ScheduleTests {
    private let engine = FakeEngine()

    private func key(_ side: Int = 32) -> BatchKey {
        BatchKey(engine: ObjectIdentifier(engine), stage: .render, domain: .anime, flowSide: 32, side: side)
    }

    private func job(
        _ id: UInt64, _ priority: Priority = .interactive, peer: UInt64 = 1, session: UInt64 = 1, side: Int = 32,
        deadline: Int64 = 1_000_000
    ) -> Schedule<Void>.Job {
        Schedule.Job(
            id: id, priority: priority, peer: peer, session: session, key: key(side), deadline: at(deadline),
            payload: ())
    }

    /// A point of a virtual clock, in milliseconds.
    private func at(_ milliseconds: Int64) -> NIODeadline {
        .uptimeNanoseconds(1_000_000_000) + .milliseconds(milliseconds)
    }

    /// Takes everything out, one batch at a time.
    private func drain(_ schedule: inout Schedule<Void>, batchLimit: Int = 1) -> [[UInt64]] {
        var batches: [[UInt64]] = []
        var now: Int64 = 0
        while !schedule.isEmpty {
            let selection = schedule.next(now: at(now)) { _ in batchLimit }
            batches.append(selection.batch.map(\.id))
            now += 10 * Int64(selection.batch.count)
            schedule.finished(selection.batch, now: at(now))
        }
        return batches
    }

    /// Makes every job of a key cost 10 ms from here on.
    private func learn(_ schedule: inout Schedule<Void>, sides: [Int] = [32]) throws {
        for side in sides {
            try schedule.admit(job(UInt64.max - UInt64(side), side: side), now: at(-10))
            let selection = schedule.next(now: at(-10)) { _ in 1 }
            schedule.finished(selection.batch, now: at(0))
        }
    }

    @Test func liveGoesBeforeInteractiveBeforeBatch() throws {
        var schedule = Schedule<Void>(limit: 10)
        try schedule.admit(job(1, .batch), now: at(0))
        try schedule.admit(job(2, .interactive), now: at(0))
        try schedule.admit(job(3, .live), now: at(0))
        #expect(drain(&schedule) == [[3], [2], [1]])
    }

    @Test func aLowerPriorityThatWaitsGetsATenth() throws {
        var schedule = Schedule<Void>(limit: 1000)
        try learn(&schedule)
        for id in 1...200 { try schedule.admit(job(UInt64(id), .live), now: at(0)) }
        for id in 1001...1020 { try schedule.admit(job(UInt64(id), .batch), now: at(0)) }
        let order = drain(&schedule).flatMap(\.self)
        #expect(order.prefix(100).count { $0 > 1000 } == 10)
        #expect(order.count == 220)
    }

    @Test func peersTakeTurnsAndWithinThemSessions() throws {
        var schedule = Schedule<Void>(limit: 10)
        for (id, peer, session) in [(1, 1, 1), (2, 1, 1), (3, 1, 2), (4, 1, 2), (5, 2, 3), (6, 2, 3)] {
            try schedule.admit(
                job(UInt64(id), peer: UInt64(peer), session: UInt64(session)), now: at(0))
        }
        #expect(drain(&schedule).flatMap(\.self) == [1, 5, 3, 6, 2, 4])
    }

    @Test func aBatchIsMadeOfJobsOfOneKey() throws {
        var schedule = Schedule<Void>(limit: 10)
        for id in 1...6 {
            try schedule.admit(job(UInt64(id), session: UInt64(id), side: id.isMultiple(of: 2) ? 64 : 32), now: at(0))
        }
        #expect(drain(&schedule, batchLimit: 2) == [[1, 3], [2, 4], [5], [6]])
    }

    @Test func whatIsTooLateIsNotSelected() throws {
        var schedule = Schedule<Void>(limit: 10)
        try schedule.admit(job(1, deadline: 5), now: at(0))
        try schedule.admit(job(2, deadline: 50), now: at(0))
        let selection = schedule.next(now: at(10)) { _ in 4 }
        #expect(selection.expired.map(\.id) == [1])
        #expect(selection.batch.map(\.id) == [2])
    }

    @Test func whatCouldNotFinishInTimeIsRefused() throws {
        var schedule = Schedule<Void>(limit: 10)
        try learn(&schedule)
        for id in 1...9 { try schedule.admit(job(UInt64(id)), now: at(0)) }
        #expect(throws: Schedule<Void>.Refusal.self) { try schedule.admit(job(10, deadline: 95), now: at(0)) }
        try schedule.admit(job(11, deadline: 105), now: at(0))
        // A live job goes before all of these.
        try schedule.admit(job(12, .live, deadline: 15), now: at(0))
    }

    @Test func theQueueIsBoundedByEstimatedTime() throws {
        var schedule = Schedule<Void>(limit: 0.05)
        try learn(&schedule)
        for id in 1...5 { try schedule.admit(job(UInt64(id)), now: at(0)) }
        #expect(throws: Schedule<Void>.Refusal.self) { try schedule.admit(job(6), now: at(0)) }
        _ = schedule.next(now: at(0)) { _ in 1 }
        try schedule.admit(job(7), now: at(0))
    }

    @Test func aSizeThatWasNeverComputedIsEstimatedByItsArea() throws {
        var schedule = Schedule<Void>(limit: 0.05)
        try learn(&schedule)
        try schedule.admit(job(1, side: 64), now: at(0))
        #expect(abs(schedule.queuedSeconds - 0.04) < 1e-9)
        #expect(throws: Schedule<Void>.Refusal.self) { try schedule.admit(job(2, side: 64), now: at(0)) }
    }

    @Test func anEngineWithNothingToDoRefusesWhatItKnowsToTakeTooLong() throws {
        var schedule = Schedule<Void>(limit: 10)
        try learn(&schedule)
        #expect(throws: Schedule<Void>.Refusal.self) { try schedule.admit(job(1, deadline: 5), now: at(0)) }
        // An estimate of old is not believed.
        try schedule.admit(job(2, deadline: 60_006), now: at(60_001))
        #expect(schedule.next(now: at(60_001)) { _ in 1 }.batch.map(\.id) == [2])
    }

    @Test func whatWouldBeLateIsLeftForWhatWouldNot() throws {
        var schedule = Schedule<Void>(limit: 10)
        try learn(&schedule)
        try schedule.admit(job(1, deadline: 15), now: at(0))
        try schedule.admit(job(2, deadline: 50), now: at(0))
        let selection = schedule.next(now: at(7)) { _ in 1 }
        #expect(selection.expired.map(\.id) == [1])
        #expect(selection.batch.map(\.id) == [2])
    }

    @Test func companyIsLeftOutThatWouldMakeABatchLate() throws {
        var schedule = Schedule<Void>(limit: 10)
        try learn(&schedule)
        try schedule.admit(job(1, deadline: 25), now: at(0))
        for id in 2...4 { try schedule.admit(job(UInt64(id)), now: at(0)) }
        #expect(schedule.next(now: at(0)) { _ in 4 }.batch.map(\.id) == [1, 2])
    }

    @Test func aWithdrawnJobIsGone() throws {
        var schedule = Schedule<Void>(limit: 10)
        for id in 1...3 { try schedule.admit(job(UInt64(id)), now: at(0)) }
        #expect(schedule.withdraw(2)?.id == 2)
        #expect(schedule.withdraw(2) == nil)
        #expect(drain(&schedule) == [[1], [3]])
        #expect(schedule.queuedSeconds == 0)
    }

    /// Whatever is admitted comes out exactly once: selected, expired or withdrawn.
    @Test(arguments: 0..<200)
    func everyJobComesOutOnce(seed: Int) throws {
        var random = SplitMix64(state: UInt64(seed))
        var schedule = Schedule<Void>(limit: 0.5)
        var admitted: Set<UInt64> = []
        var ended: [UInt64] = []
        var now: Int64 = 0
        for id in 1...300 as ClosedRange<UInt64> {
            now += Int64.random(in: 0...4, using: &random)
            let job = job(
                id, Priority.allCases.randomElement(using: &random) ?? .live, peer: .random(in: 1...3, using: &random),
                session: .random(in: 1...6, using: &random), side: 32 * .random(in: 1...2, using: &random),
                deadline: now + .random(in: 1...200, using: &random))
            if (try? schedule.admit(job, now: at(now))) != nil { admitted.insert(id) }
            if Bool.random(using: &random), let id = admitted.randomElement(using: &random),
                let job = schedule.withdraw(id)
            {
                ended.append(job.id)
            }
            if Bool.random(using: &random) {
                let selection = schedule.next(now: at(now)) { _ in 3 }
                #expect(selection.batch.allSatisfy { $0.deadline > at(now) })
                #expect(Set(selection.batch.map(\.key)).count <= 1)
                ended += (selection.batch + selection.expired).map(\.id)
                now += 4 * Int64(selection.batch.count)
                schedule.finished(selection.batch, now: at(now))
            }
        }
        ended += schedule.removeAll().map(\.id)
        #expect(ended.count == admitted.count, "seed \(seed)")
        #expect(Set(ended) == admitted, "seed \(seed)")
        #expect(schedule.queuedSeconds == 0)
    }
}
