import AnimoConcurrency
import AnimoFaultInjection
import AnimoLoad
import AnimoWire
import Foundation

/// Runs scenarios against a server in a process of its own, the real daemon or one around an engine of known cost.
struct Trials {
    let daemon: PrivateDaemon
    /// Address for abusers that are peers of their own.
    let abused: Address
    let size: TrialSize
    let seed: UInt64
    /// Duration of each part that lasts for a time, in seconds; nil for the size's own.
    let seconds: Double?

    func run(_ scenario: Scenario) async throws -> TrialReport {
        var report = TrialReport()
        // Makes whatever is made only once, before resources are counted.
        _ = try await GoodClients(4, at: daemon.address).run(calls: 5)
        let before = try await calm()
        let used = (daemon: daemon.processorSeconds, own: ownProcessorSeconds)
        switch scenario {
        case .malformed: try await malformedFrames(&report)
        case .idleConnections: try await crowd(&report)
        case .bothWays: try await bothWays(&report)
        case .sessions:
            try await restlessSessions(&report)
            try await stutteringReader(&report)
        case .overload: try await overload(&report)
        case .soak: try await soak(&report)
        case .watchers: try await watchers(&report)
        case .decodeFlood: try await decodeFlood(&report)
        case .halfFrames: try await halfFrames(&report)
        case .hogs: try await hogs(&report)
        case .siege: try await siege(&report)
        }
        if let before = used.daemon, let after = daemon.processorSeconds {
            report.tell("server_processor_seconds", after - before)
        }
        report.tell("clients_processor_seconds", ownProcessorSeconds - used.own)
        let last = try await GoodClients(1, at: daemon.address).run(calls: 1)
        report.require(last.failures.isEmpty, "a good call failed afterwards: \(last.failures.first ?? "")")
        if let before, let after = try await calm(down: before) { report.tell(before, after) }
        return report
    }

    /// Returns the daemon's resources once nobody is connected any more, or after ten seconds.
    private func calm(down to: PrivateDaemon.Resources? = nil) async throws -> PrivateDaemon.Resources? {
        for _ in 0..<100 {
            if let to, let now = daemon.resources, now.descriptors <= to.descriptors { break }
            try await Task.sleep(for: .milliseconds(100))
            if to == nil { break }
        }
        return daemon.resources
    }

    func quiet() async throws -> GoodClients.Report {
        try await GoodClients(4, at: daemon.address).run(calls: size.pick(10, 100, 1000))
    }

    private func malformedFrames(_ report: inout TrialReport) async throws {
        let quiet = try await quiet()
        let frames = size.pick(200, 20_000, 1_000_000)
        let loaded = try await GoodClients(4, at: daemon.address).run(calls: 10) { [daemon, seed] in
            _ = try await runBlocking { try sendMalformedFrames(frames, to: daemon.address, seed: seed) }
        }
        report.tell("malformed_frames", frames)
        report.tell(loaded, beside: quiet)
    }

    private func crowd(_ report: inout TrialReport) async throws {
        let quiet = try await quiet()
        let share = size.pick(100, 10, 1)
        let people = IdleConnections.Size(
            silent: 500 / share, slow: 200 / share, halfOpen: 100 / share, neverReading: max(1, 50 / share))
        let crowd = try await runBlocking { [daemon] in try IdleConnections(people, at: daemon.address) }
        let loaded = try await GoodClients(4, at: daemon.address).run(calls: size.pick(10, 100, 1000))
        crowd.disperse()
        report.tell("crowd", people.total)
        report.tell(loaded, beside: quiet)
    }

    private func bothWays(_ report: inout TrialReport) async throws {
        let frames = size.pick(10, 1000, 10_000)
        let begun = ContinuousClock.now
        let result = try await runBlocking { [daemon] in try BothWays(frames: frames).run(at: daemon.address) }
        report.tell("results", result.results)
        report.tell("pictures", result.pictures)
        report.tell("out_of_order", result.outOfOrder)
        report.tell("seconds", begun.secondsSince)
        // A client that sends 64 windows at once may be rejected.
        report.require(
            result.results == 64 * frames && result.outOfOrder == 0, "expected one result for each frame, in order")
    }

