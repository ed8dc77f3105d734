import AnimoMotion

@testable import AnimoCheckpoint

/// Writes pickles, operation by operation.
struct PickleWriter {
    var bytes: [UInt8] = [0x80, 2]

    mutating func op(_ opcode: PickleOpcode, _ operands: [UInt8] = []) {
        bytes.append(opcode.rawValue)
        bytes += operands
    }

    mutating func text(_ text: String) {
        op(.binUnicode, littleEndian(UInt32(text.utf8.count)) + Array(text.utf8))
    }

    mutating func integer(_ value: Int) {
        if let small = Int32(exactly: value) {
            op(.binInt, littleEndian(UInt32(bitPattern: small)))
        } else {
            op(.long1, [8] + littleEndian(UInt64(bitPattern: Int64(value))))
        }
    }

    mutating func global(_ module: String, _ name: String) { op(.global, Array("\(module)\n\(name)\n".utf8)) }

    mutating func tuple(_ values: [Int]) {
        op(.mark)
        for value in values { integer(value) }
        op(.tuple)
    }

    /// A tensor the way PyTorch pickles it.
    mutating func tensor(_ tensor: TensorPlan, legacy: Bool) {
        global("torch._utils", "_rebuild_tensor_v2")
        op(.mark)
        op(.mark)
        text("storage")
        global("torch", tensor.storageType)
        text(tensor.key)
        text("cuda:0")
        integer(tensor.storageCount)
        if legacy { op(.none) }
        op(.tuple)
        op(.binPersistentID)
        integer(tensor.offset)
        tuple(tensor.shape)
        tuple(tensor.strides)
        op(.newFalse)
        global("collections", "OrderedDict")
        op(.emptyTuple)
        op(.reduce)
        op(.tuple)
        op(.reduce)
    }

    mutating func stop() -> [UInt8] {
        op(.stop)
        return bytes
    }
}

/// A tensor to be pickled.
struct TensorPlan {
    var name: String
    var storageType = "FloatStorage"
    var key: String
    var storageCount: Int
    var offset = 0
    var shape: [Int]
    var strides: [Int]
}

func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

/// Writes small checkpoints in both containers.
enum CheckpointBuilder {
    /// `{"state_dict": {name: tensor, …}, "epoch": 3}`
    static func pickle(_ tensors: [TensorPlan], legacy: Bool = false) -> [UInt8] {
        var writer = PickleWriter()
        writer.op(.emptyDict)
        writer.text("state_dict")
        writer.op(.emptyDict)
        writer.op(.mark)
        for tensor in tensors {
            writer.text(tensor.name)
            writer.tensor(tensor, legacy: legacy)
        }
        writer.op(.setItems)
        writer.op(.setItem)
        writer.text("epoch")
        writer.integer(3)
        writer.op(.setItem)
        return writer.stop()
    }

    static func floats(_ values: [Float]) -> [UInt8] { values.flatMap { littleEndian($0.bitPattern) } }

    /// The newer container.
    static func zip(_ pickle: [UInt8], storages: [(key: String, bytes: [UInt8])]) -> [UInt8] {
        ZipWriter.archive(
            [("small/data.pkl", pickle)] + storages.map { ("small/data/\($0.key)", $0.bytes) }
                + [("small/version", Array("3\n".utf8))])
    }

