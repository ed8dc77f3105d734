import NIOCore
import NIOWebSocket

/// A WebSocket that shows what is on air, for a broadcaster's browser source. One that does not read is closed, as a
/// page is.
struct OverlaySocket: Sendable {
    /// Pictures on air.
    let broadcast: Broadcast

    /// Writes pictures until the overlay closes or fails to read.
    func serve(_ channel: StudioServer.SocketChannel) async throws {
        try await channel.executeThenClose { inbound, outbound in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await _ in broadcast.changes() {
                        guard let picture = broadcast.last else { continue }
                        try await PageSocket.write(
                            WebSocketFrame(fin: true, opcode: .binary, data: ByteBuffer(bytes: picture)), to: outbound,
                            of: channel.channel)
                    }
                }
                group.addTask {
                    for try await frame in inbound {
                        switch frame.opcode {
                        case .ping: try await outbound.write(.pong(frame.unmaskedData))
                        case .connectionClose:
                            try? await outbound.write(.refusal(1000))
                            return
                        default: continue
                        }
                    }
                }
                try await group.next()
                group.cancelAll()
            }
        }
    }
}