    private func restlessSessions(_ report: inout TrialReport) async throws {
        let frames = size.pick(10, 1000, 10_000)
        let begun = ContinuousClock.now
        let result = try await RestlessSessions(frames: frames, seed: seed).run(at: daemon.address)
        report.tell("frames", 64 * frames)
        report.tell("results", result.results)
        for (outcome, count) in result.outcomes.sorted(by: { $0.key < $1.key }) { report.tell(outcome, count) }
        report.tell("out_of_order", result.outOfOrder)
        report.tell("sessions_broken_off", result.brokenOff)
        report.tell("calls_cancelled", result.cancelledCalls)
        report.tell("calls_answered", result.answeredCalls)
        report.tell("seconds", begun.secondsSince)
        report.require(
            result.results == 64 * frames && result.outOfOrder == 0, "expected one result for each frame, in order")
        report.require(result.failures.isEmpty, "a session ended with \(result.failures.first ?? "")")
    }

    /// Measures the delay of a session's pictures over time, for a client that reads in fits.
    private func stutteringReader(_ report: inout TrialReport) async throws {
        let frames = size.pick(100, 10_000, 10_000)
        let result = try await StutteringReader(frames: frames, seed: seed).run(at: daemon.address)
        let tenth = max(1, result.delays.count / 10)
        report.tell("stutter_frames", result.results)
        report.tell("stutter_drawn", result.drawn)
        for (name, part) in [("first", result.delays.prefix(tenth)), ("last", result.delays.suffix(tenth))] {
            let delays = Percentiles(part.map(\.seconds))
            report.tell("stutter_\(name)_tenth_p50_ms", delays[0.5] * 1000)
            report.tell("stutter_\(name)_tenth_p99_ms", delays[0.99] * 1000)
        }
        let line = result.delays.map { (x: Double($0.frame), y: $0.seconds) }
        report.tell("stutter_slope_ms_per_1000_frames", TrendLine(line).slope * 1_000_000)
        report.require(
            result.results == frames && result.outOfOrder == 0, "expected one result for each frame, in order")
    }

    private func overload(_ report: inout TrialReport) async throws {
        let overload = Overload(at: daemon.address)
        let capacity = try await overload.capacity(calls: size.pick(10, 50, 500))
        report.tell("capacity_per_second", capacity)
        for factor in [2.0, 5, 10] {
            let used = (daemon: daemon.processorSeconds ?? 0, own: ownProcessorSeconds, rendered: try await rendered())
            let result = try await overload.run(
                rate: capacity * factor, seconds: seconds ?? size.pick(1, 20, 600))
            let rendered = try await rendered() - used.rendered
            let name = "x\(Int(factor))"
            report.tell("\(name)_asked", result.asked)
            report.tell("\(name)_in_time", result.inTime)
            report.tell("\(name)_late", result.late)
            report.tell("\(name)_refused", result.refused)
            report.tell("\(name)_expired", result.expired)
            report.tell("\(name)_goodput", Double(result.inTime) / (capacity * result.seconds))
            report.tell("\(name)_refusal_p50_ms", result.refusal(share: 0.5) * 1000)
            report.tell("\(name)_refusal_p99_ms", result.refusal(share: 0.99) * 1000)
            report.tell("\(name)_drawn", rendered)
            report.tell("\(name)_server_processor_seconds", (daemon.processorSeconds ?? 0) - used.daemon)
            report.tell("\(name)_clients_processor_seconds", ownProcessorSeconds - used.own)
            report.require(result.failures.isEmpty, "at \(name): \(result.failures.first ?? "")")
            let answered = result.inTime + result.late + result.refused + result.expired
            report.require(answered == result.asked, "at \(name): expected \(result.asked) answers, got \(answered)")
            report.require(
                rendered <= result.inTime + result.late,
                "at \(name): a picture was rendered for a call that had expired")
        }
    }

    /// Pictures that the daemon has rendered since it started.
    private func rendered() async throws -> Int {
        let client = try await daemon.connection()
        let batches = try await client.status().batches
        await client.close()
        return batches.reduce(0) { $0 + (Int($1.name) ?? 0) * Int($1.value) }
    }
}

extension ContinuousClock.Instant {
    var secondsSince: Double {
        let parts = duration(to: .now).components
        return Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
    }
}

/// Processor time of this process, of all its threads.
private var ownProcessorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
