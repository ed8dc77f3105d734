import AnimoCLI
import AnimoClient
import AnimoFiles
import AnimoLoad
import AnimoStudio
import AnimoWire
import ArgumentParser
import Foundation

struct Studio: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Open a web page: heads, sliders, webcam, an overlay for broadcasts.",
        discussion: """
            Examples:
              animoctl studio
              animoctl studio --listen tcp:127.0.0.1:7480 --no-open
              animoctl studio --folder ~/characters

            Talks to the daemon like any client; where none is reachable it starts one of
            its own, on the built-in model and on what 'animoctl models get' has fetched,
            and ends it with itself. The printed address holds a token: whoever has it may
            use the page. Ctrl-C ends it.
            """)

    @OptionGroup var connection: ConnectionOptions

    @Option(help: ArgumentHelp("Where to serve the page.", valueName: "tcp:HOST:PORT"))
    var listen = "tcp:127.0.0.1:7480"

    @Option(help: ArgumentHelp("A folder of pictures to choose heads from.", valueName: "folder"))
    var folder: String?

    @Flag(name: .customLong("no-open"), help: "Do not open a browser.")
    var staysClosed = false

    @Flag(help: "Serve at an address that others reach. Browsers give no camera to such a page.")
    var insecure = false

    func run() async throws {
        let (host, port) = try place()
        let offered = try pictures()
        let (address, daemon) = try await reach()
        defer { daemon?.stop() }
        let credentials = try connection.credentials()
        let configuration = StudioServer.Configuration(
            host: host, port: port, overlayToken: try OverlayToken.kept(), pictures: offered)
        let server = StudioServer(configuration) {
            try await AnimoClient.connect(to: address, retry: .never, credentials: credentials)
        }
        do {
            try await server.run { page, overlay in
                Self.announce(page, overlay)
                if !staysClosed { Self.openBrowser(page) }
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw Failure(
                .unavailable, "\(listen) cannot be listened on: \(error)",
                hint: "another studio may be open there; choose a port with --listen tcp:127.0.0.1:PORT")
        }
    }

    /// The folder's pictures, the first by name where there are many.
    private func pictures() throws -> [FolderPicture] {
        guard let folder else { return [] }
        guard let names = Folder.names(in: folder) else {
            throw Failure(.notFound, "--folder: expected a readable folder, got '\(folder)'")
        }
        let found = names.filter { name in
            [".png", ".jpg", ".jpeg", ".webp"].contains { name.lowercased().hasSuffix($0) }
        }
        guard !found.isEmpty else {
            throw Failure(.notFound, "--folder: expected PNG, JPEG or WebP pictures, got none in '\(folder)'")
        }
        if found.count > FolderPicture.limit {
            Terminal.note("animoctl: the first \(FolderPicture.limit) of \(found.count) pictures are offered")
        }
        return found.prefix(FolderPicture.limit).map { name in
            FolderPicture(name: name.printablePath) { try InputFile.read("\(folder)/\(name)", as: "--folder") }
        }
    }

    private func place() throws -> (host: String, port: Int) {
        guard case .tcp(let host, let port)? = try? Address(parsing: listen) else {
            throw Failure(.usage, "--listen: expected tcp:HOST:PORT, got '\(listen)'")
        }
        let isLoopback = ["localhost", "::1"].contains(host) || host.hasPrefix("127.")
        guard isLoopback || insecure else {
            throw Failure(
                .usage, "--listen: \(host) can be reached by others; expected a loopback address or --insecure",
                hint: "browsers give no camera to a page that is neither local nor HTTPS")
        }
        return (host, port)
    }

    /// The daemon asked for, the one that is there, or one of our own.
    private func reach() async throws -> (Address, PrivateDaemon?) {
        let address = try connection.address()
        do {
            let client = try await AnimoClient.connect(
                to: address, retry: .never, credentials: try connection.credentials())
            await client.close()
            return (address, nil)
        } catch let error as RPCError where error.code == .unavailable {
            guard !connection.isNamed, let executable = DaemonExecutable.find() else {
                throw Failure(
                    .unavailable, error.message,
                    hint: "start one with 'animod', or leave --connect out for one of its own")
            }
            return try await Self.start(executable)
        }
    }

    /// A daemon of one's own, on the built-in model and whatever weights were fetched.
    private static func start(_ executable: String) async throws -> (Address, PrivateDaemon?) {
        let daemon = try PrivateDaemon(executable: executable)
        Interruption.beforeExit { daemon.stop() }
        do {
            await (try daemon.connection()).close()
        } catch let error as PrivateDaemon.Failure {
            daemon.stop()
            throw error
        }
        Terminal.note("animoctl: no daemon is reachable; started one, which ends with the studio")
        let faces = "\(WeightsFolder.standard)/\(CharacterDemonstration.faces).safetensors"
        if faces.withPathBytes({ access($0, R_OK) }) != 0 {
            Terminal.note("animoctl: webcams and photographs drive with a face tracker: animoctl models get face")
        }
        return (daemon.address, daemon)
    }

    private static func announce(_ page: String, _ overlay: String) {
        try? Terminal.print(
            """
            studio   \(page)
            overlay  \(overlay)
            Ctrl-C ends it.

            """)
    }

    /// Opens the page in the user's browser, on a desktop.
    private static func openBrowser(_ page: String) {
        let environment = ProcessInfo.processInfo.environment
        guard environment["DISPLAY"] != nil || environment["WAYLAND_DISPLAY"] != nil else { return }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["xdg-open", page]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try? process.run()
    }
}
