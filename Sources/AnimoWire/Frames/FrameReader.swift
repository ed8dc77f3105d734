import NIOCore

/// A decoder with the bytes that are not a frame yet: pieces as they are read in, events out.
public struct FrameReader: Sendable {
    private var decoder: FrameDecoder
    private var rest = ByteBuffer()

    /// Creates a reader.
    ///
    /// - Parameter limit: longest body that is accepted, in bytes.
    public init(limit: Int = Frame.defaultLimit) {
        decoder = FrameDecoder(limit: limit)
    }

    /// Indicates whether a frame has begun and not ended.
    public var isInsideFrame: Bool { decoder.isInsideFrame(rest: rest) }

    /// Memory of a frame that has begun and not ended, in bytes: what is kept for it, not only what has come.
    public var heldBytes: Int { rest.readableBytes == 0 ? 0 : rest.storageCapacity }

    /// Takes bytes as they were read, and returns the events that they complete.
    public mutating func receive(_ bytes: ByteBuffer) throws(FrameError) -> [FrameEvent] {
        if rest.readableBytes == 0 {
            rest = bytes
        } else {
            rest.writeImmutableBuffer(bytes)
        }
        var events: [FrameEvent] = []
        while let event = try decoder.next(from: &rest) { events.append(event) }
        // Frames are slices of this storage: what is left moves to its own, so that neither holds the other.
        rest = rest.readableBytes == 0 ? ByteBuffer() : events.isEmpty ? rest : ByteBuffer(rest.readableBytesView)
        return events
    }
}
