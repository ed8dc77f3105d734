/// Channels in memory for `channels` of meaning: rounded up to whole vectors of eight; the surplus is zero.
@inline(__always)
package func paddedChannels(_ channels: Int) -> Int { (channels + 7) & ~7 }

/// Pictures of one size, channels last: (batch, height, width, depth), depth being the padded channels.
///
/// A view: the memory belongs to a ``Workspace`` or to ``StoredTensor``s that outlive it.
package struct Tensor {
    /// Number of pictures.
    package let batch: Int
    /// Pixels from top to bottom.
    package let height: Int
    /// Pixels from left to right.
    package let width: Int
    /// Channels of meaning, without the padding.
    package let channels: Int
    /// One address for each picture of the batch.
    let pictures: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
    /// Index of the workspace's block that it lies in; -1 for stored pictures.
    let block: Int

    /// Floats of a pixel: ``channels``, padded.
    package var depth: Int { paddedChannels(channels) }
    /// Pixels of one picture.
    package var pixels: Int { height * width }

    /// The values of one picture, (height, width, channels), without the padding.
    package func values(_ picture: Int) -> [Float] {
        var values = [Float](repeating: 0, count: pixels * channels)
        for pixel in 0..<pixels {
            for channel in 0..<channels {
                values[pixel * channels + channel] = pictures[picture][pixel * depth + channel]
            }
        }
        return values
    }
}

/// One picture's tensor that owns its memory: what is kept of a source.
package final class StoredTensor: @unchecked Sendable {
    /// Pixels from top to bottom.
    package let height: Int
    /// Pixels from left to right.
    package let width: Int
    /// Channels of meaning, without the padding.
    package let channels: Int
    let buffer: Buffer

    /// Memory of the values, in bytes, the padding among them.
    package var byteCount: Int { buffer.count * MemoryLayout<Float>.stride }

    /// Copies one picture of `tensor`.
    package init(copying tensor: Tensor, picture: Int = 0) {
        height = tensor.height
        width = tensor.width
        channels = tensor.channels
        buffer = Buffer(tensor.pixels * tensor.depth)
        buffer.floats.update(from: tensor.pictures[picture], count: buffer.count)
    }

    /// One of any content, to be written by way of ``Workspace/gather(_:_:)``.
    package init(height: Int, width: Int, channels: Int) {
        self.height = height
        self.width = width
        self.channels = channels
        buffer = Buffer(height * width * paddedChannels(channels))
    }

    /// Copies the square part of another at (left, top).
    package init(cutting whole: StoredTensor, left: Int, top: Int, side: Int) {
        height = side
        width = side
        channels = whole.channels
        let depth = paddedChannels(channels)
        buffer = Buffer(uninitialized: side * side * depth)
        for y in 0..<side {
            (buffer.floats + y * side * depth).update(
                from: whole.buffer.floats + ((top + y) * whole.width + left) * depth, count: side * depth)
        }
    }

    /// Takes `values`, (height, width, channels).
    package init(_ values: [Float], height: Int, width: Int, channels: Int) {
        self.height = height
        self.width = width
        self.channels = channels
        let depth = paddedChannels(channels)
        buffer = Buffer(height * width * depth)
        for pixel in 0..<min(height * width, values.count / max(1, channels)) {
            for channel in 0..<channels {
                buffer.floats[pixel * depth + channel] = values[pixel * channels + channel]
            }
        }
    }
}
