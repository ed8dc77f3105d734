import AnimoPictures

/// Cuts a stream of bytes into frames as they arrive, holding no more than one frame and what came with it.
package protocol FrameSplitter {
    /// Bytes or pixels of one frame.
    associatedtype Frame

    /// Takes what was read, in pieces of any size.
    mutating func append(_ bytes: [UInt8])
    /// The next whole frame; nil where more bytes are needed.
    mutating func next() throws(PictureError) -> Frame?
    /// To be called at the end of the stream, after `next` gave nil: the frame that the end itself completes, or nil.
    ///
    /// - Throws: `truncated` where a frame has begun and not ended.
    mutating func finish() throws(PictureError) -> Frame?
}

/// Bytes that came and were not yet used.
struct PendingBytes {
    /// All bytes since the last clean-up, used ones in front.
    private(set) var bytes: [UInt8] = []
    private var head = 0

    /// Number of bytes that are pending.
    var count: Int { bytes.count - head }

    /// A pending byte; `index` is below ``count``.
    subscript(index: Int) -> UInt8 { bytes[head + index] }

    /// Adds bytes; used ones are removed once they are half of all, so that each is moved once on average.
    mutating func append(_ more: [UInt8]) {
        if head > 0, head >= bytes.count / 2 {
            bytes.removeFirst(head)
            head = 0
        }
        bytes.append(contentsOf: more)
    }

    /// Uses bytes off the front; `count` is at most ``count``.
    mutating func take(_ count: Int) -> [UInt8] {
        let taken = Array(bytes[head..<(head + count)])
        head += count
        return taken
    }

    /// Uses bytes off the front without a copy.
    mutating func drop(_ count: Int) { head += count }

    /// Place of `byte` from `start` on, counted from the first pending byte.
    func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        bytes.withUnsafeBufferPointer { all in
            var index = head + start
            while index < all.count {
                if all[index] == byte { return index - head }
                index += 1
            }
            return nil
        }
    }
}
