import AnimoJSON

extension Safetensors {
    /// Reads the whole file into memory once; the arrays are views of it.
    ///
    /// - Parameter followingLinks: whether the last component of `path` may be a symbolic link.
    package static func read(path: String, followingLinks: Bool = true) throws(CheckpointError) -> ArrayArchive {
        try read(FileBytes(reading: path, followingLinks: followingLinks))
    }

    package static func read(bytes: [UInt8]) throws(CheckpointError) -> ArrayArchive {
        try read(FileBytes(bytes))
    }

    /// Reads the table of contents and checks it whole: sizes agree with shapes, and the tensors cover the data from
    /// its first byte to its last, without overlap or gap.
    package static func read(_ file: FileBytes) throws(CheckpointError) -> ArrayArchive {
        let (header, dataBegin) = try header(of: file)
        var archive = ArrayArchive(metadata: header.metadata)
        archive.arrays.reserveCapacity(header.entries.count)
        var covered = 0
        for entry in header.entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
            let label = "tensor \(entry.name.quotedForMessage)"
            guard entry.begin == covered else {
                let fault = entry.begin < covered ? "overlaps the tensor before it" : "leaves a gap before it"
                throw CheckpointError(
                    .malformed, "\(label) \(fault): expected data_offsets from \(covered), got \(entry.begin)")
            }
            guard let count = entry.shape.checkedProduct,
                case let (size, overflow) = count.multipliedReportingOverflow(by: entry.type.size), !overflow,
                entry.end >= entry.begin, entry.end - entry.begin == size
            else {
                throw CheckpointError(
                    .malformed,
                    "\(label): expected \(entry.type.rawValue) \(entry.shape) to fill its data_offsets, "
                        + "got [\(entry.begin), \(entry.end)]")
            }
            guard entry.end <= file.count - dataBegin else {
                throw CheckpointError(
                    .truncated, "\(label): expected \(entry.end) bytes of data, got \(file.count - dataBegin)")
            }
            covered = entry.end
            let array = try NamedArray(
                name: entry.name, shape: entry.shape, elementType: entry.type, bytes: file,
                offset: dataBegin + entry.begin)
            guard archive.arrays.updateValue(array, forKey: entry.name) == nil else {
                throw CheckpointError(.malformed, "\(label) is given twice")
            }
        }
        guard covered == file.count - dataBegin else {
            throw CheckpointError(
                .malformed,
                "expected the tensors to end with the file at \(file.count - dataBegin) bytes of data, "
                    + "got \(covered)")
        }
        return archive
    }

    /// The table of contents, and where the data begins.
    private static func header(of file: FileBytes) throws(CheckpointError) -> (Header, dataBegin: Int) {
        try file.withUnsafeBytes { (raw) throws(CheckpointError) in
            var cursor = ByteCursor(raw, reading: "safetensors header")
            let length = try cursor.integer(UInt64.self)
            guard length <= headerLimit else {
                throw CheckpointError(
                    .tooLarge, "safetensors header: expected at most \(headerLimit) bytes, got \(length)")
            }
            let text = try cursor.take(Int(length))
            do throws(JSONError) {
                return (try Header(text), cursor.position)
            } catch {
                throw CheckpointError(error)
            }
        }
    }

    /// One tensor as the header describes it.
    private struct Entry {
        var name: String
        var type: ElementType
        var shape: [Int]
        var begin: Int
        var end: Int
    }

    private struct Header {
        var entries: [Entry] = []
        var metadata: [String: String] = [:]

        init(_ text: UnsafeRawBufferPointer) throws(JSONError) {
            var json = JSONReader(text, reading: "safetensors header")
            try json.expect("{")
            if !json.accept("}") {
                repeat { try member(&json) } while json.accept(",")
                try json.expect("}")
            }
            try json.end()
        }

        private mutating func member(_ json: inout JSONReader) throws(JSONError) {
            let name = try json.string()
            try json.expect(":")
            if name == Safetensors.metadataName {
                try readMetadata(&json)
            } else {
                entries.append(try entry(name, &json))
                guard entries.count <= Safetensors.tensorLimit else {
                    throw JSONError(
                        .tooLarge, "safetensors header: expected at most \(Safetensors.tensorLimit) tensors, got more")
                }
            }
        }

        private mutating func readMetadata(_ json: inout JSONReader) throws(JSONError) {
            guard metadata.isEmpty else { throw json.failure("expected \(Safetensors.metadataName) once") }
            try json.expect("{")
            if json.accept("}") { return }
            repeat {
                let key = try json.string()
                try json.expect(":")
                guard metadata.updateValue(try json.string(), forKey: key) == nil else {
                    throw json.failure("expected \(key.quotedForMessage) once in \(Safetensors.metadataName)")
                }
            } while json.accept(",")
            try json.expect("}")
        }

        private func entry(_ name: String, _ json: inout JSONReader) throws(JSONError) -> Entry {
            var type: ElementType?
            var shape: [Int]?
            var offsets: [Int]?
            try json.expect("{")
            repeat {
                let key = try json.string()
                try json.expect(":")
                switch key {
                case "dtype" where type == nil:
                    let text = try json.string()
                    type = ElementType(rawValue: text)
                    guard type != nil else {
                        let known = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
                        throw JSONError(
                            .unsupported,
                            "tensor \(name.quotedForMessage): expected a dtype of \(known), "
                                + "got \(text.quotedForMessage)")
                    }
                case "shape" where shape == nil: shape = try sizes(&json)
                case "data_offsets" where offsets == nil: offsets = try sizes(&json)
                default: throw json.failure("expected dtype, shape and data_offsets once each before this")
                }
            } while json.accept(",")
            try json.expect("}")
            guard let type, let shape, let offsets, offsets.count == 2 else {
                throw JSONError(
                    .malformed, "tensor \(name.quotedForMessage): expected dtype, shape and two data_offsets")
            }
            return Entry(name: name, type: type, shape: shape, begin: offsets[0], end: offsets[1])
        }

        private func sizes(_ json: inout JSONReader) throws(JSONError) -> [Int] {
            var sizes: [Int] = []
            try json.expect("[")
            if json.accept("]") { return sizes }
            repeat {
                let size = try json.integer()
                guard size >= 0, sizes.count < Safetensors.rankLimit else {
                    throw json.failure("expected at most \(Safetensors.rankLimit) sizes, none negative, before this")
                }
                sizes.append(size)
            } while json.accept(",")
            try json.expect("]")
            return sizes
        }
    }
}