    /// The older container.
    static func legacy(
        _ pickle: [UInt8], storages: [(key: String, count: Int, bytes: [UInt8])]
    ) -> [UInt8] {
        var bytes: [UInt8] = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]
        bytes += [0x80, 2, 0x4d, 0xe9, 0x03, 0x2e]
        var facts = PickleWriter()
        facts.op(.emptyDict)
        facts.text("little_endian")
        facts.op(.newTrue)
        facts.op(.setItem)
        bytes += facts.stop() + pickle
        var keys = PickleWriter()
        keys.op(.emptyList)
        for storage in storages {
            keys.text(storage.key)
            keys.op(.append)
        }
        bytes += keys.stop()
        for storage in storages { bytes += littleEndian(UInt64(storage.count)) + storage.bytes }
        return bytes
    }

    /// Two tensors over one storage, one of them transposed, and a half-precision one.
    static let plans = [
        TensorPlan(name: "plain", key: "0", storageCount: 8, offset: 2, shape: [2, 3], strides: [3, 1]),
        TensorPlan(name: "turned", key: "0", storageCount: 8, shape: [2, 3], strides: [1, 2]),
        TensorPlan(name: "half", storageType: "HalfStorage", key: "1", storageCount: 3, shape: [3], strides: [1]),
    ]
    static let first = floats([0, 1, 2, 3, 4, 5, 6, 7])
    static let second: [UInt8] = [0x00, 0x3c, 0x00, 0xc0, 0x00, 0x38]

    static var smallZip: [UInt8] { zip(pickle(plans), storages: [("0", first), ("1", second)]) }
    static var smallLegacy: [UInt8] {
        legacy(pickle(plans, legacy: true), storages: [("0", 8, first), ("1", 3, second)])
    }
}

/// Writes ZIP archives of stored entries.
enum ZipWriter {
    static func archive(
        _ entries: [(name: String, bytes: [UInt8])], method: UInt16 = 0, flags: UInt16 = 0, zip64: Bool = false
    ) -> [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for (name, bytes) in entries {
            let start = file.count
            let size = UInt32(bytes.count)
            let nameBytes = Array(name.utf8)
            file += littleEndian(UInt32(0x0403_4b50)) + littleEndian(UInt16(20)) + littleEndian(flags)
            file += littleEndian(method) + [UInt8](repeating: 0, count: 8) + littleEndian(size) + littleEndian(size)
            file += littleEndian(UInt16(nameBytes.count)) + littleEndian(UInt16(0)) + nameBytes + bytes
            let listed = zip64 ? UInt32.max : size
            var extra: [UInt8] = []
            if zip64 {
                extra = littleEndian(UInt16(1)) + littleEndian(UInt16(24))
                for value in [UInt64(size), UInt64(size), UInt64(start)] { extra += littleEndian(value) }
            }
            directory += littleEndian(UInt32(0x0201_4b50)) + [20, 0, 20, 0] + littleEndian(flags)
            directory += littleEndian(method) + [UInt8](repeating: 0, count: 8)
            directory += littleEndian(listed) + littleEndian(listed) + littleEndian(UInt16(nameBytes.count))
            directory += littleEndian(UInt16(extra.count)) + [UInt8](repeating: 0, count: 10)
            directory += littleEndian(zip64 ? UInt32.max : UInt32(start)) + nameBytes + extra
        }
        let start = file.count
        file += directory
        if zip64 {
            let record = file.count
            file += littleEndian(UInt32(0x0606_4b50)) + littleEndian(UInt64(44)) + [45, 0, 45, 0]
            file += [UInt8](repeating: 0, count: 8) + littleEndian(UInt64(entries.count))
            file += littleEndian(UInt64(entries.count)) + littleEndian(UInt64(directory.count))
            file += littleEndian(UInt64(start))
            file += littleEndian(UInt32(0x0706_4b50)) + [0, 0, 0, 0] + littleEndian(UInt64(record)) + [1, 0, 0, 0]
        }
        let count = zip64 ? UInt16.max : UInt16(entries.count)
        file += littleEndian(UInt32(0x0605_4b50)) + [0, 0, 0, 0] + littleEndian(count) + littleEndian(count)
        file += littleEndian(zip64 ? UInt32.max : UInt32(directory.count))
        file += littleEndian(zip64 ? UInt32.max : UInt32(start)) + [0, 0]
        return file
    }
}

extension [UInt8] {
    /// A copy with one to three bits turned over.
    func flipped(using generator: inout SplitMix64) -> [UInt8] {
        var copy = self
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            copy[Int.random(in: indices, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        }
        return copy
    }
}
