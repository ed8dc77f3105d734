import AnimoConcurrency
import AnimoFaultInjection
import AnimoClient
import AnimoFakeEngine
import AnimoTestSupport
import AnimoWire
import Testing

@testable import AnimoServer

struct MemoryBudgetTests {
    private static let peer = PeerIdentity.Owner.user(1)

    @Test func whatDoesNotFitIsRefusedWithATimeToRetry() throws {
        let budget = MemoryBudget(limit: 1000) { 0.25 }
        let first = try budget.account(of: Self.peer).reserve(700, field: "a")
        let second = budget.account(of: .user(2))
        // 300 are free, of which a peer that has none may take three for each that is left.
        let error = #expect(throws: RPCError.self) { try second.reserve(226, field: "b") }
        #expect(error?.code == .resourceExhausted)
        #expect(error?.detail?.retryAfterMs == 250)
        #expect(error?.message.contains("225 of 1000") == true)
        let third = try second.reserve(225, field: "b")
        #expect(budget.used == 925)
        #expect(first.bytes + third.bytes == 925)
    }

    /// Peers that take in turns all they can get, in many requests: whoever comes then with little is served.
    @Test(arguments: [1, 2, 5, 20]) func somethingIsLeftHoweverManyPeersTakeAll(hogs: Int) throws {
        let limit = 1_000_000
        let budget = MemoryBudget(limit: limit) { 0 }
        var held: [MemoryReservation] = []
        var taken = -1
        while taken < budget.used {
            taken = budget.used
            for hog in 0..<hogs {
                if let more = try? budget.account(of: .host("\(hog)")).reserve(100, field: "a") { held.append(more) }
            }
        }
        let left = limit / (3 * hogs + 1)
        #expect(abs(limit - taken - left) <= 100 * hogs)
        let late = try budget.account(of: Self.peer).reserve(left / 2, field: "b")
        #expect(late.bytes > 8000)
        // Who has left has no share.
        held = []
        #expect(budget.used == late.bytes)
        _ = try budget.account(of: .host("0")).reserve(500_000, field: "c")
    }

    @Test func aRequestThatIsAloneMayReserveMoreThanThereIs() throws {
        let budget = MemoryBudget(limit: 10) { 0 }
        let only = budget.account(of: Self.peer)
        let first = try only.reserve(5, field: "a")
        let second = try only.reserve(50, field: "a")
        #expect(throws: RPCError.self) { try budget.account(of: Self.peer).reserve(1, field: "b") }
        first.shrink(to: 0)
        second.shrink(to: -1000)
        #expect(budget.used == 0)
    }

    @Test func aReservationIsReleasedOnceWithWhatItIsFor() throws {
        let budget = MemoryBudget(limit: 100) { 0 }
        do {
            let reservation = try budget.account(of: Self.peer).reserve(60, field: "a")
            reservation.shrink(to: 40)
            // It does not grow by being shrunk.
            reservation.shrink(to: 50)
            #expect(budget.used == 40)
            #expect(throws: RPCError.self) { try budget.account(of: Self.peer).reserve(36, field: "b") }
        }
        #expect(budget.used == 0)
        #expect(budget.peak == 60)
    }

    /// Pictures of three megabytes each, sent by many at once while the engine rests: so many are taken in as fit.
    @Test func manyLargeSourcesAtOnceStayWithinTheBudget() async throws {
        let limit = 40 << 20
        var limits = ServerLimits()
        limits.requestBytes = limit
        try await withServer(limits: limits) { server in
            let client = try await server.client()
            let side: UInt32 = 1000
            server.engine.close()
            async let held = client.reenact(
                Wire.ReenactRequest(source: Wire.Source(kind: .picture(.plain(1))), driver: .motion(1)))
            _ = await next(server.engine.begun)
            let outcomes = try await withThrowingTaskGroup(of: RPCError?.self) { group in
                for red in 0..<30 as Range<UInt8> {
                    group.addTask {
                        let picture = Wire.Picture(
                            format: .rgb8, data: [UInt8](repeating: red, count: Int(side * side) * 3), width: side,
                            height: side)
                        let source = Wire.SourcePicture(picture: picture, domain: .anime)
                        do {
                            _ = try await client.putSource(Wire.PutSourceRequest(source: source))
                            return nil
                        } catch let error as RPCError { return error }
                    }
                }
                var outcomes: [RPCError?] = []
                // Refusals come while the engine rests, the others once it goes on.
                while let outcome = try await group.next() {
                    outcomes.append(outcome)
                    if outcomes.count == 10 { server.engine.open() }
                }
                return outcomes
            }
            let refusals = outcomes.compactMap(\.self)
            #expect(refusals.count >= 10)
            #expect(outcomes.count - refusals.count >= 3)
            #expect(refusals.allSatisfy { $0.reason == .overloaded && ($0.detail?.retryAfterMs ?? 0) > 0 })
            _ = try await held
            #expect(server.server.budget.peak <= limit)
            try await server.waitForMemory { $0 == 0 }
            await client.close()
        }
    }

    /// Sessions whose client asks for large pictures and never reads them: their results are bounded, and each frame
    /// that was read still has one.
    @Test func resultsThatNobodyReadsStayWithinTheBudget() async throws {
        let limit = 8 << 20
        var limits = ServerLimits()
        limits.requestBytes = limit
        try await withServer(limits: limits) { server in
            let client = try await server.client()
            let side: UInt32 = 1000
            let picture = Wire.Picture(
                format: .rgb8, data: [UInt8](repeating: 9, count: Int(side * side) * 3), width: side, height: side)
            let source = Wire.SourcePicture(picture: picture, domain: .anime)
            // Alone it may exceed the budget while it is prepared.
            let put = try await client.putSource(Wire.PutSourceRequest(source: source))
            let raw = try RawSocket(server.address)
            raw.send(
                .request(
                    Wire.Request(service: Method.animate.service, method: "Animate"), stream: 1, flags: .remoteOpen))
            let open = Wire.AnimateOpen(
                source: Wire.Source(kind: .id(put.source?.id ?? [])), policy: .queue, window: 16,
                options: Wire.DrawOptions(format: .rgb8, pasteBack: true))
            raw.send(.data(Wire.AnimateInput(kind: .open(open)), stream: 1))
            for seq in 1...16 as ClosedRange<UInt64> {
                let frame = Wire.AnimateFrame(seq: seq, driver: .motion(Float(seq)))
                raw.send(.data(Wire.AnimateInput(kind: .frame(frame)), stream: 1))
            }
            try await server.waitForFrames("error", 8)
            #expect(server.server.budget.used <= limit)
            let seqs = try await runBlocking {
                var seqs: [UInt64] = []
                while seqs.count < 16 {
                    let output = try Wire.AnimateOutput(decoding: raw.receive().body)
                    if case .result(let result) = output.kind { seqs.append(result.seq) }
                }
                return seqs
            }
            #expect(seqs == Array(1...16))
            try await server.waitForMemory { $0 < 100_000 }
            await client.close()
        }
    }
}

extension TestServer {
    /// Asks until the requests' memory is as wanted.
    func waitForMemory(_ isMet: (Int) -> Bool) async throws {
        let client = try await client()
        while !isMet(server.budget.used) { _ = try await client.check() }
        await client.close()
    }
}
