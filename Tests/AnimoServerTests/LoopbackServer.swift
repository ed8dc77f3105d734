import AnimoFaultInjection
import AnimoFakeEngine
import AnimoWire
import Logging
import NIOCore
import ServiceLifecycle

@testable import AnimoServer

/// A server on a TCP port of its own, around a fake engine, for the length of `body`. Each address of the loopback is
/// a host, and so a peer, of its own.
func withLoopbackServer(limits: ServerLimits, body: @Sendable (Address, Server) async throws -> Void) async throws {
    var configuration = ServerConfiguration(
        listeners: [.address(.tcp(host: "127.0.0.1", port: 0))], version: "test", threads: 2)
    configuration.limits = limits
    let (addresses, bound) = AsyncStream<Address>.makeStream()
    let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = Server(
        configuration, models: ModelRegistry([.init(name: "fake", engine: FakeEngine().engine)]), logger: quiet
    ) { event in
        if case .serving(let addresses) = event, let address = addresses.serving.first { bound.yield(address) }
        bound.finish()
    }
    let group = ServiceGroup(services: [server], logger: quiet)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        do {
            if let address = await next(addresses) { try await body(address, server) }
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
    }
}

extension RawSocket {
    /// One call and its response. Blocks; throws `Ended` where the server hangs up instead.
    func call(_ method: AnimoWire.Method, _ message: some WireMessage, stream: UInt32) throws -> Wire.Response {
        send(.request(.of(method, message), stream: stream))
        return try Wire.Response(decoding: receive().body)
    }

    /// Whether a health check is answered. Blocks.
    func isServed(stream: UInt32 = 1) -> Bool {
        (try? call(.healthCheck, Wire.HealthCheckRequest(), stream: stream)) != nil
    }

    /// Whether the server ends it, without a word. Blocks until something comes.
    func isEnded() -> Bool { (try? receive()) == nil }
}
