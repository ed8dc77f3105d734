import AnimoConcurrency
import AnimoFaultInjection
import AnimoClient
import AnimoTestSupport
import AnimoWire
import Foundation
import Testing

/// Exhausted resources: no descriptors left, a disk that is full, and writes that fail: serving goes on, and the
/// daemon says what is amiss. It writes nothing but its log, and what it answers.
@Suite(.enabled(if: Command.find("python3") != nil, "needs python3 to take resources away"))
struct ExhaustionTests {
    /// Takes something away and becomes the daemon.
    private static func launcher(_ taking: String) -> [String] {
        let script = """
            import fcntl, os, resource, signal, sys
            # Python ignores them, and what is ignored stays so.
            for number in (signal.SIGPIPE, signal.SIGXFSZ):
                signal.signal(number, signal.SIG_DFL)
            \(taking)
            os.execv(sys.argv[1], sys.argv[1:])
            """
        return [Command.find("python3")?.path ?? "python3", "-c", script]
    }

    @Test func servingGoesOnWithoutDescriptors() async throws {
        let daemon = try await RunningDaemon.start(
            ["--metrics", "tcp:127.0.0.1:0"],
            launcher: Self.launcher("resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))"))
        let client = try await daemon.client()
        var silent = try await runBlocking { [address = Address.unix(daemon.socketPath)] in
            (0..<100).compactMap { _ in try? RawSocket(address) }
        }
        #expect(silent.count == 100)
        // Clients that are connected are served, and told what is amiss.
        func refused() async throws -> UInt64 {
            try await client.status().troubles.first { $0.name == "resources" }?.value ?? 0
        }
        while try await refused() < 50 {}
        let status = try await client.status()
        // Some are left for what must not fail.
        #expect((30..<64).contains(status.descriptors))
        #expect(status.descriptorLimit == 64)
        #expect(status.residentBytes > 0)
        #expect(try await client.check().status == .serving)
        #expect(try await client.describe().models.count == 1)
        #expect(daemon.errors.contains(" warning connections rejected count=1 reason=resources"))

        // And so is everyone, once there are descriptors again.
        silent = []
        let report = try await GoodClients(2, at: .unix(daemon.socketPath)).run(calls: 2)
        #expect(report.failures == [])
        #expect(report.succeeded == 4)
        await client.close()
        #expect(await daemon.stop() == 0)
    }

    /// With fewer than it keeps back it would say ready and reject everybody.
    @Test func tooFewDescriptorsAreRefusedAtTheStart() async throws {
        let error = await #expect(throws: RunningDaemon.EndedEarly.self) {
            try await RunningDaemon.start(
                launcher: Self.launcher("resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))"))
        }
        #expect(error?.status == 78)
        #expect(
            error?.errors == "animod: open files: expected a limit of at least 64 (ulimit -n, LimitNOFILE=), got 32\n")
    }

    private static let logs: [(name: String, taking: String)] = [
        ("a full disk", "os.dup2(os.open('/dev/full', os.O_WRONLY), 2)"),
        ("a file that may not grow", "resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))"),
        ("a reader that went away", "r, w = os.pipe(); os.dup2(w, 2); os.close(r); os.close(w)"),
        (
            "a reader that sleeps",
            "r, w = os.pipe(); fcntl.fcntl(w, 1031, 4096); os.dup2(w, 2); os.set_inheritable(r, True)"
        ),
        ("nothing at all", "os.close(2)"),
    ]

    @Test(arguments: logs)
    func servingGoesOnWithoutALog(name: String, taking: String) async throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appendingPathComponent("heads.safetensors")
        try ModelFiles.whole().write(to: file)
        let daemon = try await RunningDaemon.start(
            ["--model", "heads=\(file.path)"], in: folder, launcher: Self.launcher(taking))
        let client = try await AnimoClient.connect(to: .unix(daemon.socketPath))
        // Each writes a line.
        try ModelFiles.put(.missing, at: file)
        for _ in 0..<100 {
            let refused = await #expect(throws: RPCError.self) { try await client.reload() }
            #expect(refused?.code == .notFound)
        }
        let lost = try await client.status().lostLogLines
        // Lines that wait for a reader that sleeps are not lost yet; and a descriptor that is closed belongs to others.
        if !["a reader that sleeps", "nothing at all"].contains(name) { #expect(lost >= 90, "\(name)") }
        let report = try await GoodClients(1, at: .unix(daemon.socketPath)).run(calls: 2)
        #expect(report.failures == [])
        await client.close()
        #expect(await daemon.stop() == 0)
    }

    /// Those who watch may hang up before they are answered, and the service manager may be gone.
    @Test func servingGoesOnWhoeverHangsUp() async throws {
        let daemon = try await RunningDaemon.start(
            ["--metrics", "tcp:127.0.0.1:0", "--agent", "tcp:127.0.0.1:0"], environment: ["WATCHDOG_USEC": "100000"])
        let client = try await daemon.client()
        let watched = daemon.addresses(after: "metrics") + daemon.addresses(after: "agent check") + daemon.addresses
        #expect(watched.count == 3)
        try await runBlocking {
            for address in watched {
                for length in 0..<100 {
                    let socket = try RawSocket(address)
                    socket.send(Array("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".utf8.prefix(length)))
                }
            }
        }
        #expect(try await client.check().status == .serving)
        for case .tcp(_, let port) in watched {
            #expect(try await !PlainSocket.ask(port: port, "GET /metrics HTTP/1.0\r\n\r\n").isEmpty)
        }
        await client.close()
        #expect(await daemon.stop() == 0)
    }
}
