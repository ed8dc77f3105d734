import AnimoJSON

/// MATLAB's level 5 `.mat` files: numeric arrays that are neither compressed nor complex.
///
/// Other kinds of variable (text, structures, cells) are passed over.
package enum MatFile {
    /// Reads a file from memory.
    package static func read(bytes: [UInt8]) throws(CheckpointError) -> [String: NamedArray] {
        try read(FileBytes(bytes))
    }

    /// Reads the numeric variables of a file, by name.
    package static func read(_ file: FileBytes) throws(CheckpointError) -> [String: NamedArray] {
        try file.withUnsafeBytes { (raw) throws(CheckpointError) in
            try checkHeader(raw)
            var arrays: [String: NamedArray] = [:]
            var cursor = ByteCursor(raw, at: 128, reading: "mat")
            while cursor.remaining > 0 {
                let element = try Element(&cursor, of: raw)
                if element.type == ElementKind.compressed {
                    throw CheckpointError(
                        .unsupported,
                        "mat: a variable is compressed: save without compression "
                            + "(scipy: do_compression=False, MATLAB: -v6)")
                }
                guard element.type == ElementKind.matrix else { continue }
                guard let array = try matrix(element, raw, file) else { continue }
                guard arrays.updateValue(array, forKey: array.name) == nil else {
                    throw CheckpointError(.malformed, "mat: variable \(array.name.quotedForMessage) is given twice")
                }
            }
            return arrays
        }
    }

    private static func checkHeader(_ raw: UnsafeRawBufferPointer) throws(CheckpointError) {
        if raw.starts(with: Array("MATLAB 7.3".utf8)) || raw.starts(with: [0x89] + Array("HDF".utf8)) {
            throw CheckpointError(
                .unsupported, "mat: version 7.3 (HDF5) is not read: save as version 5 (MATLAB: -v6, or scipy's savemat)"
            )
        }
        guard raw.count >= 128 else {
            throw CheckpointError(.truncated, "mat: expected a header of 128 bytes, got \(raw.count)")
        }
        guard raw[126] == UInt8(ascii: "I"), raw[127] == UInt8(ascii: "M"), raw[125] == 1 else {
            throw CheckpointError(.unsupported, "mat: expected a little-endian file of version 5")
        }
    }

    private enum ElementKind {
        static let matrix: UInt32 = 14
        static let compressed: UInt32 = 15
    }

    /// A tagged run of bytes, in its long or its short form.
    private struct Element {
        let type: UInt32
        let range: Range<Int>

        init(_ cursor: inout ByteCursor, of raw: UnsafeRawBufferPointer) throws(CheckpointError) {
            let tag = try cursor.integer(UInt32.self)
            if tag >> 16 != 0 {
                let length = Int(tag >> 16)
                guard length <= 4 else {
                    throw CheckpointError(.malformed, "mat: expected at most 4 bytes in a short element, got \(length)")
                }
                type = tag & 0xffff
                range = cursor.position..<cursor.position + length
                try cursor.skip(4)
                return
            }
            type = tag
            let length = Int(try cursor.integer(UInt32.self))
            range = cursor.position..<cursor.position + length
            try cursor.skip(length)
            if type != ElementKind.compressed { try cursor.skip(min((8 - length % 8) % 8, cursor.remaining)) }
        }
    }

    /// Flags, dimensions, name, numbers; nil for what is no array of real numbers.
    private static func matrix(
        _ element: Element, _ raw: UnsafeRawBufferPointer, _ file: FileBytes
    ) throws(CheckpointError) -> NamedArray? {
        var cursor = ByteCursor(
            UnsafeRawBufferPointer(rebasing: raw[..<element.range.upperBound]), at: element.range.lowerBound,
            reading: "mat variable")
        let flags = try Element(&cursor, of: raw)
        let sizes = try Element(&cursor, of: raw)
        let nameElement = try Element(&cursor, of: raw)
        guard flags.range.count == 8, sizes.type == 5, sizes.range.count >= 8, sizes.range.count <= 32,
            nameElement.range.count <= 512
        else { throw CheckpointError(.malformed, "mat: expected flags, dimensions and a name of a variable") }
        let name = String(decoding: raw[nameElement.range], as: UTF8.self)
        // 6…15: double, single and the integers.
        guard (6...15).contains(raw[flags.range.lowerBound]) else { return nil }
        guard raw[flags.range.lowerBound + 1] & 0x08 == 0 else {
            throw CheckpointError(
                .unsupported, "mat: variable \(name.quotedForMessage): expected real numbers, got complex ones")
        }
        let numbers = try Element(&cursor, of: raw)
        let shape = stride(from: sizes.range.lowerBound, to: sizes.range.upperBound - 3, by: 4).map {
            Int(Int32(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: Int32.self)))
        }
        let (type, size) = try kind(numbers.type, name)
        guard let count = shape.checkedProduct, count >= 0, count <= numbers.range.count / size,
            numbers.range.count == count * size
        else {
            throw CheckpointError(
                .malformed,
                "mat: variable \(name.quotedForMessage): expected numbers for shape \(shape), "
                    + "got \(numbers.range.count) bytes")
        }
        let strides = shape.reversed().rowMajorStrides.map { Array($0.reversed()) }
        guard let type else {
            // Unsigned numbers of 16 or 32 bits, widened to integers of 64.
            let wide = stride(from: numbers.range.lowerBound, to: numbers.range.upperBound, by: size).flatMap { place in
                (0..<8).map { $0 < size ? raw[place + $0] : 0 }
            }
            return try NamedArray(
                name: name, shape: shape, elementType: .int64, bytes: FileBytes(wide), offset: 0, strides: strides)
        }
        return try NamedArray(
            name: name, shape: shape, elementType: type, bytes: file, offset: numbers.range.lowerBound,
            strides: strides)
    }

    /// The type the numbers are stored as, which may be narrower than the array's own; nil for unsigned kinds that no
    /// ``ElementType`` stands for.
    private static func kind(_ type: UInt32, _ name: String) throws(CheckpointError) -> (ElementType?, size: Int) {
        switch type {
        case 1: (.int8, 1)
        case 2: (.uint8, 1)
        case 3: (.int16, 2)
        case 4: (nil, 2)
        case 5: (.int32, 4)
        case 6: (nil, 4)
        case 7: (.float32, 4)
        case 9: (.float64, 8)
        case 12: (.int64, 8)
        default:
            throw CheckpointError(
                .unsupported, "mat: variable \(name.quotedForMessage) is stored as kind \(type), which is not read")
        }
    }
}
