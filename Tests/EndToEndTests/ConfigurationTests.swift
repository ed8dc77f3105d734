import AnimoCLI
import AnimoTestSupport
import Foundation
import Testing

/// The daemon's messages for settings that it will not start with, and the exit code a service manager acts on.
@Suite struct ConfigurationTests {
    @Test(arguments: [
        (#"{"drain_second": 5}"#, "drain_seconds"),
        (#"{"threads": 0}"#, "threads"),
        (#"{"threads": "two"}"#, "threads"),
        (#"{"limits": {"frame_bytes": 99999999}}"#, "limits.frame_bytes"),
        (#"{"listen": ["tcp:0.0.0.0:7464"]}"#, "listen"),
        (#"{"listen": ["finger:somebody"]}"#, "listen"),
        (#"{"socket": {"group": "no-such-group-here"}}"#, "socket.group"),
        (#"{"model": ["a=x.safetensors", "a=y.safetensors"]}"#, "model"),
        (#"[]"#, "JSON object"),
        (#"{"threads": 2"#, "JSON object"),
        (#"{"threads": "two"}"#, #"got "two""#),
        (#"{"threads": {}}"#, "threads: expected an integer"),
        (#"{"zzz": {}}"#, "zzz: unknown key"),
        (#"{"threads": true}"#, "threads: expected an integer from 1 to 256, got true"),
        (#"{"threads": 1.5}"#, "threads: expected an integer from 1 to 256, got 1.5"),
        (#"{"insecure": 1}"#, "insecure: expected true or false, got 1"),
        (#"{"insecure": "true"}"#, #"insecure: expected true or false, got "true""#),
        (#"{"drain_seconds": true}"#, "drain_seconds: expected a number from 0 to 3600, got true"),
        (#"{"listen": "unix:/tmp/a.sock"}"#, "listen: expected a list of strings"),
        (#"{"listen": ["unix:/tmp/a.sock", 5]}"#, "listen: expected a list of strings"),
        (#"{"threads": 1, "threads": 2}"#, #""threads" is given twice at byte 24"#),
        (#"{"limits": {"sessions": 1}, "limits": {"sessions": 2}}"#, #""limits" is given twice at byte 36"#),
        (#"{"access": {"serv": {}}}"#, "access.serv: unknown key"),
        (#"{"thr\u001b[2Jeads": 1}"#, "thr\\u{1b}[2Jeads: unknown key"),
        ("\u{FEFF}{\"threads\": 0}", "threads: expected an integer from 1 to 256, got 0"),
        (#"{"listen": ["unix:@animod"]}"#, "the abstract name '@animod'"),
        (#"{"limits": 5}"#, "limits: expected an object of settings, got 5"),
        (#"{"access": {"serve": {"certificates": ["camera"]}}}"#, "tls.client_ca"),
        (#"{"listen": ["tcp:127.0.0.1:0"], "access": {"serve": {"users": ["0"]}}}"#, "access.serve"),
    ])
    func namesTheSettingThatIsWrong(configuration: String, named: String) async throws {
        let folder = try TemporaryFolder()
        try Data(configuration.utf8).write(to: folder.url.appendingPathComponent("animod.json"))
        let (status, errors) = try await RunningDaemon.refusal(["--config", folder.path("animod.json")])
        #expect(status == 78)
        #expect(errors.hasPrefix("animod: "))
        #expect(errors.contains(named), "\(errors)")
        #expect(errors.split(separator: "\n").count == 1)
    }

    @Test func checksAConfigurationWithoutServing() async throws {
        let folder = try TemporaryFolder()
        try Data(#"{"threads": 1, "drain_seconds": 5, "limits": {"sessions": 3}}"#.utf8)
            .write(to: folder.url.appendingPathComponent("animod.json"))
        let result = try await Command.run(
            Binaries.animod, ["--config", folder.path("animod.json"), "--check-config"])
        #expect(result.status == 0, "\(result.errors)")
    }

    @Test(arguments: [
        (["--config", "/nonexistent/animod.json"], 66),
        (["--model", "/nonexistent/model.safetensors"], 66),
        (["--threads", "0"], 64),
        (["--listen", "finger:somebody"], 64),
        (["--wrong"], 64),
        (["--listen", "unix:/nonexistent/animod.sock"], 69),
    ])
    func exitsWithACodeToActOn(arguments: [String], code: Int) async throws {
        let (status, errors) = try await RunningDaemon.refusal(arguments)
        #expect(status == code, "\(errors)")
        #expect(!errors.isEmpty)
    }

    @Test func refusesADamagedModel() async throws {
        let folder = try TemporaryFolder()
        try Data("not a model".utf8).write(to: folder.url.appendingPathComponent("model.safetensors"))
        let (status, errors) = try await RunningDaemon.refusal(["--model", "m=\(folder.path("model.safetensors"))"])
        #expect(status == 65)
        #expect(errors.contains("model m"))
    }
}
