import AnimoMotion
import AnimoFakeEngine
import AnimoTestSupport
import NIOCore
import Testing

@testable import AnimoServer

/// What the schedule promises, over thousands of seeded runs on a virtual clock.
struct ScheduleSimulationTests {
    typealias Client = ScheduleSimulation.Client

    /// Each argument stands for a hundred seeds.
    static let hundreds = 0..<3

    private func seeds(_ hundred: Int) -> Range<UInt64> { UInt64(hundred) * 100..<UInt64(hundred + 1) * 100 }

    /// Clients of every kind, some of them in a hurry, some of them cancelling.
    private func crowd(_ random: inout SplitMix64) -> [Client] {
        (0..<Int.random(in: 2...12, using: &random)).map { index in
            var client = Client()
            client.priority = Priority.allCases.randomElement(using: &random) ?? .live
            client.peer = .random(in: 1...4, using: &random)
            client.session = UInt64(index)
            client.side = 32 * .random(in: 1...3, using: &random)
            client.cost = .random(in: 1...40, using: &random)
            client.timeout = .milliseconds(Int64.random(in: 5...2000, using: &random))
            client.interval = Bool.random(using: &random) ? .random(in: 3...60, using: &random) : nil
            client.window = .random(in: 1...6, using: &random)
            client.cancels = Bool.random(using: &random) ? .random(in: 0...1, using: &random) : 0
            client.start = .random(in: 0...200, using: &random)
            return client
        }
    }

    @Test(arguments: hundreds)
    func everyJobHasOneOutcomeAndNoneIsComputedInVain(hundred: Int) {
        for seed in seeds(hundred) {
            var random = SplitMix64(state: seed)
            var simulation = ScheduleSimulation(
                seed: seed, clients: crowd(&random), limit: .random(in: 0.02...2, using: &random),
                batchLimit: .random(in: 1...4, using: &random))
            simulation.run(seconds: 1)
            #expect(simulation.complaints == [], "seed \(seed)")
        }
    }

    /// Peers that always have work get equal compute time, and so do the sessions of each, whatever their jobs cost and
    /// however many fit one batch.
    @Test(arguments: hundreds)
    func whoAlwaysHasWorkGetsItsShare(hundred: Int) {
        for seed in seeds(hundred) {
            var random = SplitMix64(state: seed)
            let peers = UInt64.random(in: 2...4, using: &random)
            let batchLimit = Int.random(in: 1...4, using: &random)
            var clients: [Client] = []
            for peer in 1...peers {
                for session in 1...UInt64.random(in: 1...4, using: &random) {
                    let side = Int.random(in: 1...3, using: &random)
                    clients.append(
                        Client(
                            peer: peer, session: peer * 100 + session, side: 32 * side, cost: Double(side * side) * 2,
                            timeout: .seconds(1000), window: 2 * batchLimit + 2))
                }
            }
            var simulation = ScheduleSimulation(seed: seed, clients: clients, limit: 1000, batchLimit: batchLimit)
            simulation.run(seconds: 1)
            let dearest = simulation.records.values.map(\.cost).max() ?? 0
            // Of start-time fair queueing: one job each, here as many as a batch holds, and a batch's lead.
            let bound = 3 * Double(batchLimit) * dearest
            let ofPeers = (1...peers).map { peer in simulation.served { $0.peer == peer } }
            #expect((ofPeers.max() ?? 0) - (ofPeers.min() ?? 0) <= bound, "seed \(seed): \(ofPeers)")
            for peer in 1...peers {
                let sessions = clients.filter { $0.peer == peer }.map(\.session)
                let shares = sessions.map { session in simulation.served { $0.session == session } }
                #expect((shares.max() ?? 0) - (shares.min() ?? 0) <= bound, "seed \(seed): \(shares)")
            }
        }
    }

    @Test(arguments: hundreds)
    func jobsOfEqualCostTakeTurnsExactly(hundred: Int) {
        for seed in seeds(hundred) {
            var random = SplitMix64(state: seed)
            var schedule = Schedule<Int>(limit: 1e9)
            let key = BatchKey(
                engine: ObjectIdentifier(FakeEngine.self), stage: .render, domain: .vox, flowSide: 32, side: 32)
            let sessions = Int.random(in: 2...6, using: &random)
            let all = (0..<sessions * 20).shuffled(using: &random)
            for id in all {
                let session = UInt64(id % sessions)
                try? schedule.admit(
                    .init(
                        id: UInt64(id), priority: .live, peer: session % 2, session: session, key: key,
                        deadline: .distantFuture, payload: id), now: .uptimeNanoseconds(1))
            }
            var counts = [Int](repeating: 0, count: sessions)
            var widest = 0
            for _ in 0..<sessions * 10 {
                for job in schedule.next(now: .uptimeNanoseconds(1), batchLimit: { _ in 1 }).batch {
                    counts[Int(job.session)] += 1
                }
                let peers = (0..<2).map { peer in stride(from: peer, to: sessions, by: 2).map { counts[$0] } }
                for taken in peers + [peers.map { $0.reduce(0, +) }] {
                    widest = max(widest, (taken.max() ?? 0) - (taken.min() ?? 0))
                }
            }
            #expect(widest <= 1, "seed \(seed)")
        }
    }

