import CAnimoMessages
import NIOCore

/// A message with its counterpart among libprotobuf-c's structs; conforming extensions are generated.
protocol ProtobufConvertible: WireMessage {
    /// The C struct; its first member is `base`.
    associatedtype Raw

    /// Makes `raw` an empty message that knows its descriptor.
    static func initialise(_ raw: UnsafeMutablePointer<Raw>)

    /// Copies everything out of `raw`.
    init(_ raw: Raw) throws(MessageError)

    /// Copies everything into `raw`, which was initialised; what it points to is owned by `memory`.
    func fill(_ raw: inout Raw, _ memory: inout ProtobufMemory)
}

extension ProtobufConvertible {
    /// Unpacks by libprotobuf-c, within a bounded memory.
    public init(unpacking bytes: UnsafeRawBufferPointer) throws(MessageError) {
        self = try ProtobufReader.unpack(bytes)
    }

    /// Packs by libprotobuf-c.
    public func encoded() -> [UInt8] {
        var memory = ProtobufMemory()
        guard let raw = memory.message(self) else { return [] }
        let base = UnsafeMutableRawPointer(raw).assumingMemoryBound(to: ProtobufCMessage.self)
        return [UInt8](unsafeUninitializedCapacity: protobuf_c_message_get_packed_size(base)) { output, count in
            count = output.baseAddress.map { protobuf_c_message_pack(base, $0) } ?? 0
        }
    }

    /// Packs the message into a buffer of its own.
    public func encodedBuffer() -> ByteBuffer {
        var memory = ProtobufMemory()
        guard let raw = memory.message(self) else { return ByteBuffer() }
        let base = UnsafeMutableRawPointer(raw).assumingMemoryBound(to: ProtobufCMessage.self)
        let size = protobuf_c_message_get_packed_size(base)
        var buffer = ByteBufferAllocator().buffer(capacity: size)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { output in
            output.baseAddress.map { protobuf_c_message_pack(base, $0.assumingMemoryBound(to: UInt8.self)) } ?? 0
        }
        return buffer
    }
}
