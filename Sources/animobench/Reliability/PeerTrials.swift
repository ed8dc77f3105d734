import AnimoFaultInjection
import AnimoConcurrency
import AnimoLoad
import AnimoWire
import Foundation

/// Abusers that are peers of their own, each by its address of the loopback, beside good clients of the Unix socket.
extension Trials {
    /// Memory that an abuse may leave behind beside the sources in the cache, in bytes.
    private static let memoryLeft = 200 << 20

    func watchers(_ report: inout TrialReport) async throws {
        let changes = size.pick(20, 2000, 10_000)
        let quiet = try await changeHealth(changes)
        let watchers = LeavingWatchers(connections: size.pick(4, 16, 16), watches: 60, at: abused, from: "127.0.0.2")
        let loaded = try await changeHealth(changes)
        report.tell("health_changes", changes)
        report.tell("watchers_left", watchers.departures)
        try await runBlocking { watchers.stop() }
        report.tell("change", loaded, beside: quiet)
    }

    /// - Returns: seconds that each change took.
    private func changeHealth(_ changes: Int) async throws -> [Double] {
        let client = try await daemon.connection()
        var delays: [Double] = []
        // An even number: the daemon serves at the end.
        for number in 0..<changes + changes % 2 {
            let begun = ContinuousClock.now
            _ = try await client.drain(resume: !number.isMultiple(of: 2))
            delays.append(begun.secondsSince)
        }
        await client.close()
        return delays
    }

    func decodeFlood(_ report: inout TrialReport) async throws {
        let good = GoodClients(4, at: daemon.address, sendsPictures: true)
        let calls = size.pick(10, 100, 1000)
        let quiet = try await good.run(calls: calls)
        let flood = try DecodeFlood(
            connections: size.pick(2, 16, 16), calls: size.pick(8, 48, 48), height: size.pick(256, 2048, 2048))
        let rounds = size.pick(1, 4, 20)
        let loaded = try await good.run(calls: calls) { [abused] in
            try await runBlocking {
                for _ in 0..<rounds { try flood.run(at: abused, from: "127.0.0.2", leavingAfter: 2) }
            }
        }
        report.tell("pictures_sent", rounds * flood.count)
        report.tell(loaded, beside: quiet)
        // Nobody is there any more: what is computed now is for nobody.
        let used = daemon.processorSeconds ?? 0
        try await Task.sleep(for: .seconds(size.pick(1.0, 5, 5)))
        report.tell("processor_seconds_for_nobody", (daemon.processorSeconds ?? 0) - used)
    }

    func halfFrames(_ report: inout TrialReport) async throws {
        let quiet = try await quiet()
        let frames = HalfFrames(
            connections: size.pick(4, 128, 200), frameBytes: Frame.defaultLimit, at: abused, from: "127.0.0.2")
        let seconds = seconds ?? size.pick(1.0, 20, 60)
        let loaded = try await GoodClients(4, at: daemon.address).run(calls: 10) {
            try await Task.sleep(for: .seconds(seconds))
        }
        report.tell("resident_mib_during", residentMiB)
        report.tell("cut_off", frames.cutOff)
        try await runBlocking { frames.stop() }
        report.tell(loaded, beside: quiet)
    }

    func hogs(_ report: inout TrialReport) async throws {
        let quiet = try await quiet()
        let hogs = try await runBlocking { [abused, size] in
            try Hogs(
                size.pick(
                    Hogs.Size(idle: 20, unopened: 8, putters: 1, live: 4),
                    Hogs.Size(idle: 700, unopened: 64, putters: 4, live: 40),
                    Hogs.Size(idle: 700, unopened: 64, putters: 4, live: 40)), at: abused, from: "127.0.0.2")
        }
        let seconds = seconds ?? size.pick(1.0, 20, 60)
        let loaded = try await GoodClients(4, at: daemon.address).run(calls: 10) {
            try await Task.sleep(for: .seconds(seconds))
        }
        let client = try await daemon.connection()
        let status = try await client.status()
        await client.close()
        report.tell("connections_taken", Int(status.connections))
        report.tell("sessions_taken", Int(status.sessions))
        try await runBlocking { hogs.stop() }
        report.tell(loaded, beside: quiet)
    }

