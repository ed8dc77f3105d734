import AnimoClient
import AnimoTestSupport
import AnimoWire
import Foundation
import Testing

/// Row 19: every kind of user at every kind of listener, asking for each kind of thing.
@Suite struct AccessTests {
    /// The outcome of asking for the health, for something served and for something of the administrator's.
    struct Outcome: Equatable, CustomStringConvertible {
        var health: StatusCode
        var serve: StatusCode
        var admin: StatusCode

        static let administrator = Outcome(health: .ok, serve: .ok, admin: .ok)
        static let caller = Outcome(health: .ok, serve: .ok, admin: .permissionDenied)
        static let stranger = Outcome(health: .ok, serve: .unauthenticated, admin: .unauthenticated)
        static let turnedAway = Outcome(health: .unavailable, serve: .unavailable, admin: .unavailable)
        var description: String { "\(health) \(serve) \(admin)" }
    }

    private static func daemon(_ configuration: String, listen: String, in folder: TemporaryFolder) async throws
        -> RunningDaemon
    {
        try Data(configuration.utf8).write(to: folder.url.appendingPathComponent("animod.json"))
        return try await RunningDaemon.start(
            ["--config", folder.path("animod.json")], listen: [listen], in: folder)
    }

    // MARK: Unix sockets

    /// Becomes another user and asks by hand: prints three status codes, or `gone`.
    private static let asker = """
        import os, socket, struct, sys
        path, user, group, others = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
        os.setgroups([int(g) for g in others.split(",") if g])
        os.setresgid(group, group, group)
        os.setresuid(user, user, user)
        def text(field, value): return bytes([field << 3 | 2, len(value)]) + value.encode()
        def exactly(count):
            data = b""
            while len(data) < count:
                more = connection.recv(count - len(data))
                if not more: raise EOFError
                data += more
            return data
        def code(body):  # Response.status is field 1, and its code field 1 of that
            if body[:1] != b"\\n": return 0
            start = 1
            while body[start] & 128: start += 1
            return body[start + 2] if body[start + 1] == 8 else 0
        try:
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(path)
            codes = []
            for stream, (service, method) in enumerate([("grpc.health.v1.Health", "Check"),
                    ("animo.v1.Animo", "Describe"), ("animo.v1.Admin", "Status")]):
                body = text(1, service) + text(2, method)
                connection.sendall(struct.pack(">IIBB", len(body), 2 * stream + 1, 1, 0) + body)
                length, _, _, _ = struct.unpack(">IIBB", exactly(10))
                body = exactly(length)
                codes.append(code(body))
            print(*codes)
        except (EOFError, ConnectionError, PermissionError):
            print("gone")
        """

    /// Users and groups that no machine has.
    private static let (listed, boss, nobody, crew, board) = (61_001, 61_002, 61_003, 61_101, 61_102)

