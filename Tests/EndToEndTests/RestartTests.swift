import AnimoClient
import AnimoTestSupport
import AnimoWire
import Foundation
import Synchronization
import Testing

extension UnderLoad {
    /// Rows 11 and 12: a daemon that is killed, or told to stop, while it is busy.
    ///
    /// `ANIMO_RELEASE=1` runs them at their size before a release.
    @Suite(.enabled(if: Command.find("python3") != nil, "needs python3 to hold sockets"))
    struct RestartTests {
        private static let isRelease = ProcessInfo.processInfo.environment["ANIMO_RELEASE"] != nil

        /// Connects over and over, and counts refusals.
        private final class Prober: Sendable {
            private let state = Mutex((probes: 0, refusals: 0, isOver: false))
            private let ended: AsyncStream<Void>
            private let ending: AsyncStream<Void>.Continuation

            init(path: String) {
                (ended, ending) = AsyncStream.makeStream()
                // Connecting blocks while the backlog is full.
                Thread.detachNewThread { self.probe(at: path) }
            }

            private func probe(at path: String) {
                while !state.withLock({ $0.isOver }) {
                    let isIn = (try? PlainSocket.connect(path: path)) != nil
                    state.withLock {
                        $0.probes += 1
                        if !isIn { $0.refusals += 1 }
                    }
                    usleep(5000)
                }
                ending.finish()
            }

            func stop() async -> (probes: Int, refusals: Int) {
                state.withLock { $0.isOver = true }
                for await _ in ended {}
                return state.withLock { ($0.probes, $0.refusals) }
            }
        }

        @Test func killedAgainAndAgainItRefusesNobodyAndNoCallFails() async throws {
            let folder = try TemporaryFolder()
            let python = try #require(Command.find("python3")).path
            let script = Fixtures.package.appendingPathComponent("Tests/EndToEndTests/supervisor.py").path
            let pidFile = folder.path("pid")
            let daemon = try await RunningDaemon.start(
                listen: [], in: folder,
                launcher: [python, script, pidFile, "serve=\(folder.path(RunningDaemon.socketName))", "--"])
            let callers = try await SteadyCallers(2, to: .unix(daemon.socketPath))
            let prober = Prober(path: daemon.socketPath)
            for _ in 0..<(Self.isRelease ? 200 : 10) {
                await callers.draw(4)
                let process = try #require(pid_t(String(contentsOfFile: pidFile, encoding: .utf8)))
                kill(process, SIGKILL)
                // The next one, on the same sockets.
                _ = try await daemon.manager.receive { $0["READY"] == "1" }
            }
            await callers.draw(2)
            let (drawn, failures) = await callers.stop()
            let (probes, refusals) = await prober.stop()
            #expect(failures == [])
            #expect(drawn > 20)
            #expect(probes > 0)
            #expect(refusals == 0)
            #expect(await daemon.stop() == 0)
        }

        @Test func toldToStopItFinishesWhatItAccepted() async throws {
            for _ in 0..<(Self.isRelease ? 100 : 10) {
                let daemon = try await RunningDaemon.start()
                let client = try await AnimoClient.connect(to: .unix(daemon.socketPath), retry: .never)
                let source = try await client.hold(
                    Wire.PutSourceRequest(source: SteadyCallers.head), timeout: .seconds(120))
                let session = try await client.animate(
                    source, Wire.AnimateOpen(policy: .queue, window: 8), timeout: .seconds(120))
                let sent = Mutex<UInt64>(0)
                let sender = Task {
                    while true {
                        try await session.send(
                            Wire.AnimateFrame(timeoutNano: 60_000_000_000, driver: SteadyCallers.driver))
                        sent.withLock { $0 += 1 }
                    }
                }
                let caller = Task {
                    while true {
                        _ = try await client.reenact(
                            Wire.ReenactRequest(
                                source: Wire.Source(kind: .picture(SteadyCallers.head)), driver: SteadyCallers.driver),
                            timeout: .seconds(60))
                    }
                }
                var seqs: [UInt64] = []
                var outcomes: Set<Wire.Outcome> = []
                let end = await #expect(throws: RPCError.self) {
                    for try await output in session.outputs {
                        guard case .result(let result) = output.kind else { continue }
                        seqs.append(result.seq)
                        outcomes.insert(result.outcome)
                        if seqs.count == 3 { daemon.signal(SIGTERM) }
                    }
                }
                #expect(end?.code == .unavailable)
                #expect(seqs == Array((1...).prefix(seqs.count)), "none is missing, none came twice")
                #expect(outcomes == [.ok])
                // Frames that were sent and not answered can only be those the daemon no longer read.
                #expect(sent.withLock { $0 } <= UInt64(seqs.count) + 8)
                let refused = await #expect(throws: RPCError.self) { try await caller.value }
                #expect(refused?.code == .unavailable)
                sender.cancel()
                #expect(await daemon.status == 0)
                await client.close()
            }
        }
    }
}
