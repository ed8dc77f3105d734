import AnimoTestSupport
import Foundation
import Testing

/// The Debian package, made of stand-ins for the programs.
@Suite(.enabled(if: Command.find("dpkg-deb") != nil && Command.find("python3") != nil, "needs dpkg-deb and python3"))
struct PackageTests {
    /// Says what the real ones say of themselves, as far as packaging asks.
    private static func program(_ name: String) -> String {
        """
        #!/bin/sh
        case $1 in
        --version) echo 1.2.3 ;;
        --experimental-dump-help) cat <<'DUMP'
        {"command": {"commandName": "\(name)", "abstract": "Does it.", "discussion": "At once.\\n\\n  \(name) --now",
        "arguments": [{"kind": "option", "names": [{"kind": "long", "name": "now"}], "valueName": "n", "abstract": "When."}]}}
        DUMP
        ;;
        *) echo "# completions" ;;
        esac
        """
    }

    private static func build(_ arguments: [String], in folder: TemporaryFolder) async throws -> Command {
        let script = Fixtures.package.appendingPathComponent("systemd/package.sh")
        return try await Command.run(script, arguments + ["--output", folder.path("out")])
    }

    private static func programs(in folder: TemporaryFolder) throws -> String {
        for name in ["animod", "animoctl"] {
            let file = folder.url.appendingPathComponent(name)
            try Data(program(name).utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
        return folder.url.path
    }

    @Test func holdsAllThatAMachineWithoutSwiftNeeds() async throws {
        let folder = try TemporaryFolder()
        let built = try await Self.build(["--binaries", try Self.programs(in: folder)], in: folder)
        try #require(built.status == 0, "\(built.errors)")
        let package = built.text.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(package.contains("/animod_1.2.3_"))
        let tool = try #require(Command.find("dpkg-deb"))
        #expect(try await Command.run(tool, ["--extract", package, folder.path("root")]).status == 0)
        let missing = [
            "usr/bin/animod", "usr/bin/animoctl", "lib/systemd/system/animod.service",
            "lib/systemd/system/animod.socket", "lib/systemd/system/animod-metrics.socket",
            "usr/lib/sysusers.d/animod.conf", "etc/animod/animod.json", "usr/share/man/man8/animod.8.gz",
            "usr/share/man/man1/animoctl.1.gz", "usr/share/bash-completion/completions/animoctl",
            "usr/share/zsh/vendor-completions/_animoctl", "usr/share/fish/vendor_completions.d/animod.fish",
            "usr/share/doc/animod/copyright", "usr/share/doc/animod/monitoring.md", "usr/share/animod/alerts.yml",
            "usr/share/animod/dashboard.json",
        ].filter { !FileManager.default.fileExists(atPath: folder.path("root/\($0)")) }
        #expect(missing == [])
        func text(_ path: String) throws -> String {
            try String(contentsOf: folder.url.appendingPathComponent("root/\(path)"), encoding: .utf8)
        }
        #expect(try text("lib/systemd/system/animod.service").contains("ExecStart=/usr/bin/animod "))
        #expect(try text("usr/share/doc/animod/copyright").contains("No licence has been granted yet"))
        let fields = try await Command.run(tool, ["--field", package, "Conffiles", "Version"])
        #expect(fields.status == 0, "\(fields.errors)")
    }

    @Test(arguments: [(["--wrong"], 64), (["--binaries"], 64), (["--binaries", "/nonexistent"], 66)])
    func refusesInWords(arguments: [String], status: Int) async throws {
        let script = Fixtures.package.appendingPathComponent("systemd/package.sh")
        let result = try await Command.run(script, arguments)
        #expect(result.status == status)
        #expect(result.errors.hasPrefix("package.sh: "))
    }
}
