import AnimoJSON

/// The elements, converted.
extension NamedArray {
    /// All elements in row-major order as 32-bit floats, strides resolved.
    ///
    /// The loops are plain so that the compiler turns each into the machine's own conversion of eight at a time.
    package func floats() throws(CheckpointError) -> [Float] {
        let count = count
        return withContiguousBytes { raw in
            [Float](unsafeUninitializedCapacity: count) { out, filled in
                Self.widen(raw, elementType, into: out, count: count)
                filled = count
            }
        }
    }

    /// All elements in row-major order as integers; fractions are truncated, and a number that does not fit is an
    /// error.
    package func integers() throws(CheckpointError) -> [Int64] {
        guard elementType == .int64 else {
            var integers: [Int64] = []
            for value in try floats() {
                guard let integer = Int64(exactly: value.rounded(.towardZero)) else {
                    throw CheckpointError(
                        .malformed, "tensor \(name.quotedForMessage): expected integers, got \(value)")
                }
                integers.append(integer)
            }
            return integers
        }
        let count = count
        return withContiguousBytes { raw in
            (0..<count).map { Int64(littleEndian: raw.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self)) }
        }
    }

    /// All elements in row-major order as they are stored, little-endian.
    package func contiguousBytes() -> [UInt8] {
        withContiguousBytes { Array($0) }
    }

    /// Indicates whether no element is infinite or not a number.
    package var isFinite: Bool {
        withContiguousBytes { raw in
            switch elementType {
            case .float16: Self.none(raw, as: UInt16.self, has: 0x7c00)
            case .bfloat16: Self.none(raw, as: UInt16.self, has: 0x7f80)
            case .float32: Self.none(raw, as: UInt32.self, has: 0x7f80_0000)
            case .float64: Self.none(raw, as: UInt64.self, has: 0x7ff0_0000_0000_0000)
            case .int64, .int32, .int16, .int8, .uint8, .bool: true
            }
        }
    }

    /// Returns whether both have the same shape and, as 32-bit floats, the same bits.
    package func holdsTheSame(as other: NamedArray?) throws(CheckpointError) -> Bool {
        guard let other, shape == other.shape else { return false }
        let (mine, theirs) = (try floats(), try other.floats())
        return mine.withUnsafeBytes { first in theirs.withUnsafeBytes { first.elementsEqual($0) } }
    }

    /// The same numbers held as another kind of float, rounded to nearest even; an element that becomes infinite is
    /// an error.
    package func converted(to type: ElementType) throws(CheckpointError) -> NamedArray {
        if type == elementType && strides == nil { return self }
        let floats = try floats()
        let narrow: [UInt8]
        switch type {
        case .float32: return NamedArray(name: name, shape: shape, floats: floats)
        case .float16: narrow = Self.narrowed(floats) { Float16($0).bitPattern }
        case .bfloat16: narrow = Self.narrowed(floats, by: Self.bfloat16)
        case .float64, .int64, .int32, .int16, .int8, .uint8, .bool:
            throw CheckpointError(.unsupported, "expected F32, F16 or BF16 to write, got \(type.rawValue)")
        }
        let array = try NamedArray(
            name: name, shape: shape, elementType: type, bytes: FileBytes(narrow), offset: 0)
        guard array.isFinite || !isFinite else {
            throw CheckpointError(
                .unsupported, "tensor \(name.quotedForMessage) has a value too large for \(type.rawValue)")
        }
        return array
    }

    /// Lets `body` look at the elements in row-major order, gathered first where strides demand it.
    func withContiguousBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        bytes.withUnsafeBytes { all in
            let size = count * elementType.size
            guard let strides else { return body(UnsafeRawBufferPointer(rebasing: all[offset..<offset + size])) }
            let gathered = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
            defer { gathered.deallocate() }
            gather(from: all, strides: strides, into: gathered)
            return body(UnsafeRawBufferPointer(gathered))
        }
    }

    /// Copies element by element, counting the index up like an odometer.
    private func gather(
        from all: UnsafeRawBufferPointer, strides: [Int], into out: UnsafeMutableRawBufferPointer
    ) {
        let size = elementType.size
        var index = [Int](repeating: 0, count: shape.count)
        var source = offset
        for target in stride(from: 0, to: out.count, by: size) {
            UnsafeMutableRawBufferPointer(rebasing: out[target..<target + size])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: all[source..<source + size]))
            for axis in index.indices.reversed() {
                index[axis] += 1
                source += strides[axis] * size
                if index[axis] < shape[axis] { break }
                source -= strides[axis] * size * shape[axis]
                index[axis] = 0
            }
        }
    }

    private static func widen(
        _ raw: UnsafeRawBufferPointer, _ type: ElementType, into out: UnsafeMutableBufferPointer<Float>, count: Int
    ) {
        switch type {
        case .float32: fill(out, count, raw, as: UInt32.self) { Float(bitPattern: $0) }
        case .float16: fill(out, count, raw, as: UInt16.self, single(half:))
        case .bfloat16: fill(out, count, raw, as: UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        case .float64: fill(out, count, raw, as: UInt64.self) { Float(Double(bitPattern: $0)) }
        case .int64: fill(out, count, raw, as: Int64.self) { Float($0) }
        case .int32: fill(out, count, raw, as: Int32.self) { Float($0) }
        case .int16: fill(out, count, raw, as: Int16.self) { Float($0) }
        case .int8: fill(out, count, raw, as: Int8.self) { Float($0) }
        case .uint8: fill(out, count, raw, as: UInt8.self) { Float($0) }
        case .bool: fill(out, count, raw, as: UInt8.self) { $0 == 0 ? 0 : 1 }
        }
    }

    /// The value of a half-precision float, exactly; of plain integer steps and one product, so that it vectorises on
    /// processors without an instruction for it.
    @inline(__always)
    private static func single(half: UInt16) -> Float {
        let magnitude = UInt32(half & 0x7fff) << 13
        // The exponent's bias goes from 15 to 127; numbers below the least normal one become normal.
        let finite = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
        let quiet: UInt32 = magnitude & 0x007f_ffff == 0 ? 0 : 0x0040_0000
        let special = magnitude | 0x7f80_0000 | quiet
        let bits = half & 0x7c00 == 0x7c00 ? special : finite
        return Float(bitPattern: bits | UInt32(half & 0x8000) << 16)
    }

    @inline(__always)
    private static func fill<T: FixedWidthInteger & BitwiseCopyable>(
        _ out: UnsafeMutableBufferPointer<Float>, _ count: Int, _ raw: UnsafeRawBufferPointer, as type: T.Type,
        _ convert: (T) -> Float
    ) {
        guard let source = raw.baseAddress, let target = out.baseAddress else { return }
        for index in 0..<count {
            let stored = source.loadUnaligned(fromByteOffset: index &* MemoryLayout<T>.size, as: T.self)
            (target + index).initialize(to: convert(T(littleEndian: stored)))
        }
    }

    /// Indicates whether no element has all bits of `exponent` set.
    @inline(__always)
    private static func none<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ raw: UnsafeRawBufferPointer, as type: T.Type, has exponent: T
    ) -> Bool {
        guard let source = raw.baseAddress else { return true }
        var found: T = 0
        for index in 0..<raw.count / MemoryLayout<T>.size {
            let stored = source.loadUnaligned(fromByteOffset: index &* MemoryLayout<T>.size, as: T.self)
            found |= T(littleEndian: stored) & exponent == exponent ? 1 : 0
        }
        return found == 0
    }

    @inline(__always)
    private static func narrowed(_ floats: [Float], by narrow: (Float) -> UInt16) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 2 * floats.count) { out, filled in
            let raw = UnsafeMutableRawBufferPointer(out)
            for (index, value) in floats.enumerated() {
                raw.storeBytes(of: narrow(value).littleEndian, toByteOffset: 2 * index, as: UInt16.self)
            }
            filled = 2 * floats.count
        }
    }

    private static func bfloat16(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
        return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
    }
}
