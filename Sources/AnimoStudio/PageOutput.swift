import AnimoJSON
import NIOCore
import NIOWebSocket

/// Message to a page.
enum PageOutput: Sendable {
    /// A JSON object whose `kind` names the message.
    case text(JSONValue)
    /// A picture and what belongs to it: length of the JSON u32, little-endian, the JSON, the file.
    case picture(JSONValue, [UInt8])

    /// The message as one WebSocket frame, text or binary.
    var frame: WebSocketFrame {
        switch self {
        case .text(let value):
            return WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: value.text))
        case .picture(let facts, let bytes):
            let text = Array(facts.text.utf8)
            var data = ByteBuffer()
            data.reserveCapacity(4 + text.count + bytes.count)
            data.writeInteger(UInt32(text.count), endianness: .little)
            data.writeBytes(text)
            data.writeBytes(bytes)
            return WebSocketFrame(fin: true, opcode: .binary, data: data)
        }
    }
}
