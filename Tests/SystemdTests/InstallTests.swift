import AnimoTestSupport
import Foundation
import Testing

/// `install.sh` into a scratch root, and what systemd's own tools say of the result.
@Suite struct InstallTests {
    private static let installed = [
        "usr/local/bin/animod", "usr/local/bin/animoctl", "usr/local/lib/systemd/system/animod.service",
        "usr/local/lib/systemd/system/animod.socket", "usr/local/lib/systemd/system/animod-tcp.socket",
        "usr/local/lib/systemd/system/animod-metrics.socket", "usr/local/lib/systemd/system/animod-agent.socket",
        "usr/local/lib/sysusers.d/animod.conf", "usr/local/share/animod/alerts.yml",
        "usr/local/share/animod/dashboard.json", "etc/animod/animod.json",
    ]

    @Test func installsAndTakesAwayAgain() async throws {
        let machine = try ScratchMachine()
        #expect(try await machine.install().status == 0)
        #expect(Self.installed.filter { !machine.holds($0) } == [])

        #expect(try await machine.install("--uninstall").status == 0)
        #expect(Self.installed.filter { machine.holds($0) } == ["etc/animod/animod.json"])
        #expect(!machine.holds("usr/local/share/animod"))
    }

    @Test func keepsAConfigurationThatIsThere() async throws {
        let machine = try ScratchMachine()
        let configuration = machine.root.appendingPathComponent("etc/animod/animod.json")
        try FileManager.default.createDirectory(
            at: configuration.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(#"{"drain_seconds": 5}"#.utf8).write(to: configuration)
        #expect(try await machine.install().status == 0)
        #expect(try Data(contentsOf: configuration) == Data(#"{"drain_seconds": 5}"#.utf8))
    }

    @Test(arguments: [(["--wrong"], 64), (["--binaries"], 64), (["--binaries", "/nonexistent"], 66)])
    func refusesInWords(arguments: [String], code: Int) async throws {
        let result = try await ScratchMachine().run(arguments)
        #expect(result.status == code)
        #expect(result.errors.hasPrefix("install.sh: "))
    }

    /// `verify` exits with 0 even on an unknown key, so it must print nothing.
    @Test(.enabled(if: Command.find("systemd-analyze") != nil, "needs systemd-analyze"))
    func verifies() async throws {
        let machine = try ScratchMachine()
        #expect(try await machine.install().status == 0)
        try FileManager.default.createDirectory(
            at: machine.root.appendingPathComponent("usr/lib/systemd"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            at: URL(fileURLWithPath: "/usr/lib/systemd/system"),
            to: machine.root.appendingPathComponent("usr/lib/systemd/system"))
        // Folders that every machine has, and the scratch one lacks.
        try FileManager.default.createDirectory(
            at: machine.root.appendingPathComponent("bin"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            at: URL(fileURLWithPath: "/bin/true"), to: machine.root.appendingPathComponent("bin/kill"))
        let result = try await analyze(
            [
                "verify", "--root=\(machine.root.path)", "animod.service", "animod.socket", "animod-tcp.socket",
                "animod-metrics.socket", "animod-agent.socket",
            ])
        #expect(result.text + result.errors == "")
        #expect(result.status == 0)
    }

    /// The threshold is in tenths: an exposure of at most 0.6 of 10.
    @Test(.enabled(if: Command.find("systemd-analyze") != nil, "needs systemd-analyze"))
    func exposesLittle() async throws {
        let unit = Fixtures.package.appendingPathComponent("systemd/animod.service").path
        let result = try await analyze(["security", "--offline=yes", "--threshold=6", unit])
        #expect(result.status == 0, "\(result.text.suffix(100))")
    }

    @Test(.enabled(if: Command.find("systemd-sysusers") != nil, "needs systemd-sysusers"))
    func makesTheGroup() async throws {
        let machine = try ScratchMachine()
        #expect(try await machine.install().status == 0)
        let sysusers = try #require(Command.find("systemd-sysusers"))
        let file = machine.root.appendingPathComponent("usr/local/lib/sysusers.d/animod.conf").path
        #expect(try await Command.run(sysusers, ["--root=\(machine.root.path)", file]).status == 0)
        let groups = try String(contentsOf: machine.root.appendingPathComponent("etc/group"), encoding: .utf8)
        #expect(groups.contains("animod:x:"))
    }

    private func analyze(_ arguments: [String]) async throws -> Command {
        try await Command.run(#require(Command.find("systemd-analyze")), ["--no-pager"] + arguments)
    }
}

/// An empty root folder, and two programs to install into it.
private struct ScratchMachine {
    private let folder: TemporaryFolder
    var root: URL { folder.url.appendingPathComponent("root") }
    private var programs: URL { folder.url.appendingPathComponent("programs") }

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(at: programs, withIntermediateDirectories: true)
        for name in ["animod", "animoctl"] {
            let program = programs.appendingPathComponent(name)
            try Data("#!/bin/sh\n".utf8).write(to: program)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
        }
    }

    func install(_ arguments: String...) async throws -> Command {
        try await run(["--binaries", programs.path] + arguments)
    }

    func run(_ arguments: [String]) async throws -> Command {
        let script = Fixtures.package.appendingPathComponent("systemd/install.sh")
        return try await Command.run(script, arguments, environment: ["DESTDIR": root.path])
    }

    func holds(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }
}
