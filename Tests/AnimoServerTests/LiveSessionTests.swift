import AnimoMotion
import AnimoConcurrency
import AnimoFaultInjection
import AnimoClient
import AnimoFakeEngine
import AnimoTestSupport
import AnimoWire
import NIOCore
import Testing

@testable import AnimoServer

/// Live sessions through a real socket, around a fake engine.
struct LiveSessionTests {
    private func open(_ policy: Wire.DropPolicy, window: UInt32 = 0) -> Wire.AnimateOpen {
        Wire.AnimateOpen(source: Wire.Source(kind: .picture(.plain(7))), policy: policy, window: window)
    }

    private func frame(_ seq: UInt64, _ driver: Wire.Driver? = nil) -> Wire.AnimateFrame {
        Wire.AnimateFrame(seq: seq, captureTime: [UInt8(seq % 256)], driver: driver ?? .motion(Float(seq % 500)))
    }

    /// All outputs until the session ends.
    private func all(_ session: AnimateSession) async throws -> [Wire.AnimateOutput] {
        var outputs: [Wire.AnimateOutput] = []
        for try await output in session.outputs { outputs.append(output) }
        return outputs
    }

    private func results(_ session: AnimateSession) async throws -> [Wire.AnimateResult] {
        try await all(session).compactMap { if case .result(let result) = $0.kind { result } else { nil } }
    }

    @Test func aQueueSessionAnswersEveryFrameInOrder() async throws {
        try await withServer { server in
            let client = try await server.client()
            let session = try await client.animate(open(.queue, window: 8))
            #expect(session.opened.window == 8)
            async let received = results(session)
            for seq in 1...100 as ClosedRange<UInt64> { try await session.send(frame(seq)) }
            try await session.finish()
            let results = try await received
            #expect(results.map(\.seq) == Array(1...100))
            #expect(results.allSatisfy { $0.outcome == .ok && $0.captureTime == [UInt8($0.seq)] })
            #expect(results.allSatisfy { $0.picture?.data.prefix(2) == [7, UInt8($0.seq)] })
            await client.close()
        }
    }

    @Test func aLiveSessionDropsWhatANewerFrameMakesObsolete() async throws {
        try await withServer { server in
            let client = try await server.client()
            let session = try await client.animate(open(.latest, window: 8))
            server.engine.close()
            try await session.send(frame(1))
            _ = await next(server.engine.begun)
            for seq in 2...5 as ClosedRange<UInt64> { try await session.send(frame(seq)) }
            async let received = results(session)
            try await session.finish()
            try await server.waitForFrames("dropped", 3)
            server.engine.open()
            let results = try await received
            #expect(results.map(\.seq) == [1, 2, 3, 4, 5])
            #expect(results.map(\.outcome) == [.ok, .dropped, .dropped, .dropped, .ok])
            #expect(results.last?.dropped == 3)
            #expect(server.engine.drawn == [1, 5])
            await client.close()
        }
    }

    @Test func oneBadFrameIsInvalidAndTheSessionGoesOn() async throws {
        try await withServer { server in
            let client = try await server.client()
            let session = try await client.animate(open(.queue))
            async let received = results(session)
            try await session.send(frame(1))
            try await session.send(frame(2, .motion(.infinity)))
            try await session.send(frame(3, Wire.Driver()))
            try await session.send(frame(4))
            try await session.finish()
            let results = try await received
            #expect(results.map(\.outcome) == [.ok, .invalid, .invalid, .ok])
            #expect(results[1].detail?.reason == .notFinite)
            await client.close()
        }
    }

    @Test func aChangeHoldsFromTheNextFrameOn() async throws {
        try await withServer { server in
            let client = try await server.client()
            let session = try await client.animate(open(.queue, window: 16))
            async let received = all(session)
            try await session.send(frame(1))
            try await session.change(Wire.AnimateChange(source: Wire.Source(kind: .picture(.plain(50)))))
            try await session.send(frame(2))
            try await session.change(Wire.AnimateChange(source: Wire.Source(kind: .id([9, 9]))))
            try await session.send(frame(3))
            try await session.finish()
            let tints = try await received.map { output -> Int in
                switch output.kind {
                case .result(let result): Int(result.picture?.data.first ?? 0)
                case .changed(let changed): changed.message.isEmpty ? -1 : -2
                default: -9
                }
            }
            #expect(tints == [7, -1, 50, -2, 50])
            await client.close()
        }
    }

