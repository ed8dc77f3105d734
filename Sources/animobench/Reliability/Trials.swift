import AnimoChaos
import AnimoLoad
import Foundation

/// The rows of `reliability.md` that are shown on a running daemon.
struct Trials {
    static let rows = [5, 6, 7, 8, 9, 15]

    let daemon: PrivateDaemon
    let size: TrialSize
    let seed: UInt64

    func run(_ row: Int) async throws -> TrialReport {
        var report = TrialReport()
        // What is made once, is made.
        _ = try await GoodClients(4, at: daemon.address).run(calls: 5)
        let before = try await calm()
        switch row {
        case 5: try await malformedFrames(&report)
        case 6: try await crowd(&report)
        case 7: try await bothWays(&report)
        case 8: try await restlessSessions(&report)
        case 9: try await overload(&report)
        default: try await soak(&report)
        }
        let last = try await GoodClients(1, at: daemon.address).run(calls: 1)
        report.require(last.failures.isEmpty, "no good call succeeds afterwards")
        if let before, let after = try await calm(down: before) { report.tell(before, after) }
        return report
    }

    /// What the daemon holds when nobody is connected any more, or after ten seconds.
    private func calm(down to: PrivateDaemon.Resources? = nil) async throws -> PrivateDaemon.Resources? {
        for _ in 0..<100 {
            if let to, let now = daemon.resources, now.descriptors <= to.descriptors { break }
            try await Task.sleep(for: .milliseconds(100))
            if to == nil { break }
        }
        return daemon.resources
    }

    private func quiet() async throws -> GoodClients.Report {
        try await GoodClients(4, at: daemon.address).run(calls: size.pick(10, 100, 1000))
    }

    private func malformedFrames(_ report: inout TrialReport) async throws {
        let quiet = try await quiet()
        let frames = size.pick(200, 20_000, 1_000_000)
        let loaded = try await GoodClients(4, at: daemon.address).run(calls: 10) { [daemon, seed] in
            _ = try await onThread { try sendMalformedFrames(frames, to: daemon.address, seed: seed) }
        }
        report.tell("malformed_frames", frames)
        report.tell(loaded, beside: quiet)
    }

    private func crowd(_ report: inout TrialReport) async throws {
        let quiet = try await quiet()
        let share = size.pick(100, 10, 1)
        let people = Crowd.Size(
            silent: 500 / share, slow: 200 / share, halfOpen: 100 / share, neverReading: max(1, 50 / share))
        let crowd = try await onThread { [daemon] in try Crowd(people, at: daemon.address) }
        let loaded = try await GoodClients(4, at: daemon.address).run(calls: size.pick(10, 100, 1000))
        crowd.disperse()
        report.tell("crowd", people.total)
        report.tell(loaded, beside: quiet)
    }

    private func bothWays(_ report: inout TrialReport) async throws {
        let frames = size.pick(10, 1000, 10_000)
        let begun = ContinuousClock.now
        let result = try await onThread { [daemon] in try BothWays(frames: frames).run(at: daemon.address) }
        report.tell("results", result.results)
        report.tell("pictures", result.pictures)
        report.tell("out_of_order", result.outOfOrder)
        report.tell("seconds", begun.secondsSince)
        // Who sends 64 windows at once may be told that it is too much.
        report.require(result.results == 64 * frames && result.outOfOrder == 0, "a frame has not one result in turn")
    }

    private func restlessSessions(_ report: inout TrialReport) async throws {
        let frames = size.pick(10, 1000, 10_000)
        let begun = ContinuousClock.now
        let result = try await RestlessSessions(frames: frames, seed: seed).run(at: daemon.address)
        report.tell("frames", 64 * frames)
        report.tell("results", result.results)
        for (outcome, count) in result.outcomes.sorted(by: { $0.key < $1.key }) { report.tell(outcome, count) }
        report.tell("out_of_order", result.outOfOrder)
        report.tell("seconds", begun.secondsSince)
        report.require(result.results == 64 * frames && result.outOfOrder == 0, "a frame has not one result in turn")
        report.require(result.failures.isEmpty, "a session ended with \(result.failures.first ?? "")")
    }

    private func overload(_ report: inout TrialReport) async throws {
        let overload = Overload(at: daemon.address)
        let capacity = try await overload.capacity(calls: size.pick(10, 50, 500))
        report.tell("capacity_per_second", capacity)
        for factor in [2.0, 5, 10] {
            let result = try await overload.run(rate: capacity * factor, seconds: size.pick(1, 20, 600))
            let name = "x\(Int(factor))"
            report.tell("\(name)_asked", result.asked)
            report.tell("\(name)_in_time", result.inTime)
            report.tell("\(name)_late", result.late)
            report.tell("\(name)_refused", result.refused)
            report.tell("\(name)_expired", result.expired)
            report.tell("\(name)_goodput", Double(result.inTime) / (capacity * result.seconds))
            report.tell("\(name)_refusal_p99_ms", result.refusal(share: 0.99) * 1000)
            report.require(result.failures.isEmpty, "at \(name): \(result.failures.first ?? "")")
            let answered = result.inTime + result.late + result.refused + result.expired
            report.require(answered == result.asked, "at \(name) a call was not answered")
        }
    }

    /// Everything at once, over and over, while the daemon's memory is watched.
    private func soak(_ report: inout TrialReport) async throws {
        let seconds = size.pick(2.0, 120, 28_800)
        let begun = ContinuousClock.now
        var readings: [(seconds: Double, bytes: Double)] = []
        var rounds: UInt64 = 0
        var (drawn, refused) = (0, 0)
        while begun.secondsSince < seconds {
            rounds += 1
            let round = seed &+ rounds
            let crowd = try await onThread { [daemon] in
                try Crowd(Crowd.Size(silent: 5, slow: 2, halfOpen: 2, neverReading: 1), at: daemon.address)
            }
            let good = try await GoodClients(2, at: daemon.address).run(calls: 5) { [daemon] in
                _ = try await onThread { try sendMalformedFrames(200, to: daemon.address, seed: round) }
                _ = try await RestlessSessions(sessions: 8, frames: 20, seed: round).run(at: daemon.address)
            }
            crowd.disperse()
            (drawn, refused) = (drawn + good.succeeded, refused + good.refused)
            report.require(good.failures.isEmpty, "a good call failed: \(good.failures.first ?? "")")
            if let now = daemon.resources { readings.append((begun.secondsSince, Double(now.residentBytes))) }
        }
        // The first quarter warms up.
        let counted = Array(readings.dropFirst(readings.count / 4))
        report.tell("rounds", Int(rounds))
        report.tell("good_drawn", drawn)
        report.tell("good_refused", refused)
        report.tell("seconds", begun.secondsSince)
        report.tell("memory_slope_mib_per_hour", slope(counted) * 3600 / 1_048_576)
    }

    /// Of the line that fits best, bytes a second.
    private func slope(_ readings: [(seconds: Double, bytes: Double)]) -> Double {
        let count = Double(readings.count)
        guard count > 1 else { return 0 }
        let time = readings.reduce(0) { $0 + $1.seconds } / count
        let bytes = readings.reduce(0) { $0 + $1.bytes } / count
        let above = readings.reduce(0) { $0 + ($1.seconds - time) * ($1.bytes - bytes) }
        let below = readings.reduce(0) { $0 + ($1.seconds - time) * ($1.seconds - time) }
        return below == 0 ? 0 : above / below
    }
}

extension ContinuousClock.Instant {
    fileprivate var secondsSince: Double {
        let parts = duration(to: .now).components
        return Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
    }
}
