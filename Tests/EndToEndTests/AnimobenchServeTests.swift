import AnimoTestSupport
import Foundation
import Testing

/// The load generator against the real daemon. What is measured is not judged, only that it is told whole.
struct AnimobenchServeTests {
    private func serve(_ arguments: [String]) async throws -> [String: Any] {
        let result = try await Command.run(Binaries.animobench, ["serve", "--threads", "2", "--json"] + arguments)
        #expect(result.status == 0, "\(result.errors)")
        let read = try JSONSerialization.jsonObject(with: result.output)
        return try #require(read as? [String: Any])
    }

    @Test func aClosedLoopDrawsEveryFrameOfEverySession() async throws {
        let report = try await serve(["--sessions", "1,2", "--frames", "5", "--fit", "none", "--memory", "20"])
        let runs = try #require(report["runs"] as? [[String: Any]])
        #expect(runs.map { $0["sessions"] as? Int } == [1, 2])
        #expect(runs.map { $0["drawn"] as? Int } == [5, 10])
        #expect(runs.allSatisfy { $0["dropped"] as? Int == 0 && $0["held_back"] as? Int == 0 })
        #expect(runs.allSatisfy { ($0["daemon_cpu_ms"] as? Double) != nil })
        let memory = try #require(report["memory"] as? [String: Any])
        #expect(memory["frames"] as? Int == 20)
        #expect((memory["readings"] as? [Any])?.count == 21)
    }

    @Test func aCameraAtARateIsAccountedForFrameByFrame() async throws {
        let report = try await serve([
            "--input", "jpeg", "--domain", "vox", "--sessions", "2", "--frames", "6", "--rate", "20", "--fit", "none",
        ])
        let run = try #require((report["runs"] as? [[String: Any]])?.first)
        let outcomes = ["drawn", "dropped", "held_back", "failed"].compactMap { run[$0] as? Int }
        #expect(run["asked"] as? Int == 12 && outcomes.reduce(0, +) == 12 && run["failed"] as? Int == 0)
        #expect(report["input"] as? String == "jpeg" && report["domain"] as? String == "vox")
    }

    @Test func anEarlierMeasurementStandsBesideTodays() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("old.json")
        let arguments = ["serve", "--threads", "2", "--sessions", "1", "--frames", "2", "--fit", "none"]
        let old = try await Command.run(Binaries.animobench, arguments + ["--json"])
        try old.output.write(to: URL(fileURLWithPath: path))
        let new = try await Command.run(Binaries.animobench, arguments + ["--compare", path])
        #expect(new.status == 0, "\(new.errors)")
        #expect(new.text.contains("1 session: pictures_per_second"))
        let missing = try await Command.run(Binaries.animobench, arguments + ["--compare", folder.path("none")])
        #expect(missing.status != 0 && missing.errors.contains("cannot be read"))
    }

    @Test func aRunningDaemonIsMeasuredTheSameWay() async throws {
        let daemon = try await RunningDaemon.start()
        let result = try await Command.run(
            Binaries.animoctl,
            [
                "bench", "--connect", "unix:\(daemon.socketPath)", "--sessions", "1", "--frames", "4", "--size", "64",
                "--fit", "none", "--json",
            ])
        #expect(result.status == 0, "\(result.errors)")
        let read = try JSONSerialization.jsonObject(with: result.output)
        let report = try #require(read as? [String: Any])
        let run = try #require((report["runs"] as? [[String: Any]])?.first)
        #expect(report["model"] as? String == "demo" && report["width"] as? Int == 64)
        #expect(run["drawn"] as? Int == 4 && run["daemon_cpu_ms"] == nil)
    }
}
