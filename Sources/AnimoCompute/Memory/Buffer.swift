#if canImport(Glibc)
    import Glibc
#endif

/// Floats at an address that is a multiple of 64, freed with their owner.
final class Buffer: @unchecked Sendable {
    let floats: UnsafeMutablePointer<Float>
    let count: Int

    /// Zeros.
    convenience init(_ count: Int) {
        self.init(uninitialized: count)
        floats.update(repeating: 0, count: max(1, count))
    }

    /// Any content, for what is written whole before it is read.
    init(uninitialized count: Int) {
        self.count = count
        let bytes = max(1, count) * MemoryLayout<Float>.stride
        let isLarge = bytes >= Self.large
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: isLarge ? Self.hugePage : 64)
        #if canImport(Glibc)
            // Weights are hundreds of megabytes: small pages would cost a fault for every four kilobytes at start.
            if isLarge { madvise(memory, bytes, MADV_HUGEPAGE) }
        #endif
        floats = memory.bindMemory(to: Float.self, capacity: max(1, count))
    }

    convenience init(_ values: [Float]) {
        self.init(uninitialized: values.count)
        values.withUnsafeBufferPointer {
            if let from = $0.baseAddress { floats.update(from: from, count: values.count) }
        }
    }

    deinit { UnsafeMutableRawPointer(floats).deallocate() }

    private static let large = 4 << 20
    private static let hugePage = 2 << 20
}

/// One worker's memory, which grows to the largest task's need and stays.
final class Scratch: @unchecked Sendable {
    private var buffer = Buffer(0)

    func reserve(_ floats: Int) -> UnsafeMutablePointer<Float> {
        if buffer.count < floats { buffer = Buffer(floats) }
        return buffer.floats
    }
}
