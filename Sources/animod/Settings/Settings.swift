import AnimoServer
import AnimoWire
import ArgumentParser
import Foundation
import Systemd

/// `[NAME=]FILE`: without a name the model is called as its file is.
struct ModelSetting: Sendable, ExpressibleByArgument {
    let name: String
    let path: String

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1)
        let named = parts.count == 2 && !parts[0].contains("/")
        path = named ? String(parts[1]) : argument
        name = named ? String(parts[0]) : URL(fileURLWithPath: argument).deletingPathExtension().lastPathComponent
        guard !path.isEmpty, ModelSetting.isName(name) else { return nil }
    }

    /// A file of a folder, called as it is.
    init?(file: String, in folder: String) {
        path = "\(folder)/\(file)"
        name = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
        guard ModelSetting.isName(name) else { return nil }
    }

    /// Letters, digits, dot, dash and underscore, 64 at most.
    static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || [0x2E, 0x2D, 0x5F].contains(byte)
            }
    }
}

extension Address {
    /// As an option takes it.
    static func argument(_ text: String) throws -> Address {
        do { return try Address(parsing: text) } catch { throw ValidationError(error.message) }
    }
}

/// A folder whose model files are all served, each under its file's name.
enum ModelFolder: Sendable, Equatable {
    /// The one of `animoctl models get`, beside the built-in model: where no model is named and no service manager
    /// starts the daemon.
    case standard
    case none
    case path(String)

    /// A folder, or the word none.
    init(_ text: String) { self = text == "none" ? .none : .path(text) }
}

/// All settings, by flags or by the file.
struct Settings: Sendable {
    static let threadCounts = 1...256

    var models: [ModelSetting] = []
    var modelFolder = ModelFolder.standard
    var listen: [Address] = []
    var metrics: Address?
    var agent: Address?
    var threads = min(ProcessInfo.processInfo.activeProcessorCount, threadCounts.upperBound)
    var insecure = false
    var limits = ServerLimits()
    var access = AccessPolicy()
    var security: TransportSecurity?
    var hasTokens = false
    var drainSeconds = 30.0
    var socketMode: UInt16?
    var socketGroup: UInt32?

    /// Checks the settings against each other, where no single value is wrong by itself.
    func check() throws {
        let names = models.map(\.name)
        if let twice = names.first(where: { name in names.filter { $0 == name }.count > 1 }) {
            throw StartFailure.setting("model", "expected a different name for each model, got '\(twice)' twice")
        }
        if hasTokens, security == nil, !insecure, listen.contains(where: { ListenerSource.address($0).isOpenToOthers })
        {
            throw StartFailure.setting(
                "token_file", "token_file on a public TCP address requires tls.*")
        }
        if !access.serve.certificates.isEmpty || !access.admin.certificates.isEmpty, security?.knowsClients != true {
            throw StartFailure.setting(
                access.serve.certificates.isEmpty ? "access.admin.certificates" : "access.serve.certificates",
                "certificates require tls.client_ca, which verifies them; got none")
        }
        for (key, addresses) in [("listen", listen), ("metrics", [metrics]), ("agent", [agent])]
            as [(String, [Address?])]
        {
            for case let address? in addresses { try checkReach(.address(address), key: key, name: "\(address)") }
        }
    }

    /// Callers on other machines are admitted only where that was asked for; nor does a list of users hold over TCP,
    /// where
    /// the caller's user is unknown.
    private func checkReach(_ source: ListenerSource, key: String, name: String) throws {
        let isRestricted = !(access.serve.users + access.serve.groups).isEmpty
        if source.isTCP, key != "metrics", key != "agent", name != "metrics", name != "agent", isRestricted, !insecure,
            security?.knowsClients != true, !hasTokens
        {
            throw StartFailure.setting(
                key,
                "every user of this machine can reach \(name), in spite of access.serve; expected a Unix socket, "
                    + "token_file, tls with client_ca, or --insecure")
        }
        guard source.isOpenToOthers, !insecure else { return }
        let isForCallers = !["metrics", "agent"].contains(key) && !["metrics", "agent"].contains(name)
        if isForCallers, let security, security.knowsClients || hasTokens { return }
        throw StartFailure.setting(
            key,
            "other machines can reach \(name); expected a loopback address, "
                + (isForCallers ? "tls with client_ca or token_file, " : "") + "or --insecure")
    }

    /// The server's configuration: the configured addresses, beside the sockets of the service manager.
    func server(version: String) throws -> ServerConfiguration {
        let inherited: [InheritedSocket]
        do throws(InheritedSocketError) {
            inherited = try ServiceManager.inheritedSockets()
        } catch {
            throw StartFailure(.configuration, "\(error)")
        }
        var server = ServerConfiguration(listeners: [], version: version, threads: threads)
        for socket in inherited {
            let source = ListenerSource.inherited(descriptor: socket.descriptor)
            try checkReach(source, key: "inherited socket", name: socket.name)
            switch socket.name {
            case "serve", "tcp", "unknown", "animod.socket": server.listeners.append(source)
            case "metrics": server.metrics.append(source)
            case "agent": server.agent.append(source)
            default:
                throw StartFailure(
                    .configuration,
                    "inherited socket '\(socket.name)': expected the name serve, tcp, metrics or agent")
            }
        }
        server.listeners += listen.map(ListenerSource.address)
        if server.listeners.isEmpty { server.listeners = [.address(try UsualAddress.prepared())] }
        if let metrics { server.metrics.append(.address(metrics)) }
        if let agent { server.agent.append(.address(agent)) }
        server.limits = limits
        server.access = access
        server.security = security
        server.drainSeconds = drainSeconds
        server.socketMode = socketMode
        server.socketGroup = socketGroup
        return server
    }
}
