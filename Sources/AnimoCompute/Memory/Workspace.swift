/// Memory for the activations of one pass through the networks at a time.
///
/// Blocks are handed out, given back when the last layer that reads them is done, and used again. The first pass of
/// a size makes them, the next ones find the same: nothing is allocated on the steady path. What many passes in turn
/// had no use for is freed. Not for use by two threads at once.
package final class Workspace: @unchecked Sendable {
    private var blocks: [Buffer] = []
    private var isFree: [Bool] = []
    /// The pass that took each block last.
    private var lastPass: [Int] = []
    private var pass = 0
    /// Number of passes that keep a block which none of them takes.
    static let patience = 256
    private let tables = PointerTable()

    /// Creates a workspace without memory; passes make what they need.
    package init() {}

    /// Takes everything back. Tensors handed out before must not be used any more.
    package func reset() {
        pass += 1
        if lastPass.contains(where: { pass - $0 > Self.patience }) {
            let kept = blocks.indices.filter { pass - lastPass[$0] <= Self.patience }
            blocks = kept.map { blocks[$0] }
            lastPass = kept.map { lastPass[$0] }
            isFree.removeLast(isFree.count - kept.count)
        }
        for block in isFree.indices { isFree[block] = true }
        tables.reset()
    }

    /// Bytes held.
    package var byteCount: Int { blocks.reduce(0) { $0 + $1.count } * MemoryLayout<Float>.stride }

    /// The smallest free block that is large enough, though not twice as large, or else a new one; of any content.
    private func take(_ count: Int) -> Int {
        var best = -1
        for block in blocks.indices where isFree[block] && blocks[block].count >= count {
            if best < 0 || blocks[block].count < blocks[best].count { best = block }
        }
        if best < 0 || blocks[best].count > 2 * count + 1024 {
            blocks.append(Buffer(count))
            isFree.append(false)
            lastPass.append(pass)
            return blocks.count - 1
        }
        isFree[best] = false
        lastPass[best] = pass
        return best
    }

    /// Memory of any content, until ``reset()``.
    func floats(_ count: Int) -> UnsafeMutablePointer<Float> { blocks[take(count)].floats }

    func doubles(_ count: Int) -> UnsafeMutablePointer<Double> {
        UnsafeMutableRawPointer(floats(2 * count)).assumingMemoryBound(to: Double.self)
    }

    func bytes(_ count: Int) -> UnsafeMutablePointer<UInt8> {
        UnsafeMutableRawPointer(floats((count + 3) / 4)).assumingMemoryBound(to: UInt8.self)
    }

    /// A tensor of any content.
    func tensor(batch: Int, height: Int, width: Int, channels: Int) -> Tensor {
        let each = height * width * paddedChannels(channels)
        let block = take(batch * each)
        let first = blocks[block].floats
        let pictures = tables.take(batch)
        for picture in 0..<batch { pictures[picture] = first + picture * each }
        return Tensor(
            batch: batch, height: height, width: width, channels: channels, pictures: pictures, block: block)
    }

    /// Takes a tensor's memory back; one of stored pictures stays as it is.
    func release(_ tensor: Tensor) {
        if tensor.block >= 0 { isFree[tensor.block] = true }
    }

    /// A batch of stored pictures of the same size, without copying.
    package func gather(_ batch: Int, _ stored: (_ picture: Int) -> StoredTensor) -> Tensor {
        let pictures = tables.take(batch)
        for picture in 0..<batch { pictures[picture] = stored(picture).buffer.floats }
        let first = stored(0)
        return Tensor(
            batch: batch, height: first.height, width: first.width, channels: first.channels, pictures: pictures,
            block: -1)
    }
}

/// Room for the address lists of a pass's tensors.
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