    /// A client that waits for each answer before it asks again loses nothing to one that keeps a queue, and takes
    /// nothing.
    @Test(arguments: hundreds)
    func whoAsksOneAtATimeGetsEverySecondTurn(hundred: Int) {
        for seed in seeds(hundred) {
            let clients = [
                Client(peer: 1, session: 1, timeout: .seconds(1000), window: 1),
                Client(peer: 1, session: 2, timeout: .seconds(1000), window: 8),
            ]
            var simulation = ScheduleSimulation(seed: seed, clients: clients, limit: 1000)
            simulation.run(seconds: 1)
            let shares = [1, 2].map { session in simulation.served { $0.session == session } }
            let dearest = simulation.records.values.map(\.cost).max() ?? 0
            // It asks again when its job has ended and the next has begun.
            #expect(abs(shares[0] - shares[1]) <= 2 * dearest, "seed \(seed): \(shares)")
        }
    }

    @Test(arguments: hundreds)
    func batchWorkGetsItsTenthAndLiveWorkTheRest(hundred: Int) {
        for seed in seeds(hundred) {
            var random = SplitMix64(state: seed)
            let priorities: [Priority] = Bool.random(using: &random) ? Priority.allCases : [.live, .batch]
            let clients = priorities.flatMap { priority in
                (0..<Int.random(in: 1...3, using: &random)).map { index in
                    let side = Int.random(in: 1...3, using: &random)
                    return Client(
                        priority: priority, session: UInt64(priority.rawValue * 10 + index), side: 32 * side,
                        cost: Double(side * side), timeout: .seconds(1000), window: 4)
                }
            }
            var simulation = ScheduleSimulation(seed: seed, clients: clients, limit: 1000)
            simulation.run(seconds: 1)
            let dearest = simulation.records.values.map(\.cost).max() ?? 0
            let whole = simulation.served()
            for priority in priorities.dropFirst() {
                let share = simulation.served { $0.priority == priority }
                #expect(share >= whole / 10 - 10 * dearest, "seed \(seed): \(priority) \(share) of \(whole)")
            }
            let live = simulation.served { $0.priority == .live }
            let rest = whole * (priorities.count == 2 ? 0.9 : 0.8)
            #expect(live >= rest - 10 * dearest, "seed \(seed): \(live) of \(whole)")
        }
    }

    /// An open loop of many times what the engine can do: it draws pictures that come in time, and hardly anything
    /// else.
    @Test(arguments: [2, 5, 10], [0.2, 1, 10])
    func anOverloadedEngineDrawsWhatComesInTime(factor: Double, timeout: Double) {
        for seed in 0..<3 as Range<UInt64> {
            let count = 8
            let clients = (0..<count).map { index in
                Client(
                    peer: UInt64(index % 3), session: UInt64(index), timeout: .of(milliseconds: timeout * 1000),
                    interval: 10 * Double(count) / factor)
            }
            var simulation = ScheduleSimulation(seed: seed, clients: clients)
            // Enough for the queue to fill, then as long again.
            let span = 2 + 2 * timeout
            simulation.run(seconds: span)
            #expect(simulation.complaints == [], "seed \(seed)")
            let inTime = simulation.count { _, record in
                if case .done(_, let ended)? = record.outcomes.first { ended <= record.deadline } else { false }
            }
            // Ten milliseconds each, give or take.
            #expect(Double(inTime) * 0.01 >= 0.95 * span, "seed \(seed): \(inTime) in \(span) s")
            let refused = simulation.count { _, record in record.outcomes == [.refused] }
            let expired = simulation.count { _, record in record.outcomes == [.expired] }
            #expect(expired <= refused, "seed \(seed): \(expired) expired, \(refused) refused")
        }
    }

    /// One who floods the queue fills it for himself alone.
    @Test(arguments: hundreds)
    func aFloodRefusesNobodyElse(hundred: Int) {
        for seed in seeds(hundred) {
            var random = SplitMix64(state: seed)
            let isSamePeer = Bool.random(using: &random)
            let flood = Client(
                priority: Bool.random(using: &random) ? .interactive : .batch, peer: 1, session: 1, interval: 2)
            let polite = Client(
                priority: .interactive, peer: isSamePeer ? 1 : 2, session: 2, timeout: .milliseconds(150), window: 1,
                start: 300)
            var simulation = ScheduleSimulation(seed: seed, clients: [flood, polite], limit: 0.3)
            simulation.run(seconds: 1)
            let politely = simulation.count { client, record in
                client.session == 2 && !record.outcomes.allSatisfy(\.isDone)
            }
            #expect(politely == 0, "seed \(seed)")
            let served = simulation.count { client, record in client.session == 2 && record.outcomes.count == 1 }
            #expect(served > 25, "seed \(seed)")
            let refused = simulation.count { client, record in client.session == 1 && record.outcomes == [.refused] }
            #expect(refused > 0, "seed \(seed)")
            #expect(simulation.mostQueued < 0.4, "seed \(seed)")
        }
    }

