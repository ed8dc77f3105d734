import AnimoClient
import AnimoTestSupport
import AnimoWire
import Foundation
import Testing

extension UnderLoad {
    /// Row 18: two daemons behind HAProxy, with the configuration that `systemd/haproxy.cfg` is.
    @Suite(.enabled(if: HAProxy.program != nil && Command.find("python3") != nil, "needs haproxy and python3"))
    struct BalancerTests {
        @Test func aRollingRestartAndAKillFailNoCall() async throws {
            let folder = try TemporaryFolder()
            let ports = try PlainSocket.freePorts(5)
            func start(_ index: Int) async throws -> RunningDaemon {
                try await RunningDaemon.start(
                    ["--agent", "tcp:127.0.0.1:\(ports[2 + index])"],
                    listen: ["tcp:127.0.0.1:\(ports[index])", "unix:\(folder.path("admin\(index)"))"], in: folder)
            }
            var daemons = [try await start(0), try await start(1)]
            let proxy = try await HAProxy(
                in: folder, listening: ports[4], daemons: [(ports[0], ports[2]), (ports[1], ports[3])])
            try await proxy.wait { $0 == ["UP", "UP"] }
            let callers = try await SteadyCallers(4, to: .tcp(host: "127.0.0.1", port: ports[4]))
            await callers.draw(4)

            // One after the other: finish, end, start, and only then the next.
            for index in 0..<2 {
                let admin = try await AnimoClient.connect(to: .unix(folder.path("admin\(index)")))
                while try await admin.drain().calls > 0 {}
                try await proxy.wait { $0[index] != "UP" }
                await admin.close()
                #expect(await daemons[index].stop() == 0)
                await callers.draw(4)
                daemons[index] = try await start(index)
                try await proxy.wait { $0[index] == "UP" }
                await callers.draw(4)
            }
            // And without a word.
            daemons[0].signal(SIGKILL)
            _ = await daemons[0].status
            await callers.draw(8)
            daemons[0] = try await start(0)
            try await proxy.wait { $0[0] == "UP" }
            await callers.draw(4)

            // An orderly stop that nobody told the balancer of.
            #expect(await daemons[1].stop() == 0)
            await callers.draw(8)
            let (drawn, failures) = await callers.stop()
            #expect(failures == [])
            #expect(drawn >= 32)
            #expect(await daemons[0].stop() == 0)
            await proxy.stop()
        }

        /// The bytes in the configuration are a Health.Check and the beginning of its answer.
        @Test func theCheckIsTheStandardHealthCheck() throws {
            let words = try HAProxy.template.split(whereSeparator: \.isWhitespace).map(String.init)
            let sent = try #require(words.firstIndex(of: "send-binary").map { words[$0 + 1] })
            let request = Wire.Request(service: Method.healthCheck.service, method: Method.healthCheck.name)
            let body = request.encoded()
            let frame = [0, 0, 0, UInt8(body.count), 0, 0, 0, 1, 1, 0] + body
            #expect(sent == frame.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
            let expected = try #require(words.lastIndex(of: "binary").map { words[$0 + 1] })
            let reply = Wire.Response(payload: Wire.HealthCheckResponse(status: .serving).encoded()).encoded()
            #expect(reply.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined().hasSuffix(expected))
        }
    }
}

/// HAProxy with the shipped configuration at other ports.
private final class HAProxy: Sendable {
    static let program =
        Command.find("haproxy")
        ?? ["/usr/sbin/haproxy"].map { URL(fileURLWithPath: $0) }
        .first { FileManager.default.isExecutableFile(atPath: $0.path) }

    static var template: String {
        get throws {
            try String(contentsOf: Fixtures.package.appendingPathComponent("systemd/haproxy.cfg"), encoding: .utf8)
        }
    }

    struct NotThere: Error {}

    private let folder: TemporaryFolder
    private let process: Task<Command, any Error>

    init(in folder: TemporaryFolder, listening port: Int, daemons: [(serve: Int, agent: Int)]) async throws {
        guard let program = Self.program else { throw NotThere() }
        self.folder = folder
        var text = try Self.template
            .replacingOccurrences(of: "127.0.0.1:7464", with: "127.0.0.1:\(port)")
            .replacingOccurrences(of: "/run/haproxy/admin.sock", with: folder.path("stats"))
        for (index, daemon) in daemons.enumerated() {
            text = text.replacingOccurrences(of: "127.0.0.1:\(7471 + index)", with: "127.0.0.1:\(daemon.serve)")
                .replacingOccurrences(of: "agent-port \(7481 + index)", with: "agent-port \(daemon.agent)")
        }
        try Data(text.utf8).write(to: folder.url.appendingPathComponent("haproxy.cfg"))
        let check = try await Command.run(program, ["-c", "-f", folder.path("haproxy.cfg")])
        guard check.status == 0 else { throw SocketFailure(message: check.text + check.errors) }
        process = Task {
            try await Command.run(
                URL(fileURLWithPath: "/bin/sh"),
                ["-c", "echo $$ > $0.pid; exec $1 -db -f $0.cfg", folder.path("haproxy"), program.path])
        }
    }

    struct SocketFailure: Error {
        let message: String
    }

    /// The servers' states until they pass a test.
    func wait(until test: ([String]) -> Bool) async throws {
        while true {
            try Task.checkCancellation()
            let text = (try? await PlainSocket.ask(path: folder.path("stats"), "show stat\n")) ?? ""
            let states = text.split(separator: "\n").compactMap { Self.state(of: $0) }
            if states.count == 2, test(states) { return }
            // Leaves the processors to those who are waited for.
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// The state in a line of `show stat`, where it is a server's: its fields are proxy, server, …, the 18th the state.
    private static func state(of line: Substring) -> String? {
        let fields = line.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count > 17, fields[0] == "daemons", fields[1] != "BACKEND" else { return nil }
        return String(fields[17].prefix { $0 != " " })
    }

    func stop() async {
        if let text = try? String(contentsOfFile: folder.path("haproxy.pid"), encoding: .utf8),
            let pid = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines))
        {
            kill(pid, SIGTERM)
        }
        _ = try? await process.value
    }

    deinit {
        guard let text = try? String(contentsOfFile: folder.path("haproxy.pid"), encoding: .utf8),
            let pid = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines))
        else { return }
        kill(pid, SIGKILL)
    }
}
