import AnimoClient
import AnimoTestSupport
import AnimoWire
import Foundation
import Synchronization
import Testing

extension UnderLoad {
    /// Row 10: models are replaced, or refused, while frames are rendered. `ANIMO_RELEASE=1`: a hundred times each.
    @Suite struct ReloadUnderLoadTests {
        private static let size = ProcessInfo.processInfo.environment["ANIMO_RELEASE"] != nil ? 100 : 10

        /// Good and bad files in turn: each bad kind, and a good one after it.
        @Test func noFrameFailsAndNoBadFileReplacesAGoodOne() async throws {
            let folder = try TemporaryFolder()
            let file = folder.url.appendingPathComponent("heads.safetensors")
            try ModelFiles.whole().write(to: file)
            let daemon = try await RunningDaemon.start(["--model", "heads=\(file.path)"], in: folder)
            let client = try await daemon.client()
            let load = Load()
            let streaming = Task { try await load.stream(on: client) }
            let rendering = Task { try await load.render(on: client) }

            var digest = try await client.describe().models.first?.digest
            for turn in 0..<Self.size {
                let damage = ModelFiles.Damage.allCases[turn % ModelFiles.Damage.allCases.count]
                try ModelFiles.put(damage, at: file)
                let refused = await #expect(throws: RPCError.self) { try await client.reload() }
                #expect(refused?.code == (damage == .missing ? .notFound : .dataLoss), "\(damage)")
                #expect(refused?.message.contains(folder.url.path) == false)
                #expect(try await client.describe().models.first?.digest == digest, "\(damage)")

                try? FileManager.default.removeItem(at: file)
                try ModelFiles.whole(UInt8(turn % 7 + 1)).write(to: file)
                let reply = try await client.reload()
                #expect(reply.models.map(\.changed) == [true])
                #expect(reply.models.first?.digest != digest)
                digest = reply.models.first?.digest
            }
            load.stop()
            let (frames, pictures) = (try await streaming.value, try await rendering.value)
            #expect(frames > 0)
            #expect(pictures > 0)
            let status = try await client.status()
            #expect(status.reloads == UInt64(Self.size))
            #expect(status.failedReloads == UInt64(Self.size))
            #expect(Set(status.frames.map(\.name)) == ["ok"])
            #expect(status.requests.filter { $0.name.hasPrefix("Reenact ") }.map(\.name) == ["Reenact OK"])
            await client.close()
            #expect(await daemon.stop() == 0)
        }

        @Test func aHangupReloadsAndTellsTheServiceManager() async throws {
            let folder = try TemporaryFolder()
            let file = folder.url.appendingPathComponent("heads.safetensors")
            try ModelFiles.whole().write(to: file)
            let daemon = try await RunningDaemon.start(["--model", "heads=\(file.path)"], in: folder)
            let client = try await daemon.client()
            let before = try await client.describe().models.first?.digest

            try ModelFiles.whole(1).write(to: file)
            daemon.signal(SIGHUP)
            let begun = try await daemon.manager.receive { $0["RELOADING"] == "1" }
            #expect(begun["MONOTONIC_USEC"].flatMap { UInt64($0) } != nil)
            _ = try await daemon.manager.receive { $0["READY"] == "1" }
            #expect(try await client.describe().models.first?.digest != before)

            try ModelFiles.put(.truncated, at: file)
            daemon.signal(SIGHUP)
            let failed = try await daemon.manager.receive { $0["READY"] == "1" }
            #expect(failed["STATUS"]?.contains("reload failed: model heads: ") == true)
            #expect(try await client.check().status == .serving)
            await client.close()
            #expect(await daemon.stop() == 0)
        }

        @Test func animoctlReloadsAndDrains() async throws {
            let folder = try TemporaryFolder()
            let file = folder.url.appendingPathComponent("heads.safetensors")
            try ModelFiles.whole().write(to: file)
            let daemon = try await RunningDaemon.start(["--model", "heads=\(file.path)"], in: folder)
            func animoctl(_ arguments: String...) async throws -> Command {
                try await Command.run(
                    Binaries.animoctl, arguments, environment: ["ANIMO_CONNECT": "unix:\(daemon.socketPath)"])
            }
            let same = try await animoctl("reload")
            #expect(same.status == 0)
            #expect(same.text.contains("unchanged"))
            try ModelFiles.put(.notFinite, at: file)
            let bad = try await animoctl("reload")
            #expect(bad.status == 65)
            #expect(bad.errors.contains("not finite"))
            #expect(try await animoctl("status").text.contains("1, and 1 failed"))

            #expect(try await animoctl("drain").text == "draining, 0 calls in flight\n")
            #expect(try await animoctl("health").status == 69)
            #expect(try await animoctl("drain", "--undo", "--json").text.contains(#""state": "serving""#))
            #expect(try await animoctl("health").status == 0)
            #expect(await daemon.stop() == 0)
        }
    }
}

/// A session and a caller, busy until told to stop.
private final class Load: Sendable {
    private let isOver = Mutex(false)

    func stop() { isOver.withLock { $0 = true } }

    private static let head = Wire.SourcePicture(
        picture: Wire.Picture(
            format: .rgb8, data: [UInt8](repeating: 120, count: 128 * 128 * 3), width: 128, height: 128),
        domain: .anime)
    private static let driver = Wire.Driver(kind: .pose(Wire.Pose(channels: [.init(name: "yaw", value: 10)])))

    /// Frames until the end; each shall be rendered.
    func stream(on client: AnimoClient) async throws -> Int {
        let session = try await client.animate(
            Wire.AnimateOpen(source: Wire.Source(kind: .picture(Self.head)), policy: .queue))
        var count = 0
        while !isOver.withLock({ $0 }) {
            try await session.send(Wire.AnimateFrame(timeoutNano: 120_000_000_000, driver: Self.driver))
            for try await output in session.outputs {
                guard case .result(let result) = output.kind else { continue }
                #expect(result.outcome == .ok, "\(result.message)")
                count += 1
                break
            }
        }
        try await session.finish()
        for try await _ in session.outputs {}
        return count
    }

    /// Calls until the end, each with its source.
    func render(on client: AnimoClient) async throws -> Int {
        var count = 0
        while !isOver.withLock({ $0 }) {
            _ = try await client.reenact(
                Wire.ReenactRequest(source: Wire.Source(kind: .picture(Self.head)), driver: Self.driver),
                timeout: .seconds(120))
            count += 1
        }
        return count
    }
}
