import NIOCore

/// The messages of `Protos/` as plain values: `Wire.Picture`, `Wire.ReenactRequest`, …
///
/// Names are protobuf's in lower camel case, without the prefixes its enums need. 0, empty and
/// false mean the default; an absent message is nil; `Any` is `AnyMessage`.
public enum Wire {}

/// A message that travels as protobuf.
public protocol WireMessage: Sendable, Equatable {
    /// Reads the message from exactly these bytes, which may come from anyone.
    init(unpacking bytes: UnsafeRawBufferPointer) throws(MessageError)

    func encoded() -> [UInt8]

    /// As `encoded`, in a buffer of its own.
    func encodedBuffer() -> ByteBuffer
}

extension WireMessage {
    /// Reads the message from all of `bytes`.
    public init(decoding bytes: [UInt8]) throws(MessageError) {
        self = try bytes.withUnsafeBytes { bytes in
            Result { () throws(MessageError) -> Self in try Self(unpacking: bytes) }
        }.get()
    }

    /// Reads the message from all readable bytes of `buffer`.
    public init(decoding buffer: ByteBuffer) throws(MessageError) {
        self = try buffer.withUnsafeReadableBytes { bytes in
            Result { () throws(MessageError) -> Self in try Self(unpacking: bytes) }
        }.get()
    }
}

/// Reason why bytes are not the message they should be.
public enum MessageError: Error, Equatable, CustomStringConvertible {
    /// Not protobuf, or fields of the wrong types.
    case malformed(message: String)
    /// An enum's number that this version does not know.
    case unknownNumber(field: String, number: Int32)
    /// A string that is not UTF-8.
    case notText(field: String)
    /// Would need many times the memory that its bytes take: a bomb of tiny fields.
    case tooManyFields(message: String)

    /// The field or message it is about, as Protos/ spells it.
    public var field: String {
        switch self {
        case .malformed(let name), .tooManyFields(let name), .unknownNumber(let name, _), .notText(let name): name
        }
    }

    /// Text for a person.
    public var description: String {
        switch self {
        case .malformed(let message): "expected the protobuf message \(message), got bytes that are none"
        case .unknownNumber(let field, let number): "\(field): expected a number of its enum, got \(number)"
        case .notText(let field): "\(field): expected UTF-8, got other bytes"
        case .tooManyFields(let message): "\(message): expected few fields, got more than memory is granted for"
        }
    }
}
