import AnimoJSON

/// NumPy's `.npy` files, versions 1 to 3, of 32- and 64-bit floats in C or Fortran order.
package enum NumpyFile {
    /// The longest header read; NumPy's own are 128 bytes.
    static let headerLimit = 1 << 16

    /// Whether the bytes begin as NumPy's files do.
    static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.starts(with: [0x93] + Array("NUMPY".utf8))
    }

    /// Reads a file from memory.
    package static func read(bytes: [UInt8]) throws(CheckpointError) -> NamedArray { try read(FileBytes(bytes)) }

    /// Reads the file's one array.
    package static func read(_ file: FileBytes) throws(CheckpointError) -> NamedArray {
        let (type, shape, fortran, offset) = try file.withUnsafeBytes { (raw) throws(CheckpointError) in
            try header(raw)
        }
        guard let count = shape.checkedProduct,
            case let (size, overflow) = count.multipliedReportingOverflow(by: type.size), !overflow,
            size == file.count - offset
        else {
            throw CheckpointError(
                .malformed, "npy: expected \(type.rawValue) \(shape) to fill the \(file.count - offset) bytes of data")
        }
        let strides = fortran ? shape.reversed().rowMajorStrides.map { Array($0.reversed()) } : nil
        return try NamedArray(
            name: "", shape: shape, elementType: type, bytes: file, offset: offset, strides: strides)
    }

    private static func header(
        _ raw: UnsafeRawBufferPointer
    ) throws(CheckpointError) -> (ElementType, [Int], fortran: Bool, offset: Int) {
        var cursor = ByteCursor(raw, reading: "npy")
        guard recognises(raw) else {
            throw CheckpointError(.malformed, "npy: expected the magic string of an NPY file, got other bytes")
        }
        try cursor.skip(6)
        let version = try cursor.byte()
        _ = try cursor.byte()
        guard (1...3).contains(version) else {
            throw CheckpointError(.unsupported, "npy: expected version 1, 2 or 3, got \(version)")
        }
        let length = version == 1 ? Int(try cursor.integer(UInt16.self)) : Int(try cursor.integer(UInt32.self))
        guard length <= headerLimit else {
            throw CheckpointError(.tooLarge, "npy: expected a header of at most \(headerLimit) bytes, got \(length)")
        }
        let text = String(decoding: try cursor.take(length), as: UTF8.self)
        guard let description = literal("descr", in: text), let order = literal("fortran_order", in: text),
            let shape = literal("shape", in: text)
        else { throw CheckpointError(.malformed, "npy: expected descr, fortran_order and shape in its header") }
        let type: ElementType
        switch description.filter({ $0 != "'" && $0 != "\"" }) {
        case "<f4": type = .float32
        case "<f8": type = .float64
        default:
            throw CheckpointError(
                .unsupported, "npy: expected little-endian f4 or f8, got \(description.quotedForMessage)")
        }
        return (type, try sizes(shape), order == "True", cursor.position)
    }

    /// Returns the literal behind `key` in the header's Python dictionary, up to the comma or bracket that ends it.
    private static func literal(_ key: String, in text: String) -> String? {
        guard let found = text.firstRange(of: "'\(key)':") else { return nil }
        let rest = text[found.upperBound...].drop { $0 == " " }
        guard let first = rest.first else { return nil }
        let end = first == "(" ? rest.firstIndex(of: ")") : rest.firstIndex { $0 == "," || $0 == "}" }
        guard let end else { return nil }
        return String(first == "(" ? rest[...end] : rest[..<end]).trimmed
    }

    private static func sizes(_ tuple: String) throws(CheckpointError) -> [Int] {
        var sizes: [Int] = []
        for part in tuple.dropFirst().dropLast().split(separator: ",") {
            let part = String(part).trimmed
            if part.isEmpty { continue }
            guard let size = Int(part), size >= 0, sizes.count < 8 else {
                throw CheckpointError(
                    .malformed, "npy: expected a shape of at most 8 sizes, got \(tuple.quotedForMessage)")
            }
            sizes.append(size)
        }
        return sizes
    }
}

extension String {
    /// Without white space at either end.
    fileprivate var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
