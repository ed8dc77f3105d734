import AnimoJSON

extension Safetensors {
    /// The bytes of a file that holds `arrays` in the kinds they have, the widest kinds first and then by name, so
    /// that every tensor is aligned and equal contents give equal bytes.
    package static func bytes(
        of arrays: some Sequence<NamedArray>, metadata: [String: String] = [:]
    ) throws(CheckpointError) -> [UInt8] {
        let arrays = arrays.sorted { ($1.elementType.size, $0.name) < ($0.elementType.size, $1.name) }
        var header = JSONObject()
        if !metadata.isEmpty {
            var texts = JSONObject()
            for (key, text) in metadata.sorted(by: { $0.key < $1.key }) { texts[key] = .string(text) }
            header[metadataName] = .object(texts)
        }
        var end = 0
        for array in arrays {
            guard array.name != metadataName, header[array.name] == nil else {
                throw CheckpointError(.malformed, "tensor \(array.name.quotedForMessage) is given twice")
            }
            let begin = end
            end += array.count * array.elementType.size
            var entry = JSONObject()
            entry["dtype"] = .string(array.elementType.rawValue)
            entry["shape"] = .array(array.shape.map { .integer($0) })
            entry["data_offsets"] = .array([.integer(begin), .integer(end)])
            header[array.name] = .object(entry)
        }
        var text = Array(JSONValue.object(header).text.utf8)
        text.append(contentsOf: repeatElement(0x20, count: (8 - text.count % 8) % 8))
        guard text.count <= headerLimit else {
            throw CheckpointError(
                .tooLarge, "safetensors header: expected at most \(headerLimit) bytes, got \(text.count)")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + text.count + end)
        withUnsafeBytes(of: UInt64(text.count).littleEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: text)
        for array in arrays { array.withContiguousBytes { bytes.append(contentsOf: $0) } }
        return bytes
    }

    /// Writes such a file as a whole or not at all: beside its place first, then moved there.
    ///
    /// - Parameter elementType: F32, F16 or BF16 for all floating-point arrays; nil leaves each as it is.
    package static func write(
        _ arrays: some Sequence<NamedArray>, metadata: [String: String] = [:], elementType: ElementType? = nil,
        to path: String
    ) throws(CheckpointError) {
        var converted: [NamedArray] = []
        for array in arrays {
            guard let elementType, array.elementType.isFloatingPoint else {
                converted.append(array)
                continue
            }
            converted.append(try array.converted(to: elementType))
        }
        try AtomicFile.write(try bytes(of: converted, metadata: metadata), to: path)
    }
}