    /// The results of a session that was opened by hand, and the status it ended with.
    private func outcome(of raw: RawSocket) async throws -> ([Wire.AnimateResult], Wire.Status?) {
        try await runBlocking {
            var results: [Wire.AnimateResult] = []
            while true {
                let frame = try raw.receive()
                if frame.kind == .response { return (results, try Wire.Response(decoding: frame.body).status) }
                guard case .result(let result) = try Wire.AnimateOutput(decoding: frame.body).kind else { continue }
                results.append(result)
            }
        }
    }

    /// Frames sent behind an `open` before it was answered, which then fails: each is answered with the reason.
    @Test func framesBehindAnOpenThatFailsGetTheirResults() async throws {
        try await withServer { server in
            let raw = try RawSocket(server.address)
            raw.send(
                .request(
                    Wire.Request(service: Method.animate.service, method: "Animate"), stream: 1, flags: .remoteOpen))
            let open = Wire.AnimateOpen(source: Wire.Source(kind: .id([4, 0, 4])), policy: .queue)
            raw.send(.data(Wire.AnimateInput(kind: .open(open)), stream: 1))
            for seq in 1...3 as ClosedRange<UInt64> {
                raw.send(.data(Wire.AnimateInput(kind: .frame(frame(seq))), stream: 1))
            }
            let (results, end) = try await outcome(of: raw)
            // Those that were read before the failure, without a gap.
            #expect(results.map(\.seq) == (1...3).prefix(results.count).map { UInt64($0) })
            #expect(results.allSatisfy { $0.outcome == .error && $0.detail?.reason == .noSuchSource })
            #expect(results.allSatisfy { $0.captureTime == [UInt8($0.seq)] })
            #expect(end.map(RPCError.init(status:))?.reason == .noSuchSource)
        }
    }

    @Test func everyResultTellsWhatItsStagesTookAndHowManyWereDropped() async throws {
        try await withServer { server in
            let client = try await server.client()
            let session = try await client.animate(open(.latest, window: 8))
            server.engine.close()
            try await session.send(frame(1))
            _ = await next(server.engine.begun)
            for seq in 2...4 as ClosedRange<UInt64> { try await session.send(frame(seq)) }
            async let received = results(session)
            try await session.finish()
            try await server.waitForFrames("dropped", 2)
            server.engine.open()
            let results = try await received
            let drawn = try #require(results.last)
            #expect(drawn.outcome == .ok)
            #expect(drawn.batchSize == 1)
            #expect(drawn.modelDigest == [1, 2, 3])
            #expect(drawn.dropped == 2)
            // It waited for the first to be drawn.
            #expect((drawn.times?.queue ?? 0) > 0)
            await client.close()
        }
    }

    /// A session that pauses costs nothing: nothing is drawn for it, and the others have all of the engine.
    @Test func aSessionThatPausesIsLeftAlone() async throws {
        try await withServer { server in
            let client = try await server.client()
            let paused = try await client.animate(open(.latest))
            let other = try await client.animate(open(.queue, window: 8))
            async let received = results(other)
            for seq in 1...50 as ClosedRange<UInt64> { try await other.send(frame(seq)) }
            try await other.finish()
            #expect(try await received.count == 50)
            #expect(server.engine.drawn.count == 50)
            #expect(server.server.budget.used < 100_000)
            // And it goes on where it was.
            try await paused.send(frame(1))
            try await paused.finish()
            #expect(try await results(paused).map(\.outcome) == [.ok])
            await client.close()
        }
    }

    /// A reader that stutters finds the newest pictures and no more of them than its window: what lies between was
    /// dropped before it was drawn, so no delay can pile up.
    @Test func aStutteringReaderNeverFallsBehindItsWindow() async throws {
        try await withServer { server in
            let client = try await server.client()
            let session = try await client.animate(open(.latest, window: 4))
            var random = SplitMix64(state: 11)
            var read: UInt64 = 0
            var sent: UInt64 = 0
            var behind: UInt64 = 0
            var last: Wire.AnimateResult?
            var outputs = session.outputs.makeAsyncIterator()
            while sent < 10_000 {
                // A fit of sending, as far as the window lets it, then one of reading.
                let fit = min(.random(in: 1...4, using: &random), 4 - (sent - read), 10_000 - sent)
                for _ in 0..<fit {
                    sent += 1
                    try await session.send(frame(sent))
                }
                for _ in 0..<UInt64.random(in: 0...(sent - read), using: &random) {
                    guard case .result(let result) = try await outputs.next()?.kind else { break }
                    #expect(result.seq == read + 1)
                    (read, last) = (result.seq, result)
                }
                if fit == 0, sent - read == 4, case .result(let result) = try await outputs.next()?.kind {
                    (read, last) = (result.seq, result)
                }
                behind = max(behind, sent - read)
            }
            #expect(behind <= 4)
            try await session.finish()
            while case .result(let result) = try await outputs.next()?.kind { last = result }
            // The newest frame is always drawn.
            #expect(last?.seq == sent)
            #expect(last?.outcome == .ok)
            #expect(UInt64(server.engine.drawn.count) + (last?.dropped ?? 0) == sent)
            #expect(server.server.budget.used < 100_000)
            await client.close()
        }
    }

