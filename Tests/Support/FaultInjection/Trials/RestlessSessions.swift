import AnimoMotion
import AnimoClient
import AnimoWire

/// Sessions of either policy that send in fits, with timeouts from none to plenty and drivers that are none, break off
/// and begin anew, beside single calls that are cancelled; and count what comes back.
package struct RestlessSessions: Sendable {
    package struct Report: Sendable {
        package var sent = 0
        package var results = 0
        /// Results that were not of the next frame sent, or without its capture time.
        package var outOfOrder = 0
        package var outcomes: [String: Int] = [:]
        /// Sessions that their client ended by a breach, with frames in flight.
        package var brokenOff = 0
        /// Single calls whose client went away, and those that were answered all the same.
        package var cancelledCalls = 0
        package var answeredCalls = 0
        package var failures: [String] = []

        mutating func add(_ other: Report) {
            sent += other.sent
            results += other.results
            outOfOrder += other.outOfOrder
            outcomes.merge(other.outcomes) { $0 + $1 }
            brokenOff += other.brokenOff
            cancelledCalls += other.cancelledCalls
            answeredCalls += other.answeredCalls
            failures += other.failures
        }
    }

    private let sessions: Int
    private let frames: Int
    private let seed: UInt64

    /// - Parameter frames: of each session.
    package init(sessions: Int = 64, frames: Int, seed: UInt64) {
        self.sessions = sessions
        self.frames = frames
        self.seed = seed
    }

    package func run(at address: Address) async throws -> Report {
        let total = Locked(Report())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for connection in 0..<(sessions + 7) / 8 {
                group.addTask {
                    let client = try await AnimoClient.connect(to: address, retry: .never)
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for session in connection * 8..<min(sessions, connection * 8 + 8) {
                            group.addTask { try await one(session, client, total) }
                        }
                        try await group.waitForAll()
                    }
                    await client.close()
                }
            }
            try await group.waitForAll()
        }
        return total.value
    }

    /// So many frames, over as many sessions as it takes.
    private func one(_ number: Int, _ client: AnimoClient, _ total: Locked<Report>) async throws {
        var random = SplitMix64(state: seed &+ UInt64(number))
        var left = frames
        while left > 0 {
            // Some sessions last to the end, others are broken off.
            let breaksOff = Bool.random(using: &random) && left > 1
            let count = breaksOff ? Int.random(in: 1..<left, using: &random) : left
            left -= count
            let report = try await session(number, of: count, breaksOff: breaksOff, client, &random)
            total.change { $0.add(report) }
        }
    }

    private func session(
        _ number: Int, of count: Int, breaksOff: Bool, _ client: AnimoClient, _ random: inout SplitMix64
    ) async throws -> Report {
        let session = try await client.animate(
            Wire.AnimateOpen(
                source: Wire.Source(kind: .picture(GoodClients.source)), policy: number % 2 == 0 ? .latest : .queue,
                window: UInt32.random(in: 1...32, using: &random)))
        async let received = results(of: session, breaksOff: breaksOff)
        var calls = Report()
        for seq in 1...UInt64(count) {
            var frame = Wire.AnimateFrame(
                seq: seq, captureTime: [UInt8(seq & 255)], driver: GoodClients.driver(Float(seq % 100) / 100))
            switch Int.random(in: 0..<10, using: &random) {
            case 0: frame.timeoutNano = 1
            case 1: frame.timeoutNano = .random(in: 1...20_000_000, using: &random)
            case 2: frame.driver = nil
            default: break
            }
            try await session.send(frame)
            if Int.random(in: 0..<50, using: &random) == 0 { calls.add(await cancelledCall(client, &random)) }
        }
        if breaksOff {
            // More than the protocol lets a capture time be: what was read before still gets its results.
            try await session.send(
                Wire.AnimateFrame(
                    seq: UInt64(count) + 1, captureTime: [UInt8](repeating: 0, count: 65),
                    driver: GoodClients.driver(0)))
        } else {
            try await session.finish()
        }
        var report = try await received
        report.sent = count
        report.brokenOff = breaksOff ? 1 : 0
        report.add(calls)
        return report
    }

    private func cancelledCall(_ client: AnimoClient, _ random: inout SplitMix64) async -> Report {
        var report = Report()
        let call = Task {
            try await client.reenact(
                Wire.ReenactRequest(
                    source: Wire.Source(kind: .picture(GoodClients.source)), driver: GoodClients.driver(0.5)))
        }
        try? await Task.sleep(for: .microseconds(.random(in: 0...100_000, using: &random)))
        call.cancel()
        switch await call.result {
        case .success: report.answeredCalls = 1
        case .failure(is CancellationError): report.cancelledCalls = 1
        case .failure(let error as RPCError) where error.reason == .overloaded: report.answeredCalls = 1
        case .failure(let error): report.failures = ["\(error)"]
        }
        return report
    }

    private func results(of session: AnimateSession, breaksOff: Bool) async throws -> Report {
        var report = Report()
        var expected: UInt64 = 1
        do {
            for try await output in session.outputs {
                guard case .result(let result) = output.kind else { continue }
                report.results += 1
                if result.seq != expected || result.captureTime != [UInt8(expected & 255)] { report.outOfOrder += 1 }
                expected = result.seq + 1
                let isRefused = result.detail?.reason == .overloaded
                report.outcomes[isRefused ? "overloaded" : "\(result.outcome)", default: 0] += 1
            }
            if breaksOff { report.failures.append("a breach did not end its session") }
        } catch let error as RPCError where breaksOff && error.reason == .size {
        } catch {
            report.failures.append("\(error)")
        }
        return report
    }
}
