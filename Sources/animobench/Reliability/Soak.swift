import AnimoLoad
import AnimoConcurrency
import AnimoFaultInjection
import Foundation

extension Trials {
    /// Everything at once, over and over, while the daemon's memory is watched.
    func soak(_ report: inout TrialReport) async throws {
        let seconds = seconds ?? size.pick(2.0, 120, 28_800)
        let begun = ContinuousClock.now
        var readings: [(seconds: Double, bytes: Double)] = []
        var rounds: UInt64 = 0
        var (rendered, refused) = (0, 0)
        while begun.secondsSince < seconds {
            rounds += 1
            let round = seed &+ rounds
            let crowd = try await runBlocking { [daemon] in
                try IdleConnections(
                    IdleConnections.Size(silent: 5, slow: 2, halfOpen: 2, neverReading: 1), at: daemon.address)
            }
            let good = try await GoodClients(2, at: daemon.address).run(calls: 5) { [daemon] in
                _ = try await runBlocking { try sendMalformedFrames(200, to: daemon.address, seed: round) }
                _ = try await RestlessSessions(sessions: 8, frames: 20, seed: round).run(at: daemon.address)
            }
            crowd.disperse()
            (rendered, refused) = (rendered + good.succeeded, refused + good.refused)
            report.require(good.failures.isEmpty, "a good call failed: \(good.failures.first ?? "")")
            if let now = daemon.resources { readings.append((begun.secondsSince, Double(now.residentBytes))) }
        }
        // The first quarter warms up.
        let counted = Array(readings.dropFirst(readings.count / 4))
        report.tell("rounds", Int(rounds))
        report.tell("good_drawn", rendered)
        report.tell("good_refused", refused)
        report.tell("seconds", begun.secondsSince)
        report.tell(
            "memory_slope_mib_per_hour",
            TrendLine(counted.map { (x: $0.seconds, y: $0.bytes) }).slope * 3600 / 1_048_576)
    }
}
