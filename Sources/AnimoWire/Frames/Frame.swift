import NIOCore

/// One frame of ttrpc: ten bytes of header and a body that is one protobuf message.
///
/// ```
///  0        4          8      9       10
///  | length | stream   | type | flags | body (length bytes) |
///  | u32 BE | u32 BE   | u8   | u8    | protobuf            |
/// ```
public struct Frame: Sendable, Equatable {
    /// Type of a frame.
    public enum Kind: UInt8, Sendable {
        case request = 1
        case response = 2
        case data = 3
    }

    /// Flags of a frame.
    public struct Flags: OptionSet, Sendable, Hashable {
        /// The flags' bits.
        public let rawValue: UInt8
        /// Creates flags from their bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The sender's last frame on this stream.
        public static let remoteClosed = Flags(rawValue: 1)
        /// The sender will go on with data.
        public static let remoteOpen = Flags(rawValue: 2)
        /// The body is no message.
        public static let noData = Flags(rawValue: 4)
    }

    /// Bytes of a header.
    public static let headerLength = 10
    /// Longer ones cannot be told from other protocols: the first byte of a header is always 0.
    public static let largestBody = 0xFF_FFFF
    /// Largest frame that a daemon accepts unless configured otherwise, in bytes.
    public static let defaultLimit = 4 << 20

    /// Number of the stream, odd.
    public var stream: UInt32
    /// Type of the frame.
    public var kind: Kind
    /// Flags of the frame.
    public var flags: Flags
    /// At most `largestBody` bytes.
    public var body: ByteBuffer

    /// Creates one from its fields.
    public init(stream: UInt32, kind: Kind, flags: Flags = [], body: ByteBuffer = ByteBuffer()) {
        self.stream = stream
        self.kind = kind
        self.flags = flags
        self.body = body
    }

    /// Writes header and body.
    public func write(into output: inout ByteBuffer) {
        output.reserveCapacity(minimumWritableBytes: Frame.headerLength + body.readableBytes)
        writeHeader(into: &output)
        output.writeImmutableBuffer(body)
    }

    /// The header alone, for writers that hand the body to the socket as it is.
    public var header: ByteBuffer {
        var header = ByteBufferAllocator().buffer(capacity: Frame.headerLength)
        writeHeader(into: &header)
        return header
    }

    private func writeHeader(into output: inout ByteBuffer) {
        output.writeInteger(UInt32(truncatingIfNeeded: body.readableBytes))
        output.writeInteger(stream)
        output.writeInteger(kind.rawValue)
        output.writeInteger(flags.rawValue)
    }
}

extension Frame {
    /// A request; `flags` is empty for a unary call.
    public static func request(_ request: Wire.Request, stream: UInt32, flags: Flags = []) -> Frame {
        Frame(stream: stream, kind: .request, flags: flags, body: request.encodedBuffer())
    }

    /// The answer to a unary call, or the early end of a stream.
    public static func response(_ response: Wire.Response, stream: UInt32) -> Frame {
        Frame(stream: stream, kind: .response, body: response.encodedBuffer())
    }

    /// The successful answer to a unary call.
    public static func reply(_ message: some WireMessage, stream: UInt32) -> Frame {
        response(Wire.Response(payload: message.encoded()), stream: stream)
    }

    /// The answer to a call that failed, or the end of a stream by an error.
    public static func failure(_ error: RPCError, stream: UInt32) -> Frame {
        response(Wire.Response(status: error.status), stream: stream)
    }

    /// One message of a stream.
    public static func data(_ message: some WireMessage, stream: UInt32, flags: Flags = []) -> Frame {
        Frame(stream: stream, kind: .data, flags: flags, body: message.encodedBuffer())
    }

    /// The sender's half of a stream is over; from the server this ends it well.
    public static func end(stream: UInt32) -> Frame {
        Frame(stream: stream, kind: .data, flags: [.remoteClosed, .noData])
    }
}
