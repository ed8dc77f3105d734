import NIOCore

/// An event on a connection.
public enum FrameEvent: Sendable, Equatable {
    case frame(Frame)
    /// A frame beyond the limit, told at its header; its body is thrown away as it comes.
    case tooLong(stream: UInt32, kind: Frame.Kind, length: Int)
    /// A frame of a type that this version does not know, also thrown away.
    case skipped(kind: UInt8)
}

/// Bytes that are not ttrpc's.
public enum FrameError: Error, Equatable, CustomStringConvertible {
    /// TLS, HTTP or anything else whose first byte is not 0: the connection is not worth an answer.
    case notThisProtocol(firstByte: UInt8)

    /// Text for a person.
    public var description: String {
        switch self {
        case .notThisProtocol(let byte): "expected a ttrpc frame, which starts with 0, got the byte \(byte)"
        }
    }
}

/// Cuts a stream of bytes into frames. Limits are checked on the header, before anything is kept.
public struct FrameDecoder: Sendable {
    /// Longest body that is accepted, in bytes.
    public let limit: Int
    private var skipping = 0

    /// - Parameter limit: longest body, at most `Frame.largestBody`.
    public init(limit: Int = Frame.defaultLimit) {
        self.limit = min(max(limit, 0), Frame.largestBody)
    }

    /// Returns whether a frame has begun and not ended, `rest` being what `next` left behind.
    public func isInsideFrame(rest: ByteBuffer) -> Bool {
        skipping > 0 || rest.readableBytes > 0
    }

    /// Takes the next event off `input`, or nil when more bytes are needed.
    public mutating func next(from input: inout ByteBuffer) throws(FrameError) -> FrameEvent? {
        if skipping > 0 {
            let skipped = min(skipping, input.readableBytes)
            input.moveReaderIndex(forwardBy: skipped)
            skipping -= skipped
            if skipping > 0 { return nil }
        }
        let start = input.readerIndex
        guard let first = input.getInteger(at: start, as: UInt8.self) else { return nil }
        guard first == 0 else { throw .notThisProtocol(firstByte: first) }
        guard
            let length = input.getInteger(at: start, as: UInt32.self).map(Int.init),
            let stream = input.getInteger(at: start + 4, as: UInt32.self),
            let type = input.getInteger(at: start + 8, as: UInt8.self),
            let flags = input.getInteger(at: start + 9, as: UInt8.self)
        else { return nil }
        guard let kind = Frame.Kind(rawValue: type) else {
            skip(length, in: &input)
            return .skipped(kind: type)
        }
        guard length <= limit else {
            skip(length, in: &input)
            return .tooLong(stream: stream, kind: kind, length: length)
        }
        guard let body = input.getSlice(at: start + Frame.headerLength, length: length) else { return nil }
        input.moveReaderIndex(forwardBy: Frame.headerLength + length)
        return .frame(Frame(stream: stream, kind: kind, flags: Frame.Flags(rawValue: flags), body: body))
    }

    private mutating func skip(_ length: Int, in input: inout ByteBuffer) {
        input.moveReaderIndex(forwardBy: Frame.headerLength)
        let skipped = min(length, input.readableBytes)
        input.moveReaderIndex(forwardBy: skipped)
        skipping = length - skipped
    }
}
