import AnimoClient
import AnimoWire

/// Sessions of either policy that send in fits, with timeouts from none to plenty and drivers that are none, and count
/// what comes back.
public struct RestlessSessions: Sendable {
    public struct Report: Sendable {
        public var sent = 0
        public var results = 0
        /// Results that were not of the next frame sent, or without its capture time.
        public var outOfOrder = 0
        public var outcomes: [String: Int] = [:]
        public var failures: [String] = []
    }

    private let sessions: Int
    private let frames: Int
    private let seed: UInt64

    /// - Parameter frames: of each session.
    public init(sessions: Int = 64, frames: Int, seed: UInt64) {
        self.sessions = sessions
        self.frames = frames
        self.seed = seed
    }

    public func run(at address: Address) async throws -> Report {
        let total = Tally(Report())
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

    private func one(_ number: Int, _ client: AnimoClient, _ total: Tally<Report>) async throws {
        var random = ChaosRandom(seed: seed &+ UInt64(number))
        let session = try await client.animate(
            Wire.AnimateOpen(
                source: Wire.Source(kind: .picture(GoodClients.source)), policy: number % 2 == 0 ? .latest : .queue,
                window: UInt32.random(in: 1...32, using: &random)))
        async let received = results(of: session)
        for seq in 1...UInt64(frames) {
            var frame = Wire.AnimateFrame(
                seq: seq, captureTime: [UInt8(seq & 255)], driver: GoodClients.driver(Float(seq % 100) / 100))
            switch Int.random(in: 0..<10, using: &random) {
            case 0: frame.timeoutNano = 1
            case 1: frame.timeoutNano = .random(in: 1...20_000_000, using: &random)
            case 2: frame.driver = nil
            default: break
            }
            try await session.send(frame)
        }
        try await session.finish()
        let report = try await received
        total.change { all in
            all.sent += frames
            all.results += report.results
            all.outOfOrder += report.outOfOrder
            all.outcomes.merge(report.outcomes) { $0 + $1 }
            all.failures += report.failures
        }
    }

    private func results(of session: AnimateSession) async throws -> Report {
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
        } catch {
            report.failures.append("\(error)")
        }
        return report
    }
}
