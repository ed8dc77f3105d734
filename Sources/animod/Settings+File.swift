import AnimoMotion
import AnimoServer
import AnimoWire
import Configuration
import Foundation
import SystemPackage

/// The JSON file: `product.md`, Configuration. An unknown key, a wrong type or a value out of range is an error.
extension Settings {
    init(file path: String) async throws {
        let values = try Self.flattened(try Self.object(in: path), prefix: "")
        let reader: ConfigReader
        do {
            reader = ConfigReader(provider: try await FileProvider<JSONSnapshot>(filePath: FilePath(path)))
        } catch {
            throw StartFailure(
                code: .configuration, "configuration: expected strings, numbers, booleans and lists of strings")
        }
        self.init()
        try apply(SettingsReader(reader: reader, values: values))
    }

    private static let keys: Set<String> = [
        "model", "listen", "metrics", "agent", "threads", "insecure", "drain_seconds", "token_file",
        "limits.frame_bytes", "limits.picture_pixels", "limits.picture_side", "limits.sessions",
        "limits.queue_seconds", "limits.source_cache_bytes", "limits.request_bytes",
        "socket.mode", "socket.group", "tls.certificate", "tls.key", "tls.client_ca",
        "limits.peer_connections", "limits.peer_sessions", "limits.peer_calls",
        "access.serve.users", "access.serve.groups", "access.serve.certificates",
        "access.admin.users", "access.admin.groups", "access.admin.certificates",
    ]

    private mutating func apply(_ reader: SettingsReader) throws {
        if let texts = try reader.strings("model") {
            models = try texts.map { text in
                guard let model = ModelSetting(argument: text) else {
                    throw StartFailure.setting("model", "expected [NAME=]FILE, got '\(text)'")
                }
                return model
            }
        }
        if let texts = try reader.strings("listen") {
            listen = try texts.map { try Self.address($0, key: "listen") }
        }
        metrics = try address("metrics", reader)
        agent = try address("agent", reader)
        threads = try reader.integer("threads", in: Settings.threadCounts) ?? threads
        insecure = try reader.flag("insecure") ?? insecure
        drainSeconds = try reader.number("drain_seconds", in: 0...3600) ?? drainSeconds
        limits.frameBytes = try reader.integer("limits.frame_bytes", in: 65_536...16_777_215) ?? limits.frameBytes
        limits.picturePixels =
            try reader.integer("limits.picture_pixels", in: 1024...67_108_864) ?? limits.picturePixels
        limits.pictureSide = try reader.integer("limits.picture_side", in: 32...32_768) ?? limits.pictureSide
        limits.sessions = try reader.integer("limits.sessions", in: 1...10_000) ?? limits.sessions
        limits.queueSeconds = try reader.number("limits.queue_seconds", in: 0.01...3600) ?? limits.queueSeconds
        limits.sourceCacheBytes =
            try reader.integer("limits.source_cache_bytes", in: 0...(1 << 40)) ?? limits.sourceCacheBytes
        limits.peerConnections = try reader.integer("limits.peer_connections", in: 1...10_000)
        limits.peerSessions = try reader.integer("limits.peer_sessions", in: 1...10_000)
        limits.peerCalls = try reader.integer("limits.peer_calls", in: 1...100_000)
        limits.requestBytes =
            try reader.integer("limits.request_bytes", in: 1_048_576...(1 << 40)) ?? limits.requestBytes
        if let text = try reader.string("socket.mode") {
            guard let mode = UInt16(text, radix: 8), mode <= 0o777 else {
                throw StartFailure.setting("socket.mode", "expected octal digits such as \"0660\", got '\(text)'")
            }
            socketMode = mode
        }
        if let name = try reader.string("socket.group") { socketGroup = try Accounts.group(name, key: "socket.group") }
        let tokens = try reader.string("token_file").map { try Secrets.tokens(in: $0) } ?? []
        hasTokens = !tokens.isEmpty
        access = AccessPolicy(
            serve: try list("access.serve", reader), admin: try list("access.admin", reader), tokens: tokens)
        security = try security(reader)
    }

    private func security(_ reader: SettingsReader) throws -> TransportSecurity? {
        let keys = ["tls.certificate", "tls.key", "tls.client_ca"]
        guard let given = keys.first(where: reader.has) else { return nil }
        guard TransportSecurity.isBuiltIn else {
            throw StartFailure.setting(given, "this build has no TLS; one made with --traits TLS has")
        }
        guard let certificate = try reader.string("tls.certificate"), let key = try reader.string("tls.key") else {
            throw StartFailure.setting(given, "expected tls.certificate and tls.key together")
        }
        let authority = try reader.string("tls.client_ca").map { try Secrets.path($0, key: "tls.client_ca") }
        let certificateFile = try Secrets.path(certificate, key: "tls.certificate")
        let keyFile = try Secrets.path(key, key: "tls.key")
        try Secrets.checkIsPrivate(keyFile, key: "tls.key")
        do throws(TransportSecurityError) {
            return try TransportSecurity(
                certificate: certificateFile, key: keyFile, clientAuthority: authority, admitsStrangers: hasTokens)
        } catch {
            throw StartFailure.setting("tls.\(error.setting)", error.message)
        }
    }

