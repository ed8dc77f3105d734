import NIOCore
import NIOWebSocket

/// A WebSocket that shows what is on air, for a broadcaster's browser source.
struct OverlaySocket: Sendable {
    let broadcast: Broadcast

    func serve(_ channel: StudioServer.SocketChannel) async throws {
        try await channel.executeThenClose { inbound, outbound in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await picture in broadcast.pictures() {
                        try await outbound.write(
                            WebSocketFrame(fin: true, opcode: .binary, data: ByteBuffer(bytes: picture)))
                    }
                }
                group.addTask {
                    for try await frame in inbound where frame.opcode == .connectionClose { return }
                }
                try await group.next()
                group.cancelAll()
            }
        }
    }
}