    /// All abuses at once, each a peer of its own, until the time is over.
    func siege(_ report: inout TrialReport) async throws {
        let good = GoodClients(2, at: daemon.address)
        let quiet = try await good.run(calls: size.pick(10, 200, 2000))
        let before = residentMiB
        let seconds = seconds ?? size.pick(2.0, 60, 1800)
        let abusers = try await runBlocking { [abused, size] in try Abusers(size, at: abused) }
        let loaded = try await good.run(calls: 10) { [abused, seed] in
            let begun = ContinuousClock.now
            try await runBlocking {
                var rounds: UInt64 = 0
                while begun.secondsSince < seconds {
                    rounds += 1
                    try abusers.attack(abused, seed: seed &+ rounds)
                }
            }
        }
        report.tell("seconds", seconds)
        report.tell("resident_mib_during", residentMiB)
        report.tell("cut_off", abusers.frames.cutOff)
        report.tell("watchers_left", abusers.watchers.departures)
        try await runBlocking { abusers.stop() }
        report.tell(loaded, beside: quiet)
        let most = before + Double(Self.memoryLeft >> 20)
        // Memory is released within some seconds, sources of peers that have left after ten.
        for _ in 0..<600 where residentMiB > most { try await Task.sleep(for: .milliseconds(100)) }
        report.tell("resident_mib_quiet", before)
        report.tell("resident_mib_later", residentMiB)
        report.tell("source_cache_mib_later", try await keptMiB())
        report.require(residentMiB <= most, "expected at most \(Int(most)) MiB afterwards, got \(Int(residentMiB))")
    }

    /// Memory of the sources that the daemon keeps, within its limit.
    private func keptMiB() async throws -> Double {
        let client = try await daemon.connection()
        let bytes = try await client.status().sources?.bytes ?? 0
        await client.close()
        return Double(bytes) / 1_048_576
    }

    private var residentMiB: Double { Double(daemon.resources?.residentBytes ?? 0) / 1_048_576 }
}

/// The abusers of a siege.
private struct Abusers: Sendable {
    let watchers: LeavingWatchers
    let frames: HalfFrames
    private let hogs: Hogs
    private let crowd: IdleConnections
    private let flood: DecodeFlood
    private let malformed: Int

    /// Blocks while they connect.
    init(_ size: TrialSize, at address: Address) throws {
        hogs = try Hogs(
            size.pick(
                Hogs.Size(idle: 20, unopened: 8, putters: 1, live: 2),
                Hogs.Size(idle: 500, unopened: 64, putters: 2, live: 20),
                Hogs.Size(idle: 500, unopened: 64, putters: 2, live: 20)), at: address, from: "127.0.0.2")
        crowd = try IdleConnections(
            size.pick(
                IdleConnections.Size(silent: 5, slow: 2, halfOpen: 2, neverReading: 1),
                IdleConnections.Size(silent: 50, slow: 20, halfOpen: 10, neverReading: 5),
                IdleConnections.Size(silent: 50, slow: 20, halfOpen: 10, neverReading: 5)), at: address,
            from: "127.0.0.3")
        watchers = LeavingWatchers(connections: size.pick(2, 8, 8), watches: 60, at: address, from: "127.0.0.4")
        frames = HalfFrames(
            connections: size.pick(2, 128, 128), frameBytes: Frame.defaultLimit, at: address, from: "127.0.0.5")
        flood = try DecodeFlood(
            connections: size.pick(2, 8, 8), calls: size.pick(4, 48, 48), height: size.pick(256, 2048, 2048))
        malformed = size.pick(20, 200, 200)
    }

    /// One round of those that come in rounds. Blocks.
    func attack(_ address: Address, seed: UInt64) throws {
        try flood.run(at: address, from: "127.0.0.6", leavingAfter: 1)
        _ = try sendMalformedFrames(malformed, to: address, from: "127.0.0.7", seed: seed)
    }

    /// Blocks until all have left.
    func stop() {
        watchers.stop()
        frames.stop()
        hogs.stop()
        crowd.disperse()
    }
}