    /// One who keeps the queue full of live work takes his share of the compute time from others' single calls, and no
    /// more: he has no priority with what he could not have before his turn anyway.
    @Test(arguments: hundreds)
    func aFloodOfLiveWorkStarvesNoOtherPeer(hundred: Int) {
        for seed in seeds(hundred).prefix(20) {
            var clients = (0..<60).map { session in
                Client(priority: .live, peer: 1, session: UInt64(session), cost: 5, timeout: .seconds(300), window: 64)
            }
            clients.append(
                Client(priority: .interactive, peer: 2, session: 1000, cost: 5, timeout: .seconds(2), start: 200))
            var simulation = ScheduleSimulation(seed: seed, clients: clients, limit: 10)
            simulation.run(seconds: 2)
            #expect(simulation.complaints == [], "seed \(seed)")
            let failed = simulation.count { client, record in
                client.peer == 2 && !record.outcomes.allSatisfy(\.isDone)
            }
            #expect(failed == 0, "seed \(seed)")
            let share = simulation.served { $0.peer == 2 } / simulation.served()
            #expect(share > 0.3, "seed \(seed): \(share)")
        }
    }

    /// Whoever fills the live queue and asks for dear pictures besides does not keep others waiting longer than one of
    /// these takes, and a few turns.
    @Test(arguments: hundreds)
    func aHogOfEveryKindHoldsUpNobody(hundred: Int) {
        for seed in seeds(hundred).prefix(5) {
            // One picture before all, so that costs are known.
            var clients = [Client(peer: 3, session: 300, cost: 5, interval: 1e9)]
            clients += (0..<60).map { session in
                Client(
                    priority: .live, peer: 1, session: UInt64(session), cost: 5, timeout: .seconds(300), window: 64,
                    start: 50)
            }
            for session in 100...101 as ClosedRange<UInt64> {
                clients.append(
                    Client(peer: 1, session: session, side: 96, cost: 45, timeout: .seconds(300), start: 100))
            }
            for session in 200...201 as ClosedRange<UInt64> {
                clients.append(
                    Client(peer: 2, session: session, cost: 5, timeout: .seconds(300), start: 1000))
            }
            // Room for the dear ones behind the live ones.
            var simulation = ScheduleSimulation(seed: seed, clients: clients, limit: 30, batchLimit: 4)
            simulation.run(seconds: 3)
            #expect(simulation.complaints == [], "seed \(seed)")
            let slow = simulation.count { client, record in
                guard client.peer == 2, case .done(_, let ended)? = record.outcomes.first else { return false }
                return ended - record.arrived > .milliseconds(150)
            }
            #expect(slow == 0, "seed \(seed): \(slow)")
            let putters = simulation.count { client, record in
                client.peer == 1 && client.priority == .interactive && record.outcomes.first?.isDone == true
            }
            #expect(putters > 1, "seed \(seed): \(putters)")
        }
    }

    /// Nine of ten jobs are taken back: none of these is computed, and the rest is served as if they had never come.
    @Test(arguments: hundreds)
    func aStormOfCancelsCostsNobodyHisTurn(hundred: Int) {
        for seed in seeds(hundred) {
            let storm = Client(
                session: 1, cost: 5, timeout: .milliseconds(400), interval: 2, cancels: 0.9)
            let calm = Client(session: 2, cost: 5, timeout: .milliseconds(100), window: 1)
            var simulation = ScheduleSimulation(seed: seed, clients: [storm, calm], limit: 10)
            simulation.run(seconds: 1)
            #expect(simulation.complaints == [], "seed \(seed)")
            let withdrawn = simulation.count { _, record in record.outcomes == [.withdrawn] }
            #expect(withdrawn > 100, "seed \(seed)")
            let failed = simulation.count { client, record in
                client.session == 2 && !record.outcomes.allSatisfy(\.isDone)
            }
            #expect(failed == 0, "seed \(seed)")
            // Half of what there is, or all that one at a time can have.
            #expect(simulation.served { $0.session == 2 } >= 0.4, "seed \(seed)")
        }
    }

    @Test func aFirstBurstIsBoundedThoughNothingWasComputedYet() {
        let clients = [Client(side: 256, timeout: .seconds(1000), window: 1000)]
        var simulation = ScheduleSimulation(seed: 1, clients: clients, limit: 1)
        simulation.run(seconds: 0)
        // A tenth of a second each is the guess.
        let taken = simulation.count { _, record in record.outcomes != [.refused] }
        #expect(taken <= 11)
    }
}