    @Test func aFrameBeyondTheWindowEndsTheSession() async throws {
        try await withServer { server in
            let raw = try RawConnection(path: server.path)
            server.engine.close()
            raw.send(
                .request(
                    Wire.Request(service: Method.animate.service, method: "Animate"), stream: 1, flags: .remoteOpen))
            raw.send(.data(Wire.AnimateInput(kind: .open(open(.queue, window: 2))), stream: 1))
            _ = try await raw.receive()
            raw.send(.data(Wire.AnimateInput(kind: .frame(frame(1))), stream: 1))
            _ = await next(server.engine.begun)
            for seq in 2...3 as ClosedRange<UInt64> {
                raw.send(.data(Wire.AnimateInput(kind: .frame(frame(seq))), stream: 1))
            }
            // The third was read when the second has been taken back.
            try await server.waitForFrames("cancelled", 1)
            server.engine.open()
            var seqs: [UInt64] = []
            while true {
                let received = try await raw.receive()
                if received.kind == .response {
                    let status = try Wire.Response(decoding: received.body).status
                    #expect(status.map(RPCError.init(status:))?.reason == .window)
                    break
                }
                if case .result(let result) = try Wire.AnimateOutput(decoding: received.body).kind {
                    seqs.append(result.seq)
                }
            }
            #expect(seqs == [1, 2])
        }
    }

    @Test func placesForSessionsAreLimited() async throws {
        var limits = ServerLimits()
        limits.sessions = 1
        try await withServer(limits: limits) { server in
            let client = try await server.client()
            let first = try await client.animate(open(.latest))
            let error = await #expect(throws: RPCError.self) { try await client.animate(open(.latest)) }
            #expect(error?.reason == .tooManySessions)
            try await first.finish()
            for try await _ in first.outputs {}
            let second = try await client.animate(open(.latest))
            try await second.finish()
            await client.close()
        }
    }

    /// Frames sent behind an `open` that finds no place.
    @Test func framesOfASessionThatFindsNoPlaceGetTheirResults() async throws {
        var limits = ServerLimits()
        limits.sessions = 1
        try await withServer(limits: limits) { server in
            let client = try await server.client()
            let first = try await client.animate(open(.latest))
            let raw = try RawSocket(server.address)
            let inputs =
                [Wire.AnimateInput(kind: .open(open(.queue)))]
                + (1...3).map { Wire.AnimateInput(kind: .frame(frame($0))) }
            var frames = [
                Frame.request(
                    Wire.Request(service: Method.animate.service, method: "Animate"), stream: 1, flags: .remoteOpen)
            ]
            frames += inputs.map { Frame.data($0, stream: 1) }
            var bytes = ByteBuffer()
            for frame in frames { frame.write(into: &bytes) }
            raw.send(Array(bytes.readableBytesView))
            let (results, end) = try await outcome(of: raw)
            // Those that were read before the refusal, without a gap.
            #expect(results.map(\.seq) == (1...3).prefix(results.count).map { UInt64($0) })
            #expect(results.allSatisfy { $0.outcome == .error && $0.detail?.reason == .tooManySessions })
            #expect(end.map(RPCError.init(status:))?.reason == .tooManySessions)
            try await first.finish()
            await client.close()
        }
    }

    @Test func aStopFinishesWhatWasAcceptedAndTellsTheSession() async throws {
        try await withServer { server in
            let client = try await server.client()
            let session = try await client.animate(open(.queue))
            server.engine.close()
            for seq in 1...3 as ClosedRange<UInt64> { try await session.send(frame(seq)) }
            let drawing = await next(server.engine.begun) ?? 0
            // All three were read.
            await server.waitForQueue { $0 == 3 - drawing }
            await server.group.triggerGracefulShutdown()
            var seqs: [UInt64] = []
            var wasTold = false
            let error = await #expect(throws: RPCError.self) {
                for try await output in session.outputs {
                    switch output.kind {
                    case .draining:
                        wasTold = true
                        server.engine.open()
                    case .result(let result):
                        #expect(result.outcome == .ok)
                        seqs.append(result.seq)
                    default: break
                    }
                }
            }
            #expect(error?.code == .unavailable)
            #expect(wasTold)
            #expect(seqs == [1, 2, 3])
        }
    }
}