    private func address(_ key: String, _ reader: SettingsReader) throws -> Address? {
        try reader.string(key).map { try Self.address($0, key: key) }
    }

    private static func address(_ text: String, key: String) throws -> Address {
        do throws(AddressError) { return try Address(parsing: text) } catch {
            throw StartFailure.setting(key, error.message)
        }
    }

    private func list(_ key: String, _ reader: SettingsReader) throws -> AccessPolicy.List {
        AccessPolicy.List(
            users: try (reader.strings("\(key).users") ?? []).map { try Accounts.user($0, key: "\(key).users") },
            groups: try (reader.strings("\(key).groups") ?? []).map { try Accounts.group($0, key: "\(key).groups") },
            certificates: try reader.strings("\(key).certificates") ?? [])
    }

    private static func object(in path: String) throws -> [String: Any] {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw StartFailure(code: .noInput, "configuration: '\(path)' cannot be read: \(reason)")
        }
        guard let data = try? FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).readToEnd() ?? Data() else {
            throw StartFailure(code: .noInput, "configuration: '\(path)' cannot be read: expected a file")
        }
        do {
            guard let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
                throw StartFailure(
                    code: .configuration, "configuration: '\(path)': expected a JSON object, got another value")
            }
            return object
        } catch let failure as StartFailure {
            throw failure
        } catch {
            let reason = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String
            throw StartFailure(
                code: .configuration,
                "configuration: '\(path)': expected a JSON object: \(reason ?? error.localizedDescription)")
        }
    }

    /// The values by their whole keys, of which every one is known.
    private static func flattened(_ object: [String: Any], prefix: String) throws -> [String: Any] {
        var values: [String: Any] = [:]
        for (name, value) in object.sorted(by: { $0.key < $1.key }) {
            let key = prefix + name
            if keys.contains(key) {
                values[key] = value
            } else if keys.contains(where: { $0.hasPrefix(key + ".") }) {
                guard let nested = value as? [String: Any] else {
                    throw StartFailure.setting(
                        key, "expected an object of settings, got \(SettingsReader.words(value))")
                }
                values.merge(try flattened(nested, prefix: key + ".")) { $1 }
            } else {
                let nearest = keys.min { EditDistance.between(key, $0) < EditDistance.between(key, $1) } ?? ""
                throw StartFailure.setting(key, "unknown key; the nearest is '\(nearest)'")
            }
        }
        return values
    }
}

/// Typed values of keys that are present, each within its range.
private struct SettingsReader {
    let reader: ConfigReader
    /// As they stand in the file.
    let values: [String: Any]

    func has(_ key: String) -> Bool { values[key] != nil }

    /// A value as the file has it, shortened.
    static func words(_ value: Any) -> String {
        let options: JSONSerialization.WritingOptions = [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? JSONSerialization.data(withJSONObject: value, options: options) else {
            return "another value"
        }
        let text = String(decoding: data, as: UTF8.self)
        return text.count > 60 ? "\(text.prefix(60))…" : text
    }

    func string(_ key: String) throws -> String? {
        try value(key, "a string") { try reader.requiredString(forKey: $0) }
    }

    func strings(_ key: String) throws -> [String]? {
        try value(key, "a list of strings") { try reader.requiredStringArray(forKey: $0) }
    }

    func flag(_ key: String) throws -> Bool? {
        try value(key, "true or false") { try reader.requiredBool(forKey: $0) }
    }

    func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
        let expected = "an integer from \(range.lowerBound) to \(range.upperBound)"
        guard let value = try value(key, expected, { try reader.requiredInt(forKey: $0) }) else { return nil }
        guard range.contains(value) else { throw StartFailure.setting(key, "expected \(expected), got \(value)") }
        return value
    }

    func number(_ key: String, in range: ClosedRange<Double>) throws -> Double? {
        let expected = "a number from \(range.lowerBound) to \(range.upperBound)"
        let read = try value(key, expected) { key in
            do { return try reader.requiredDouble(forKey: key) } catch {
                return Double(try reader.requiredInt(forKey: key))
            }
        }
        guard let value = read else { return nil }
        guard range.contains(value) else { throw StartFailure.setting(key, "expected \(expected), got \(value)") }
        return value
    }

    private func value<Value>(_ key: String, _ expected: String, _ read: (ConfigKey) throws -> Value) throws -> Value? {
        guard has(key) else { return nil }
        do { return try read(ConfigKey(key)) } catch {
            throw StartFailure.setting(key, "expected \(expected), got \(values[key].map(Self.words) ?? "nothing")")
        }
    }
}
