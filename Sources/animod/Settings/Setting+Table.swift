import AnimoServer
import AnimoWire
import Foundation

extension Setting {
    /// Every key, in the order of the documentation.
    static let all: [Setting] = general + limits + sockets + access + security

    static func named(_ key: String) -> Setting? { all.first { $0.key == key } }

    private static let standard = Settings()

    private static let general: [Setting] = [
        Setting(
            "model", "Models to serve, each [NAME=]FILE, the first being the default",
            default: "the built-in model, where the folder has none either",
            .texts { draft, texts in
                draft.settings.models = try texts.map { text in
                    guard let model = ModelSetting(argument: text) else {
                        throw StartFailure.setting("model", "expected [NAME=]FILE, got '\(text)'")
                    }
                    return model
                }
            }),
        Setting(
            "models", "Folder whose model files are served too, each under its file's name; or none",
            default: "of a daemon that is started by hand without a model: what 'animoctl models get' fetched",
            .text { draft, text in
                guard !text.isEmpty else { throw StartFailure.setting("models", "expected a folder or none, got ''") }
                draft.settings.modelFolder = ModelFolder(text)
            }),
        Setting(
            "listen", "Addresses to listen on, each unix:PATH or tcp:HOST:PORT",
            default:
                "inherited sockets, else \(Address.standard) for root, $XDG_RUNTIME_DIR/animod/animod.sock for others",
            .texts { draft, texts in draft.settings.listen = try texts.map { try address($0, "listen") } }),
        Setting(
            "metrics", "Address that answers GET /metrics over HTTP, for Prometheus",
            .text { draft, text in draft.settings.metrics = try address(text, "metrics") }),
        Setting(
            "agent", "Address that answers HAProxy's agent check: ready, drain or maint",
            .text { draft, text in draft.settings.agent = try address(text, "agent") }),
        Setting(
            "threads", "Compute threads", default: "one for each core",
            .integer(Settings.threadCounts) { $0.settings.threads = $1 }),
        Setting(
            "insecure", "Permission to serve public TCP addresses without TLS or token", default: "false",
            .flag { $0.settings.insecure = $1 }),
        Setting(
            "drain_seconds", "Time that a stop waits for accepted work, in seconds", default: "30",
            .number(0...3600) { $0.settings.drainSeconds = $1 }),
    ]

    private static let limits: [Setting] = [
        Setting(
            "limits.frame_bytes", "Longest frame, in bytes", default: "\(standard.limits.frameBytes)",
            .integer(65_536...16_777_215) { $0.settings.limits.frameBytes = $1 }),
        Setting(
            "limits.picture_pixels", "Largest picture, in pixels", default: "\(standard.limits.picturePixels)",
            .integer(1024...67_108_864) { $0.settings.limits.picturePixels = $1 }),
        Setting(
            "limits.picture_side", "Longest side of a picture, in pixels", default: "\(standard.limits.pictureSide)",
            .integer(32...32_768) { $0.settings.limits.pictureSide = $1 }),
        Setting(
            "limits.sessions", "Live sessions", default: "\(standard.limits.sessions)",
            .integer(1...10_000) { $0.settings.limits.sessions = $1 }),
        Setting(
            "limits.queue_seconds", "Work that may wait, in seconds of computing",
            default: "\(Int(standard.limits.queueSeconds))",
            .number(0.01...3600) { $0.settings.limits.queueSeconds = $1 }),
        Setting(
            "limits.source_cache_bytes", "Memory of prepared sources that are kept, in bytes",
            default: "\(standard.limits.sourceCacheBytes)",
            .integer(0...1 << 40) { $0.settings.limits.sourceCacheBytes = $1 }),
        Setting(
            "limits.request_bytes",
            "Memory of all requests in flight, in bytes; a client may hold three times what is free, so three quarters "
                + "when alone; incomplete frames may hold as much again, and so may sources that only sessions still hold",
            default: "\(standard.limits.requestBytes)",
            .integer(1_048_576...1 << 40) { $0.settings.limits.requestBytes = $1 }),
        Setting(
            "limits.peer_connections",
            "Connections of one peer: a user, a certificate or a host, to which all behind one balancer belong; 1024 in "
                + "all, 16 of them for administrators only",
            default: "\(standard.limits.connectionsOfPeer)",
            .integer(1...10_000) { $0.settings.limits.peerConnections = $1 }),
        Setting(
            "limits.peer_sessions", "Live sessions of one peer", default: "three quarters of limits.sessions",
            .integer(1...10_000) { $0.settings.limits.peerSessions = $1 }),
        Setting(
            "limits.peer_calls", "Calls of one peer in flight", default: "as many as there are",
            .integer(1...100_000) { $0.settings.limits.peerCalls = $1 }),
    ]

    private static let sockets: [Setting] = [
        Setting(
            "socket.mode", "Mode of Unix sockets that the daemon makes, in octal digits such as \"0660\"",
            default: "the umask's",
            .text { draft, text in
                guard let mode = UInt16(text, radix: 8), mode <= 0o777 else {
                    throw StartFailure.setting("socket.mode", "expected octal digits such as \"0660\", got '\(text)'")
                }
                draft.settings.socketMode = mode
            }),
        Setting(
            "socket.group", "Group of Unix sockets that the daemon makes", default: "the daemon's",
            .text { $0.settings.socketGroup = try Accounts.group($1, key: "socket.group") }),
    ]

    private static let access: [Setting] = [
        Setting(
            "access.serve.users", "Users who may call over a Unix socket", default: "whoever can open it",
            .texts { draft, names in
                draft.serve.users = try names.map { try Accounts.user($0, key: "access.serve.users") }
            }),
        Setting(
            "access.serve.groups", "Groups whose members may call over a Unix socket", default: "whoever can open it",
            .texts { draft, names in
                draft.serve.groups = try names.map { try Accounts.group($0, key: "access.serve.groups") }
            }),
        Setting(
            "access.serve.certificates", "Common names of certificates that may call over TLS",
            default: "all of tls.client_ca", .texts { $0.serve.certificates = $1 }),
        Setting(
            "access.admin.users", "Users who may also ask for status, reload, drain and verify",
            default: "the daemon's owner and root",
            .texts { draft, names in
                draft.admin.users = try names.map { try Accounts.user($0, key: "access.admin.users") }
            }),
        Setting(
            "access.admin.groups", "Groups whose members may also ask for these", default: "none",
            .texts { draft, names in
                draft.admin.groups = try names.map { try Accounts.group($0, key: "access.admin.groups") }
            }),
        Setting(
            "access.admin.certificates", "Common names of certificates that may also ask for these", default: "none",
            .texts { $0.admin.certificates = $1 }),
    ]

    private static let security: [Setting] = [
        Setting("tls.certificate", "PEM file of the server's certificate chain", .text { $0.certificate = $1 }),
        Setting("tls.key", "PEM file of its key, readable by the owner only", .text { $0.key = $1 }),
        Setting(
            "tls.client_ca", "PEM file of the authority whose clients are admitted", .text { $0.clientAuthority = $1 }),
        Setting(
            "token_file", "File of bearer tokens of 16 characters at least, a line each, readable by the owner only",
            .text { $0.tokens = try Secrets.tokens(in: $1) }),
    ]

    private static func address(_ text: String, _ key: String) throws -> Address {
        do throws(AddressError) { return try Address(parsing: text) } catch {
            throw StartFailure.setting(key, error.message)
        }
    }
}
