/// Floats at an address that is a multiple of 64, set to zero, freed with their owner.
final class Buffer: @unchecked Sendable {
    let floats: UnsafeMutablePointer<Float>
    let count: Int

    init(_ count: Int) {
        self.count = count
        let bytes = UnsafeMutableRawPointer.allocate(
            byteCount: max(1, count) * MemoryLayout<Float>.stride, alignment: 64)
        floats = bytes.bindMemory(to: Float.self, capacity: max(1, count))
        floats.initialize(repeating: 0, count: max(1, count))
    }

    convenience init(_ values: [Float]) {
        self.init(values.count)
        values.withUnsafeBufferPointer {
            if let from = $0.baseAddress { floats.update(from: from, count: values.count) }
        }
    }

    deinit { UnsafeMutableRawPointer(floats).deallocate() }
}

/// One worker's memory, which grows to the largest task's need and stays.
final class Scratch: @unchecked Sendable {
    private var buffer = Buffer(0)

    func reserve(_ floats: Int) -> UnsafeMutablePointer<Float> {
        if buffer.count < floats { buffer = Buffer(floats) }
        return buffer.floats
    }
}
