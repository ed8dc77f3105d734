import AnimoClient
import AnimoMotion
import AnimoFakeEngine
import AnimoTestSupport
import AnimoWire
import Logging
import NIOCore
import ServiceLifecycle

@testable import AnimoServer

/// A server on a Unix socket of its own, around a fake engine, for the length of `body`.
///
/// - Parameter configure: changes the configuration; the folder is the server's own.
func withServer<Value: Sendable>(
    engine: FakeEngine = FakeEngine(), limits: ServerLimits = .ofOnePeer, drainSeconds: Double = 5,
    socketBuffers: Int? = nil, timers: (any EventLoop)? = nil,
    load: @escaping @Sendable ([ModelRegistry.Entry]) throws -> [ModelRegistry.Entry] = { $0 },
    configure: (inout ServerConfiguration, TemporaryFolder) -> Void = { _, _ in },
    body: @Sendable (TestServer) async throws -> Value
) async throws -> Value {
    let folder = try TemporaryFolder()
    let address = Address.unix(folder.path("s"))
    var configuration = ServerConfiguration(listeners: [.address(address)], version: "test", threads: 2)
    configuration.limits = limits
    configuration.drainSeconds = drainSeconds
    configuration.socketBuffers = socketBuffers
    configure(&configuration, folder)
    let (serving, tellServing) = AsyncStream<BoundAddresses>.makeStream()
    let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let models = ModelRegistry([.init(name: "fake", engine: engine.engine)])
    let server = Server(configuration, models: models, logger: quiet, load: load, timers: timers) { event in
        if case .serving(let addresses) = event { tellServing.yield(addresses) }
    }
    let group = ServiceGroup(services: [server], logger: quiet)
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        let bound = await next(serving) ?? BoundAddresses()
        do {
            let value = try await body(
                TestServer(address: address, bound: bound, engine: engine, group: group, server: server))
            engine.open()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return value
        } catch {
            engine.open()
            await group.triggerGracefulShutdown()
            throw error
        }
    }
}

extension ServerLimits {
    /// All clients of a test are one peer, which may have all the sessions there are.
    static var ofOnePeer: ServerLimits {
        var limits = ServerLimits()
        limits.peerSessions = limits.sessions
        return limits
    }
}

struct TestServer: Sendable {
    let address: Address
    let bound: BoundAddresses
    let engine: FakeEngine
    let group: ServiceGroup
    let server: Server

    var path: String {
        if case .unix(let path) = address { path } else { "" }
    }

    /// Asks until so many frames have had an outcome.
    func waitForFrames(_ outcome: String, _ count: UInt64) async throws {
        let client = try await client()
        while try await client.status().frames.first(where: { $0.name == outcome })?.value ?? 0 < count {}
        await client.close()
    }

    /// Asks until so many sessions are open, or are being opened.
    func waitForSessions(_ isMet: (UInt32) -> Bool) async throws {
        let client = try await client()
        while try await !isMet(client.status().sessions) {}
        await client.close()
    }

    /// Asks until so many jobs wait for the engine.
    func waitForQueue(_ isMet: (Int) -> Bool) async {
        while !isMet(server.scheduler.backlog.jobs) { await Task.yield() }
    }

    func client() async throws -> AnimoClient { try await AnimoClient.connect(to: address, retry: .never) }
}

extension Wire.SourcePicture {
    /// A 32×32 picture of one colour.
    static func plain(_ red: UInt8, domain: Wire.Domain = .anime) -> Wire.SourcePicture {
        Wire.SourcePicture(picture: .plain(red), domain: domain)
    }
}

extension Wire.Picture {
    static func plain(_ red: UInt8) -> Wire.Picture {
        Wire.Picture(format: .rgb8, data: (0..<32 * 32).flatMap { _ in [red, 0, 0] }, width: 32, height: 32)
    }
}

extension Wire.Driver {
    /// A motion whose first number is `first`.
    static func motion(_ first: Float) -> Wire.Driver {
        Wire.Driver(kind: .motion(Wire.Motion(values: [first] + [Float](repeating: 0, count: 69))))
    }
}

/// The next element, whatever the task.
func next<Element: Sendable>(_ stream: AsyncStream<Element>) async -> Element? {
    for await element in stream { return element }
    return nil
}
