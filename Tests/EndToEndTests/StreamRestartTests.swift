import AnimoDemo
import AnimoTestSupport
import Foundation
import Testing

extension UnderLoad {
    /// `animoctl stream` whose daemon is killed in the middle.
    @Suite struct StreamRestartTests {
        private static let size = 64
        private static let frameBytes = size * size * 3

        /// `animoctl stream` from poses to raw pictures, fed and read piece by piece.
        private final class Streaming: Sendable {
            private let input: FileHandle
            private let output: FileHandle
            private let errors: URL
            private let end: Task<Int32, Never>

            init(to daemon: RunningDaemon, source: String, _ arguments: [String] = []) throws {
                let (input, output, process) = (Pipe(), Pipe(), Process())
                errors = daemon.folder.url.appendingPathComponent("stream.err")
                try Data().write(to: errors)
                let errorHandle = try FileHandle(forWritingTo: errors)
                defer { try? errorHandle.close() }
                process.executableURL = Binaries.animoctl
                process.arguments =
                    [
                        "stream", "--source", source, "--source-domain", "anime", "--input", "poses", "--output",
                        "rgb24", "--size", "\(UnderLoad.StreamRestartTests.size)",
                    ] + arguments
                process.environment = ProcessInfo.processInfo.environment
                    .merging(["ANIMO_CONNECT": "unix:\(daemon.socketPath)"]) { $1 }
                (process.standardInput, process.standardOutput, process.standardError) = (input, output, errorHandle)
                let (ends, continuation) = AsyncStream<Int32>.makeStream()
                process.terminationHandler = { process in
                    continuation.yield(process.terminationStatus)
                    continuation.finish()
                }
                try process.run()
                (self.input, self.output) = (input.fileHandleForWriting, output.fileHandleForReading)
                end = Task {
                    for await status in ends { return status }
                    return -1
                }
            }

            func write(_ lines: [String]) throws {
                try input.write(contentsOf: Data(lines.map { $0 + "\n" }.joined().utf8))
            }

            func finish() throws { try input.close() }

            /// So many bytes, or all until the end; read on a thread of its own.
            func read(_ count: Int = .max) async throws -> Data {
                try await withCheckedThrowingContinuation { continuation in
                    Thread.detachNewThread { [output] in
                        continuation.resume(
                            with: Result {
                                var data = Data()
                                while data.count < count {
                                    let rest = min(count - data.count, 1 << 16)
                                    guard let more = try output.read(upToCount: rest), !more.isEmpty else { break }
                                    data += more
                                }
                                return data
                            })
                    }
                }
            }

            /// The exit code, and what was said.
            var outcome: (status: Int32, errors: String) {
                get async { (await end.value, (try? String(contentsOf: errors, encoding: .utf8)) ?? "") }
            }
        }

        private static let poses = (0..<24).map { "{\"yaw\": \(2 * $0 - 24)}" }

        private static func source(in folder: TemporaryFolder) throws -> String {
            let path = folder.path("anime-1.png")
            try Data(try DemoSamples.file("anime-1.png")).write(to: URL(fileURLWithPath: path))
            return path
        }

        /// How much two pictures of a stream differ.
        private static func distance(_ one: Data, _ other: Data, at frame: Int, _ otherFrame: Int) -> Int {
            let (first, second) = (Array(one), Array(other))
            return (0..<frameBytes).reduce(0) {
                $0 + abs(Int(first[frame * frameBytes + $1]) - Int(second[otherFrame * frameBytes + $1]))
            }
        }

        @Test(.enabled(if: Command.find("python3") != nil, "needs python3 to hold sockets"))
        func aDaemonThatIsKilledCostsNoPictureAndNoOrder() async throws {
            let folder = try TemporaryFolder()
            let source = try Self.source(in: folder)
            let python = try #require(Command.find("python3")).path
            let script = Fixtures.package.appendingPathComponent("Tests/EndToEndTests/supervisor.py").path
            let pidFile = folder.path("pid")
            let daemon = try await RunningDaemon.start(
                listen: [], in: folder,
                launcher: [python, script, pidFile, "serve=\(folder.path(RunningDaemon.socketName))", "--"])

            let undisturbed = try Streaming(to: daemon, source: source)
            try undisturbed.write(Self.poses)
            try undisturbed.finish()
            let expected = try await undisturbed.read()
            #expect(expected.count == Self.poses.count * Self.frameBytes)
            #expect(await undisturbed.outcome.status == 0)

            let stream = try Streaming(to: daemon, source: source)
            try stream.write(Array(Self.poses.prefix(16)))
            var output = try await stream.read(4 * Self.frameBytes)
            kill(try #require(pid_t(String(contentsOfFile: pidFile, encoding: .utf8))), SIGKILL)
            _ = try await daemon.manager.receive { $0["READY"] == "1" }
            try stream.write(Array(Self.poses.dropFirst(16)))
            try stream.finish()
            output += try await stream.read()
            let (status, errors) = await stream.outcome
            #expect(status == 0, "\(errors)")
            #expect(errors.contains("24 of 24 frames rendered, 0 dropped, 0 failed; opened again 1 time"), "\(errors)")
            try #require(output.count == expected.count)
            for frame in 0..<Self.poses.count {
                let own = Self.distance(output, expected, at: frame, frame)
                let neighbour = Self.distance(output, expected, at: frame, frame == 0 ? 1 : frame - 1)
                #expect(own < neighbour, "frame \(frame + 1)")
            }
            #expect(await daemon.stop() == 0)
        }

        @Test func aStreamThatEndsByAnErrorSaysHowFarItCame() async throws {
            let daemon = try await RunningDaemon.start()
            let stream = try Streaming(to: daemon, source: try Self.source(in: daemon.folder))
            try stream.write(Array(Self.poses.prefix(3)))
            _ = try await stream.read(3 * Self.frameBytes)
            // Nobody holds the socket: the next session finds none.
            daemon.signal(SIGKILL)
            let (status, errors) = await stream.outcome
            #expect(status == 69, "\(errors)")
            #expect(errors.contains("3 of 3 frames rendered"), "\(errors)")
            #expect(errors.contains("is animod running?"), "\(errors)")
        }

        @Test func framesAreNumberedAsTheyCameAndEachFailureIsSaidOnce() async throws {
            let daemon = try await RunningDaemon.start()
            let stream = try Streaming(
                to: daemon, source: try Self.source(in: daemon.folder), ["--out-of-range", "refuse"])
            try stream.write(["{\"yaw\": 1}", "nonsense", "{\"yaw\": 2}", "{\"yaw\": 1000}"])
            try stream.finish()
            let output = try await stream.read()
            let (status, errors) = await stream.outcome
            #expect(status == 65)
            #expect(output.count == 4 * Self.frameBytes)
            #expect(errors.components(separatedBy: "frame 2: line 2").count == 2, "\(errors)")
            #expect(errors.components(separatedBy: "frame 4:").count == 2, "\(errors)")
            #expect(!errors.contains("frame 3"), "\(errors)")
            #expect(await daemon.stop() == 0)
        }
    }
}
