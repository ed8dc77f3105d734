import AnimoChaos
import AnimoLoad
import AnimoTestSupport
import Foundation
import Testing

/// Row 14 of `reliability.md`: no descriptors left, and a log that cannot be written because its disk is full.
struct ExhaustionTests {
    @Test func servingGoesOnWithoutDescriptorsAndWithoutALog() async throws {
        let folder = try TemporaryFolder()
        let script = folder.path("animod")
        let text = "#!/bin/sh\nulimit -n 64\nexec '\(Binaries.animod.path)' \"$@\" >/dev/full 2>&1\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: script))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
        let daemon = try PrivateDaemon(executable: script)
        defer { daemon.stop() }
        let client = try await daemon.connection()
        var silent: [RawSocket] = try await onThread {
            (0..<100).compactMap { _ in try? RawSocket(daemon.address) }
        }
        #expect(silent.count == 100)
        while (daemon.resources?.descriptors ?? 64) < 60 {}
        // Who is connected is served.
        #expect(try await client.check().status == .serving)
        #expect(try await client.describe().models.count == 1)
        silent = []
        // And so is everyone, once there are descriptors again.
        let report = try await GoodClients(2, at: daemon.address).run(calls: 2)
        #expect(report.failures == [])
        #expect(report.succeeded == 4)
        #expect(!daemon.hasEnded)
        await client.close()
    }
}
