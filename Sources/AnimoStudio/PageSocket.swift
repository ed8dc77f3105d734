import AnimoCLI
import AnimoClient
import AnimoJSON
import AnimoWire
import NIOCore
import NIOWebSocket

/// One page's WebSocket.
///
/// Its results are written as they come; a page that does not read makes the write wait, which makes its own sessions
/// wait, and is closed when it has read nothing for a while.
struct PageSocket: Sendable {
    /// Number of the page in this run, from 1.
    let page: UInt64
    /// Opens a connection to the daemon.
    let connect: @Sendable () async throws -> AnimoClient
    /// Pictures on air.
    let broadcast: Broadcast
    /// Path and query of the overlay.
    let overlay: String
    /// Names of the user's folder's pictures.
    let pictures: [String]

    /// Time limit of writing one message to a page that does not read.
    private static let stallLimit = TimeAmount.seconds(10)

    /// Serves the page until it closes or stalls; then its stage, for as long as overlays show it.
    func serve(_ channel: StudioServer.SocketChannel) async throws {
        var left: (stage: Stage, client: AnimoClient)?
        try? await channel.executeThenClose { inbound, outbound in
            let client = try await reach(outbound)
            let stage = Stage(client: client, page: page, broadcast: broadcast, overlay: overlay, pictures: pictures) {
                output in
                try? await Self.write(output.frame, to: outbound, of: channel.channel)
            }
            left = (stage, client)
            broadcast.enter(page)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await stage.greet()
                    try await report(client, stage, outbound, channel.channel)
                }
                group.addTask { try await read(inbound, outbound, of: channel.channel, stage) }
                // The first to end ends the other.
                defer { group.cancelAll() }
                try await group.next()
            }
        }
        guard let (stage, client) = left else { return }
        if let watched = broadcast.closed(page) {
            await stage.goOnAlone()
            for await _ in watched {}
        }
        await stage.end()
        await client.close()
    }

    /// A connection to the daemon, for as long as it takes.
    private func reach(_ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>) async throws -> AnimoClient {
        while true {
            do { return try await connect() } catch is CancellationError {
                throw CancellationError()
            } catch {
                try await outbound.write(
                    PageOutput.text(.object(["kind": "daemon", "state": "lost", "message": .string("\(error)")])).frame)
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func read(
        _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>,
        _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>, of channel: any Channel,
        _ stage: Stage
    ) async throws {
        for try await frame in inbound {
            switch frame.opcode {
            case .text, .binary:
                do throws(PageMessage.Malformed) {
                    let message =
                        frame.opcode == .text
                        ? try PageMessage(text: Array(frame.unmaskedData.readableBytesView))
                        : try PageMessage(binary: frame.unmaskedData)
                    await stage.receive(message)
                } catch {
                    try await Self.write(
                        PageOutput.text(.object(["kind": "malformed", "message": .string(error.description)])).frame,
                        to: outbound, of: channel)
                }
            case .ping: try await Self.write(.pong(frame.unmaskedData), to: outbound, of: channel)
            case .connectionClose:
                try? await outbound.write(.refusal(1000))
                return
            default: continue
            }
        }
    }

    /// The daemon's state each second, for the engine's drawer.
    private func report(
        _ client: AnimoClient, _ stage: Stage, _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>,
        _ channel: any Channel
    ) async throws {
        var isLost = false
        while true {
            do {
                let status = try await client.status(timeout: .seconds(5))
                if isLost {
                    isLost = false
                    try await Self.write(
                        PageOutput.text(.object(["kind": "daemon", "state": "back"])).frame, to: outbound, of: channel)
                    // It may serve other models now.
                    try await stage.greet()
                }
                try await Self.write(PageOutput.text(engine(status)).frame, to: outbound, of: channel)
            } catch let error as RPCError where error.code == .permissionDenied {
                return try await Task.sleep(for: .seconds(1 << 30))
            } catch let error as RPCError where error.code == .resourceExhausted {
                // Busy is not lost.
            } catch let error as RPCError {
                isLost = true
                try await Self.write(
                    PageOutput.text(
                        .object(["kind": "daemon", "state": "lost", "message": .string(error.message)])
                    ).frame,
                    to: outbound, of: channel)
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func engine(_ status: Wire.StatusReply) -> JSONValue {
        func counters(_ counters: [Wire.Counter]) -> JSONValue {
            var object = JSONObject()
            for counter in counters { object[counter.name] = .count(counter.value) }
            return .object(object)
        }
        return .object([
            "kind": "engine", "state": .string(status.state), "uptime": .measured(status.uptimeSeconds, digits: 0),
            "threads": .count(status.threads), "resident": .count(status.residentBytes),
            "sessions": .count(status.sessions), "connections": .count(status.connections),
            "queued": .count(status.queued), "queued_seconds": .measured(status.queuedSeconds),
            "compute_p50_ms": .measured(status.computeP50Ms), "compute_p99_ms": .measured(status.computeP99Ms),
            "viewers": .integer(broadcast.viewerCount), "frames": counters(status.frames),
            "batches": counters(status.batches),
            "cache_bytes": .count(status.sources?.bytes ?? 0), "cache_budget": .count(status.sources?.budget ?? 0),
        ])
    }

    /// Writes, and closes a page that has not made room in time.
    static func write(
        _ frame: WebSocketFrame, to outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>, of channel: any Channel
    ) async throws {
        let timeout = channel.eventLoop.scheduleTask(in: stallLimit) { channel.close(promise: nil) }
        defer { timeout.cancel() }
        try await outbound.write(frame)
    }
}
