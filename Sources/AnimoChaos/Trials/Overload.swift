import AnimoClient
import AnimoWire

/// An open loop of single calls at a multiple of what the daemon can draw.
public struct Overload: Sendable {
    public struct Report: Sendable {
        public var asked = 0
        public var inTime = 0
        public var late = 0
        public var refused = 0
        /// Refusals that did not say when to try again.
        public var withoutRetry = 0
        public var expired = 0
        public var failures: [String] = []
        /// Seconds until a refusal came, rising.
        public var refusals: [Double] = []
        public var seconds = 0.0

        public func refusal(share: Double) -> Double {
            refusals.isEmpty ? 0 : refusals[min(refusals.count - 1, Int(Double(refusals.count) * share))]
        }
    }

    private let address: Address
    private let timeout: Duration

    public init(at address: Address, timeout: Duration = .seconds(1)) {
        self.address = address
        self.timeout = timeout
    }

    /// Pictures a second when eight clients keep it busy.
    public func capacity(calls: Int) async throws -> Double {
        let begun = ContinuousClock.now
        let report = try await GoodClients(8, at: address).run(calls: calls)
        return Double(report.succeeded) / begun.duration(to: .now).inSeconds
    }

    /// - Parameters:
    ///   - rate: calls a second.
    ///   - seconds: for which new ones are made; all are waited for.
    public func run(rate: Double, seconds: Double) async throws -> Report {
        let connections = 16
        var clients: [AnimoClient] = []
        for _ in 0..<connections { clients.append(try await AnimoClient.connect(to: address, retry: .never)) }
        let put = try await clients[0].putSource(Wire.PutSourceRequest(source: GoodClients.source))
        let source = Wire.Source(kind: .id(put.source?.id ?? []))
        let total = Tally(Report())
        let begun = ContinuousClock.now
        await withTaskGroup(of: Void.self) { group in
            for (index, client) in clients.enumerated() {
                group.addTask {
                    await withDiscardingTaskGroup { calls in
                        var number = index
                        while true {
                            let due = begun + .seconds(Double(number) / rate)
                            if Double(number) / rate >= seconds { break }
                            // When it is late already it sends at once: an open loop does not wait for the daemon.
                            if due > .now { try? await Task.sleep(until: due, tolerance: .zero) }
                            calls.addTask { await one(client, source, total) }
                            number += connections
                        }
                    }
                }
            }
        }
        for client in clients { await client.close() }
        var report = total.value
        report.seconds = begun.duration(to: .now).inSeconds
        report.refusals.sort()
        return report
    }

    private func one(_ client: AnimoClient, _ source: Wire.Source, _ total: Tally<Report>) async {
        let begun = ContinuousClock.now
        do {
            _ = try await client.reenact(
                Wire.ReenactRequest(source: source, driver: GoodClients.driver(0.5)), timeout: timeout)
            let took = begun.duration(to: .now)
            total.change { if took <= timeout { $0.inTime += 1 } else { $0.late += 1 } }
        } catch let error as RPCError where error.code == .resourceExhausted {
            let took = begun.duration(to: .now).inSeconds
            total.change {
                $0.refused += 1
                $0.refusals.append(took)
                if error.detail?.retryAfterMs ?? 0 == 0 { $0.withoutRetry += 1 }
            }
        } catch let error as RPCError where error.code == .deadlineExceeded {
            total.change { $0.expired += 1 }
        } catch {
            total.change { $0.failures.append("\(error)") }
        }
        total.change { $0.asked += 1 }
    }
}