    @Test(
        .enabled(if: geteuid() == 0 && Command.find("python3") != nil, "needs root, to become others, and python3"),
        arguments: [
            ("", [.administrator, .caller, .caller, .caller, .caller]),
            (
                #", "access": {"serve": {"users": ["61001"], "groups": ["61101"]}}"#,
                [.administrator, .caller, .turnedAway, .turnedAway, .caller]
            ),
            (
                #", "access": {"admin": {"users": ["61002"]}}"#,
                [.administrator, .caller, .administrator, .caller, .caller]
            ),
            (
                #", "access": {"serve": {"users": ["61001"]}, "admin": {"groups": ["61101"]}}"#,
                [.administrator, .caller, .turnedAway, .turnedAway, .administrator]
            ),
        ] as [(String, [Outcome])])
    func everyUserOfAUnixSocketHasTheirRole(access: String, expected: [Outcome]) async throws {
        let folder = try TemporaryFolder()
        let daemon = try await Self.daemon(
            #"{"socket": {"mode": "0666"}\#(access)}"#, listen: "unix:\(folder.path("s"))", in: folder)
        let python = try #require(Command.find("python3"))
        let users = [
            (0, 0), (Self.listed, Self.nobody), (Self.boss, Self.nobody), (Self.nobody, Self.nobody),
            (Self.nobody, Self.crew),
        ]
        for ((user, group), expected) in zip(users, expected) {
            let result = try await Command.run(python, ["-c", Self.asker, folder.path("s"), "\(user)", "\(group)", ""])
            let codes = result.text.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
                .compactMap(StatusCode.init(rawValue:))
            let outcome =
                codes.count == 3 ? Outcome(health: codes[0], serve: codes[1], admin: codes[2]) : Outcome.turnedAway
            #expect(outcome == expected, "user \(user), group \(group): \(result.text) \(result.errors)")
        }
        #expect(await daemon.stop() == 0)
    }

    @Test(.enabled(if: geteuid() == 0 && Command.find("python3") != nil, "needs root, to become others, and python3"))
    func theSocketsModeIsTheFirstDoor() async throws {
        let folder = try TemporaryFolder()
        let daemon = try await Self.daemon(
            #"{"socket": {"mode": "0660", "group": "\#(Self.board)"}}"#, listen: "unix:\(folder.path("s"))", in: folder)
        let python = try #require(Command.find("python3"))
        for (group, expected) in [(Self.board, "0 0 7\n"), (Self.crew, "gone\n")] {
            let result = try await Command.run(
                python, ["-c", Self.asker, folder.path("s"), "\(Self.nobody)", "\(group)", ""])
            #expect(result.text == expected, "\(result.errors)")
        }
        #expect(await daemon.stop() == 0)
    }

    // MARK: TCP

    private static func ask(_ address: Address, as credentials: Credentials) async -> Outcome {
        func code(_ call: (AnimoClient) async throws -> Void) async -> StatusCode {
            do {
                let client = try await AnimoClient.connect(to: address, retry: .never, credentials: credentials)
                do { try await call(client) } catch let error as RPCError { return error.code }
                await client.close()
                return .ok
            } catch let error as RPCError {
                return error.code
            } catch {
                return .unknown
            }
        }
        return Outcome(
            health: await code { _ = try await $0.check() }, serve: await code { _ = try await $0.describe() },
            admin: await code { _ = try await $0.status() })
    }

    private static let token = "correct horse battery"

    @Test func aTokenIsAskedForOverTCPAndNotOnAUnixSocket() async throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appendingPathComponent("token")
        try Data("an older token, still good\n\(Self.token)\n".utf8).write(to: file)
        chmod(file.path, 0o600)
        let daemon = try await Self.daemon(
            #"{"token_file": "\#(file.path)", "listen": ["unix:\#(folder.path("s"))", "tcp:127.0.0.1:0"]}"#,
            listen: "unix:\(folder.path("t"))", in: folder)
        #expect(await daemon.stop() == 0)

        let both = try await RunningDaemon.start(
            ["--config", folder.path("animod.json")], listen: ["unix:\(folder.path("s"))", "tcp:127.0.0.1:0"],
            in: folder)
        let tcp = try #require(both.addresses.first { if case .tcp = $0 { true } else { false } })
        #expect(await Self.ask(tcp, as: Credentials()) == .stranger)
        #expect(await Self.ask(tcp, as: Credentials(token: "wrong horse")) == .stranger)
        #expect(await Self.ask(tcp, as: Credentials(token: Self.token)) == .caller)
        #expect(await Self.ask(tcp, as: Credentials(token: "an older token, still good")) == .caller)
        #expect(await Self.ask(.unix(folder.path("s")), as: Credentials()) == .administrator)

        let shown = try await Command.run(
            Binaries.animoctl, ["describe", "--connect", "\(tcp)", "--token-file", file.path])
        #expect(shown.status == 0, "\(shown.errors)")
        let hidden = try await Command.run(Binaries.animoctl, ["describe", "--connect", "\(tcp)"])
        #expect(hidden.status == 77)
        #expect(await both.stop() == 0)
    }

    @Test func withoutATokenLoopbackServesAndAdministersNothing() async throws {
        let daemon = try await RunningDaemon.start(listen: ["tcp:127.0.0.1:0"])
        let address = try #require(daemon.addresses.first)
        #expect(await Self.ask(address, as: Credentials()) == .caller)
        #expect(await daemon.stop() == 0)
    }

    @Test(arguments: [
        ("everybody", 0o644, "x-x-x-x-x-x-x-x-x\n", 78), ("short", 0o600, "short\n", 78), ("empty", 0o600, "", 78),
        ("missing", 0o600, nil, 66),
    ])
    func aTokenFileMustHoldASecret(name: String, mode: Int, content: String?, status: Int) async throws {
        let folder = try TemporaryFolder()
        let file = folder.path("token")
        if let content { try Data(content.utf8).write(to: URL(fileURLWithPath: file)) }
        chmod(file, mode_t(mode))
        try Data(#"{"token_file": "\#(file)"}"#.utf8).write(to: folder.url.appendingPathComponent("animod.json"))
        let refusal = try await RunningDaemon.refusal(["--config", folder.path("animod.json"), "--check-config"])
        #expect(refusal.status == status, "\(name): \(refusal.errors)")
        #expect(refusal.errors.contains("token_file"))
    }

    @Test(arguments: ["0.0.0.0", "[::]", "192.0.2.1"])
    func whatOthersCanReachIsRefusedWithoutTLS(host: String) async throws {
        let folder = try TemporaryFolder()
        let file = folder.path("token")
        try Data("\(Self.token)\n".utf8).write(to: URL(fileURLWithPath: file))
        chmod(file, 0o600)
        try Data(#"{"token_file": "\#(file)"}"#.utf8).write(to: folder.url.appendingPathComponent("animod.json"))
        for arguments in [[], ["--config", folder.path("animod.json")]] {
            let refusal = try await RunningDaemon.refusal(arguments + ["--listen", "tcp:\(host):0"])
            #expect(refusal.status == 78, "\(refusal.errors)")
        }
    }

    /// A place for a session, and for a call, of one user out of many.
    @Test func onePeerDoesNotTakeAllPlaces() async throws {
        let folder = try TemporaryFolder()
        let daemon = try await Self.daemon(
            #"{"limits": {"peer_sessions": 1}}"#, listen: "unix:\(folder.path("s"))", in: folder)
        let client = try await daemon.client()
        let source = Wire.SourcePicture(
            picture: Wire.Picture(format: .rgb8, data: [UInt8](repeating: 9, count: 3072), width: 32, height: 32),
            domain: .anime)
        let open = Wire.AnimateOpen(source: Wire.Source(kind: .picture(source)))
        let first = try await client.animate(open)
        let other = try await AnimoClient.connect(to: .unix(folder.path("s")), retry: .never)
        let refused = await #expect(throws: RPCError.self) { try await other.animate(open) }
        #expect(refused?.reason == .tooManySessions)
        #expect(refused?.message.contains("one client") == true)
        try await first.finish()
        for try await _ in first.outputs {}
        await other.close()
        await client.close()
        #expect(await daemon.stop() == 0)
    }

    #if TLS
        @Test(.enabled(if: Command.find("openssl") != nil, "needs openssl, to make certificates"))
        func everyCertificateHasItsRole() async throws {
            let folder = try TemporaryFolder()
            let authority = try await Authority(in: folder)
            let configuration = """
                {"tls": {"certificate": "\(folder.path("daemon.pem"))", "key": "\(folder.path("daemon.key"))",
                "client_ca": "\(folder.path("ca.pem"))"},
                "access": {"serve": {"certificates": ["camera"]}, "admin": {"certificates": ["operator"]}}}
                """
            let daemon = try await Self.daemon(configuration, listen: "tcp:127.0.0.1:0", in: folder)
            let address = try #require(daemon.addresses.first)
            #expect(try await Self.ask(address, as: authority.credentials("operator")) == .administrator)
            #expect(try await Self.ask(address, as: authority.credentials("camera")) == .caller)
            for refused in [
                try authority.credentials("passerby"), try authority.credentials(nil), Credentials(),
                try authority.credentials("foreigner"), Credentials(token: Self.token),
            ] {
                let outcome = await Self.ask(address, as: refused)
                #expect([outcome.health, outcome.serve, outcome.admin].allSatisfy { $0 != .ok }, "\(outcome)")
            }
            let shown = try await Command.run(
                Binaries.animoctl,
                [
                    "status", "--connect", "\(address)", "--tls-ca", folder.path("ca.pem"), "--tls-certificate",
                    folder.path("operator.pem"), "--tls-key", folder.path("operator.key"),
                ])
            #expect(shown.status == 0, "\(shown.errors)")
            #expect(await daemon.stop() == 0)
        }

        @Test(.enabled(if: Command.find("openssl") != nil, "needs openssl, to make certificates"))
        func aTokenStandsInForACertificateAndOpensTheNetwork() async throws {
            let folder = try TemporaryFolder()
            let authority = try await Authority(in: folder)
            let file = folder.path("token")
            try Data("\(Self.token)\n".utf8).write(to: URL(fileURLWithPath: file))
            chmod(file, 0o600)
            let configuration = """
                {"tls": {"certificate": "\(folder.path("daemon.pem"))", "key": "\(folder.path("daemon.key"))",
                "client_ca": "\(folder.path("ca.pem"))"}, "token_file": "\(file)"}
                """
            let daemon = try await Self.daemon(configuration, listen: "tcp:0.0.0.0:0", in: folder)
            guard case .tcp(_, let port)? = daemon.addresses.first else { return }
            let address = Address.tcp(host: "127.0.0.1", port: port)
            var credentials = try authority.credentials(nil)
            #expect(await Self.ask(address, as: credentials) == .stranger)
            credentials.token = Self.token
            #expect(await Self.ask(address, as: credentials) == .caller)
            #expect(try await Self.ask(address, as: authority.credentials("camera")) == .caller)
            #expect(await daemon.stop() == 0)
        }

        /// An authority and the certificates it signed.
        private struct Authority {
            let folder: TemporaryFolder

            init(in folder: TemporaryFolder) async throws {
                self.folder = folder
                let openssl = try #require(Command.find("openssl"))
                func run(_ arguments: String...) async throws {
                    let result = try await Command.run(openssl, arguments)
                    try #require(result.status == 0, "\(result.errors)")
                }
                for authority in ["ca", "other"] {
                    try await run(
                        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=\(authority)", "-keyout", folder.path("\(authority).key"), "-out",
                        folder.path("\(authority).pem"))
                }
                for name in ["daemon", "camera", "operator", "passerby", "foreigner"] {
                    let authority = name == "foreigner" ? "other" : "ca"
                    try await run(
                        "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                        "/CN=\(name == "foreigner" ? "camera" : name)", "-keyout", folder.path("\(name).key"), "-out",
                        folder.path("\(name).csr"))
                    try Data("subjectAltName=IP:127.0.0.1,DNS:localhost\n".utf8)
                        .write(to: URL(fileURLWithPath: folder.path("names")))
                    try await run(
                        "x509", "-req", "-days", "2", "-in", folder.path("\(name).csr"), "-CA",
                        folder.path("\(authority).pem"), "-CAkey", folder.path("\(authority).key"), "-CAcreateserial",
                        "-extfile", folder.path("names"), "-out", folder.path("\(name).pem"))
                    chmod(folder.path("\(name).key"), 0o600)
                }
            }

            func credentials(_ name: String?) throws -> Credentials {
                let own = name.map { (file: folder.path("\($0).pem"), key: folder.path("\($0).key")) }
                return Credentials(security: try ClientSecurity(authority: folder.path("ca.pem"), certificate: own))
            }
        }
    #else
        @Test(arguments: ["certificate", "key", "client_ca"])
        func aBuildWithoutTLSSaysSo(key: String) async throws {
            let folder = try TemporaryFolder()
            try Data(#"{"tls": {"\#(key)": "x.pem"}}"#.utf8)
                .write(to: folder.url.appendingPathComponent("animod.json"))
            let refusal = try await RunningDaemon.refusal(["--config", folder.path("animod.json")])
            #expect(refusal.status == 78)
            #expect(refusal.errors.contains("tls.\(key)"))
            #expect(refusal.errors.contains("no TLS"))
        }
    #endif
}
