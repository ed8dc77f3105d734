import AnimoDemo
import AnimoTestSupport
import Foundation
import Testing

/// animoctl holds no inference engine, so that it runs wherever its daemon need not: on a processor of 2008.
@Suite struct OldProcessorTests {
    static let emulator = ["/usr/bin/qemu-x86_64", "/usr/bin/qemu-x86_64-static"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Runs animoctl on an emulated Nehalem: SSE 4.2, no AVX.
    private func animoctl(_ arguments: [String]) async throws -> Command {
        let emulator = try #require(Self.emulator)
        return try await Command.run(
            URL(fileURLWithPath: emulator), ["-cpu", "Nehalem", Binaries.animoctl.path] + arguments)
    }

    @Test(.enabled(if: emulator != nil, "needs qemu-user"))
    func animoctlDrawsByADaemon() async throws {
        let daemon = try await RunningDaemon.start()
        let source = daemon.folder.path("anime-1.png")
        try Data(try DemoSamples.file("anime-1.png")).write(to: URL(fileURLWithPath: source))
        let result = try await animoctl(
            [
                "edit", "--connect", "unix:\(daemon.socketPath)", "--source", source, "--source-domain", "anime",
                "--set", "yaw=10", "--output", daemon.folder.path("turned.png"),
            ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(FileManager.default.fileExists(atPath: daemon.folder.path("turned.png")))
    }

    @Test(.enabled(if: emulator != nil && Fixtures.available, "needs qemu-user and ../shared"))
    func animoctlConvertsAndInspects() async throws {
        let folder = try TemporaryFolder()
        let checkpoint = try #require(Fixtures.url("animo-small.ckpt")).path
        let model = folder.path("small.safetensors")
        let converted = try await animoctl(["convert", checkpoint, "--output", model, "--half"])
        #expect(converted.status == 0, "\(converted.errors)")
        // The same bytes as on this processor: half precision is narrowed and widened by the same steps everywhere.
        let here = folder.path("here.safetensors")
        _ = try await Command.run(Binaries.animoctl, ["convert", checkpoint, "--output", here, "--half"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: model)) == Data(contentsOf: URL(fileURLWithPath: here)))
        let inspected = try await animoctl(["inspect", model])
        #expect(inspected.status == 0 && inspected.text.contains("animo, version 1"), "\(inspected.errors)")
    }

    @Test func animoctlLinksNoEngine() async throws {
        let libraries = try await Command.run(URL(fileURLWithPath: "/usr/bin/ldd"), [Binaries.animoctl.path]).text
        #expect(libraries.contains("libpng"))
        #expect(!libraries.contains("openblas"))
    }
}
