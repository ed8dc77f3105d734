import AnimoConcurrency
import AnimoFaultInjection
import AnimoClient
import AnimoTestSupport
import AnimoWire
import Foundation
import NIOCore
import Testing

@testable import animod

/// Row 13: pings stop within one period when the engine is stuck, and never come from a timer alone.
struct HeartbeatTests {
    @Test func onlyAnEngineThatWasHeardWithinThePeriodGetsAPing() {
        var heartbeat = Heartbeat(limit: .seconds(10))
        let stalls: [Int64] = [0, 9, 0, 10, 15, 600, 3, 0, 11, 0]
        let beats = stalls.map { heartbeat.beat(stallDuration: .seconds($0)) }
        #expect(
            beats == [
                .lives, .lives, .lives, .stuck(.seconds(10)), .stillStuck, .stillStuck, .livesAgain, .lives,
                .stuck(.seconds(11)), .livesAgain,
            ])
    }
}

extension UnderLoad {
    /// The real daemon, whose engine thread a tracer holds still while all others go on.
    @Suite(.enabled(if: Command.find("python3") != nil, "needs python3 to hold a thread still"))
    struct WatchdogTests {
        /// Lets anyone trace what it becomes: by default only a parent may.
        private static let launcher = """
            import ctypes, os, sys
            PR_SET_PTRACER, ANY = 0x59616D61, ctypes.c_ulong(-1)
            ctypes.CDLL(None).prctl(PR_SET_PTRACER, ANY, 0, 0, 0)
            os.execv(sys.argv[1], sys.argv[1:])
            """

        @Test func aStuckEngineGetsNoPingsUntilItGoesOn() async throws {
            let python = try #require(Command.find("python3"))
            let daemon = try await RunningDaemon.start(
                launcher: [python.path, "-c", Self.launcher], environment: ["WATCHDOG_USEC": "400000"])
            let client = try await daemon.client()
            let held = try await client.hold(Wire.PutSourceRequest(source: SteadyCallers.head))
            _ = try await daemon.manager.receive { $0["WATCHDOG"] == "1" }

            // It has nothing to do when it gets stuck.
            let thread = try await HeldThread("engine", of: daemon.identifier, by: python)
            _ = try await daemon.manager.receive { $0["STATUS"]?.hasPrefix("stuck: ") == true }
            // Calls that come and time out are no progress; five periods go by.
            var codes: Set<StatusCode> = []
            while try await client.status().engineBusySeconds < 2 {
                let late = await #expect(throws: RPCError.self) {
                    try await client.reenact(held, SteadyCallers.driver, timeout: .milliseconds(100))
                }
                if let late { codes.insert(late.code) }
            }
            // Time out in the queue, or are refused at once where the estimate shows that they would.
            #expect(codes.contains(.deadlineExceeded) && codes.isSubset(of: [.deadlineExceeded, .resourceExhausted]))
            #expect(daemon.errors.contains(" critical the engine is stuck: no progress"))
            thread.release()
            // Not a ping among them before it went on.
            #expect(try await daemon.manager.receive()["STATUS"]?.hasPrefix("serving") == true)
            #expect(try await daemon.manager.receive()["WATCHDOG"] == "1")
            _ = try await client.reenact(held, SteadyCallers.driver, timeout: .seconds(60))
            #expect(try await client.status().engineBusySeconds < 2)
            await client.close()
            #expect(await daemon.stop() == 0)
        }
    }
}

/// A thread of another process, stopped until it is continued.
private final class HeldThread: Sendable {
    struct NotHeld: Error {
        let words: String
    }

    /// Holds the thread called argv[2] of process argv[1], says so, and ends with its input.
    private static let script = """
        import ctypes, os, sys
        SEIZE, INTERRUPT, WALL = 0x4206, 0x4207, 0x40000000
        ptrace = ctypes.CDLL(None, use_errno=True).ptrace
        ptrace.argtypes = [ctypes.c_long] * 4
        tasks = f"/proc/{sys.argv[1]}/task/"
        thread = next(int(t) for t in os.listdir(tasks) if open(tasks + t + "/comm").read().strip() == sys.argv[2])
        if ptrace(SEIZE, thread, 0, 0) or ptrace(INTERRUPT, thread, 0, 0):
            sys.exit(os.strerror(ctypes.get_errno()))
        os.waitpid(thread, WALL)
        print("held", flush=True)
        sys.stdin.read()
        """

    private let input = Pipe()

    init(_ name: String, of process: Int32, by python: URL) async throws {
        let output = Pipe()
        let tracer = Process()
        tracer.executableURL = python
        tracer.arguments = ["-c", Self.script, "\(process)", name]
        (tracer.standardInput, tracer.standardOutput, tracer.standardError) = (input, output, output)
        try tracer.run()
        let words = try await runBlocking { String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) }
        guard words.hasPrefix("held") else { throw NotHeld(words: words) }
    }

    func release() { try? input.fileHandleForWriting.close() }
}
