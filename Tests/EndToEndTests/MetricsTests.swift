import AnimoClient
import AnimoTestSupport
import AnimoWire
import Foundation
import Testing

/// Answers for Prometheus and a balancer, by the real daemon.
@Suite struct MetricsTests {
    struct Page {
        let head: String
        let body: String
    }

    func get(_ path: String, from daemon: RunningDaemon, method: String = "GET") async throws -> Page {
        guard case .tcp(_, let port)? = daemon.addresses(after: "metrics").first else {
            throw RunningDaemon.EndedEarly(status: 0, errors: daemon.errors)
        }
        let answer = try await PlainSocket.ask(
            port: port, "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        let halves = answer.split(separator: "\r\n\r\n", maxSplits: 1).map(String.init)
        return Page(head: halves.first ?? "", body: halves.count > 1 ? halves[1] : "")
    }

    /// Lets the daemon do a little of everything that it counts.
    func busy(_ daemon: RunningDaemon) async throws {
        let client = try await daemon.client()
        let source = Wire.SourcePicture(
            picture: Wire.Picture(
                format: .rgb8, data: [UInt8](repeating: 120, count: 64 * 64 * 3), width: 64, height: 64),
            domain: .anime)
        _ = try await client.reenact(
            Wire.ReenactRequest(
                source: Wire.Source(kind: .picture(source)),
                driver: Wire.Driver(kind: .pose(Wire.Pose(channels: [.init(name: "yaw", value: 9)])))))
        await #expect(throws: RPCError.self) { try await client.dropSource(id: [1]) }
        await #expect(throws: RPCError.self) { try await client.putSource(Wire.PutSourceRequest()) }
        let session = try await client.animate(Wire.AnimateOpen(source: Wire.Source(kind: .picture(source))))
        try await session.send(
            Wire.AnimateFrame(driver: Wire.Driver(kind: .pose(Wire.Pose(channels: [.init(name: "yaw", value: 9)])))))
        try await session.finish()
        for try await _ in session.outputs {}
        await client.close()
    }

    @Test func tellsPrometheusWhatItDoes() async throws {
        let daemon = try await RunningDaemon.start(["--metrics", "tcp:127.0.0.1:0"])
        try await busy(daemon)
        let page = try await get("/metrics", from: daemon)
        #expect(page.head.hasPrefix("HTTP/1.1 200 OK"))
        #expect(page.head.contains("text/plain; version=0.0.4"))
        for line in [
            "animod_requests_total{method=\"Reenact\",code=\"OK\"} 1",
            "animod_requests_total{method=\"DropSource\",code=\"NOT_FOUND\"} 1",
            "animod_request_duration_seconds_count{method=\"Reenact\",code=\"OK\"} 1",
            "animod_compute_duration_seconds_bucket{model=\"demo\",stage=\"draw\",le=\"+Inf\"} 2",
            "animod_frames_total{model=\"demo\",outcome=\"ok\"} 1",
            "animod_frame_duration_seconds_count{model=\"demo\",outcome=\"ok\"} 1",
            "animod_malformed_requests_total{kind=\"message\"} 1", "animod_malformed_requests_total{kind=\"frame\"} 0",
            "animod_connections_limit 1024", "animod_peer_connections_limit 768", "animod_sessions_limit 64",
            "animod_queue_limit_seconds 10", "animod_codec_queue_seconds 0", "animod_codec_queue_jobs 0",
            "animod_request_memory_limit_bytes 536870912",
            "animod_batch_size_bucket{le=\"1\"} 2", "animod_serving 1", "animod_sources 1",
        ] {
            #expect(page.body.contains("\n\(line)\n"), "\(line)")
        }
        #expect(await daemon.stop() == 0)
    }

    @Test(.enabled(if: Command.find("promtool") != nil, "needs promtool, of Debian's package prometheus"))
    func satisfiesPrometheusOwnTool() async throws {
        let daemon = try await RunningDaemon.start(["--metrics", "tcp:127.0.0.1:0"])
        try await busy(daemon)
        let page = try await get("/metrics", from: daemon)
        let promtool = try #require(Command.find("promtool"))
        let result = try await Command.run(promtool, ["check", "metrics"], input: Data(page.body.utf8))
        #expect(result.text + result.errors == "")
        #expect(result.status == 0)
        #expect(await daemon.stop() == 0)
    }

    @Test(arguments: [("GET", "/", "404"), ("POST", "/metrics", "405"), ("GET", "/metrics/../etc/passwd", "404")])
    func servesNothingElse(method: String, path: String, status: String) async throws {
        let daemon = try await RunningDaemon.start(["--metrics", "tcp:127.0.0.1:0"])
        #expect(try await get(path, from: daemon, method: method).head.hasPrefix("HTTP/1.1 \(status) "))
        #expect(await daemon.stop() == 0)
    }

    /// A start that moved would look like another start.
    @Test func itsStartIsNowAndDoesNotMove() async throws {
        let before = Date.now.timeIntervalSince1970
        let daemon = try await RunningDaemon.start(["--metrics", "tcp:127.0.0.1:0"])
        var starts: [String] = []
        for _ in 0..<5 {
            let body = try await get("/metrics", from: daemon).body
            starts += body.split(separator: "\n").filter { $0.hasPrefix("process_start_time_seconds ") }.map(
                String.init)
        }
        #expect(starts.count == 5)
        #expect(Set(starts).count == 1)
        let start = try #require(Double(starts[0].split(separator: " ")[1]))
        // The kernel counts hundredths.
        #expect((before - 1...Date.now.timeIntervalSince1970 + 1).contains(start))
        #expect(await daemon.stop() == 0)
    }

    @Test func everyBucketHoldsTheOneBeforeIt() async throws {
        let daemon = try await RunningDaemon.start(["--metrics", "tcp:127.0.0.1:0"])
        try await busy(daemon)
        let body = try await get("/metrics", from: daemon).body
        var counts: [String: [Double]] = [:]
        for line in body.split(separator: "\n") where line.contains("_bucket{") {
            let name = line.prefix(upTo: line.range(of: "le=")?.lowerBound ?? line.endIndex)
            counts[String(name), default: []].append(Double(line.split(separator: " ").last ?? "") ?? -1)
        }
        #expect(!counts.isEmpty)
        for (name, counts) in counts { #expect(counts == counts.sorted(), "\(name)") }
        #expect(await daemon.stop() == 0)
    }

    @Test func tellsABalancerWhenToSendWork() async throws {
        let daemon = try await RunningDaemon.start(["--agent", "tcp:127.0.0.1:0"])
        guard case .tcp(_, let port)? = daemon.addresses(after: "agent check").first else {
            throw RunningDaemon.EndedEarly(status: 0, errors: daemon.errors)
        }
        let client = try await daemon.client()
        #expect(try await PlainSocket.ask(port: port) == "ready\n")
        _ = try await client.drain()
        #expect(try await PlainSocket.ask(port: port) == "maint\n")
        _ = try await client.drain(resume: true)
        #expect(try await PlainSocket.ask(port: port) == "ready\n")
        await client.close()
        #expect(await daemon.stop() == 0)
    }

    @Test func isNotOpenToOthersUnlessAsked() async throws {
        for option in ["--metrics", "--agent"] {
            let (status, errors) = try await RunningDaemon.refusal([option, "tcp:0.0.0.0:0"])
            #expect(status == 78)
            #expect(errors.contains("--insecure"))
        }
    }

    @Test func topPrintsOnceIntoAPipe() async throws {
        let daemon = try await RunningDaemon.start()
        try await busy(daemon)
        let result = try await Command.run(Binaries.animoctl, ["top", "--connect", "unix:\(daemon.socketPath)"])
        #expect(result.status == 0)
        #expect(result.text.hasPrefix("animod "))
        #expect(result.text.contains("\nReenact "))
        #expect(result.text.split(separator: "\n").allSatisfy { $0.count <= 80 })
        #expect(!result.text.contains("\u{1B}"))
        #expect(await daemon.stop() == 0)
    }
}
