/// Memory for the activations of one drawing at a time.
///
/// Blocks are handed out in order and taken back all at once by ``reset()``. The first drawing of a size makes them,
/// the next ones find them: nothing is allocated on the steady path. Not for use by two threads at once.
public final class Workspace: @unchecked Sendable {
    private var blocks: [Buffer] = []
    private var taken = 0
    private let tables = PointerTable()

    public init() {}

    /// Takes everything back. Tensors handed out before must not be used any more.
    public func reset() {
        taken = 0
        tables.reset()
    }

    /// Bytes held.
    public var byteCount: Int { blocks.reduce(0) { $0 + $1.count } * MemoryLayout<Float>.stride }

    /// Memory of any content.
    func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
        defer { taken += 1 }
        if taken == blocks.count {
            blocks.append(Buffer(count))
        } else if blocks[taken].count < count {
            blocks[taken] = Buffer(count)
        }
        return blocks[taken].floats
    }

    func doubles(_ count: Int) -> UnsafeMutablePointer<Double> {
        UnsafeMutableRawPointer(floats(2 * count)).assumingMemoryBound(to: Double.self)
    }

    /// A tensor of any content.
    func tensor(batch: Int, height: Int, width: Int, channels: Int) -> Tensor {
        let each = height * width * paddedChannels(channels)
        let first = floats(batch * each)
        let pictures = tables.take(batch)
        for picture in 0..<batch { pictures[picture] = first + picture * each }
        return Tensor(batch: batch, height: height, width: width, channels: channels, pictures: pictures)
    }

    /// A batch of stored pictures of the same size, without copying.
    public func gather<Owner>(_ owners: [Owner], _ stored: (Owner) -> StoredTensor) -> Tensor {
        let pictures = tables.take(owners.count)
        for (picture, owner) in owners.enumerated() { pictures[picture] = stored(owner).buffer.floats }
        let first = stored(owners[0])
        return Tensor(
            batch: owners.count, height: first.height, width: first.width, channels: first.channels, pictures: pictures)
    }
}

/// Room for the address lists of a drawing's tensors.
private final class PointerTable {
    private var rooms: [UnsafeMutablePointer<UnsafeMutablePointer<Float>>] = []
    private var sizes: [Int] = []
    private var taken = 0

    func take(_ count: Int) -> UnsafeMutablePointer<UnsafeMutablePointer<Float>> {
        defer { taken += 1 }
        if taken == rooms.count {
            rooms.append(.allocate(capacity: count))
            sizes.append(count)
        } else if sizes[taken] < count {
            rooms[taken].deallocate()
            rooms[taken] = .allocate(capacity: count)
            sizes[taken] = count
        }
        return rooms[taken]
    }

    func reset() { taken = 0 }

    deinit { for room in rooms { room.deallocate() } }
}
