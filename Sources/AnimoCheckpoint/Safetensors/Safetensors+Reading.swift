import AnimoFiles
import AnimoJSON

extension Safetensors {
    /// Reads the whole file into memory once; the arrays are views of it.
    package static func read(path: String) throws(CheckpointError) -> ArrayArchive { try read(load(path: path)) }

    /// The bytes of a file whose table of contents was found right before its data is read, so that no file takes
    /// memory or time that its header does not account for.
    package static func load(path: String) throws(CheckpointError) -> FileBytes {
        let file = try OpenFile(path)
        let start = try FileBytes(reading: min(file.size, FileKind.prefix), bytesOf: file)
        let length = try start.withUnsafeBytes { (raw) throws(CheckpointError) in
            try Header.length(raw, fileSize: file.size)
        }
        let beginning = try FileBytes(reading: 8 + length, bytesOf: file)
        try beginning.withUnsafeBytes { (raw) throws(CheckpointError) in
            try Header(raw, fileSize: file.size).check(fileSize: file.size)
        }
        return try FileBytes(reading: file.size, bytesOf: file)
    }

    /// Reads a file from memory.
    package static func read(bytes: [UInt8]) throws(CheckpointError) -> ArrayArchive {
        try read(FileBytes(bytes))
    }

    /// Reads the table of contents and checks it whole: sizes agree with shapes, and the tensors cover the data from
    /// its first byte to its last, without overlap or gap.
    ///
    /// Tensors of kinds that no network here uses are passed over and told by name.
    package static func read(_ file: FileBytes) throws(CheckpointError) -> ArrayArchive {
        let header = try file.withUnsafeBytes { (raw) throws(CheckpointError) in
            try Header(raw, fileSize: raw.count)
        }
        try header.check(fileSize: file.count)
        var archive = ArrayArchive(metadata: header.metadata)
        archive.arrays.reserveCapacity(header.entries.count)
        for entry in header.entries {
            switch entry.type {
            case .other(let kind): archive.unread[entry.name] = kind
            case .number(let type):
                archive.arrays[entry.name] = try NamedArray(
                    name: entry.name, shape: entry.shape, elementType: type, bytes: file,
                    offset: header.end + entry.begin)
            }
        }
        return archive
    }

    /// One tensor as the header describes it.
    private struct Entry {
        var name: String
        var type: Kind
        var shape: [Int]
        var begin: Int
        var end: Int

        enum Kind {
            case number(ElementType)
            /// Any other, as the file calls it.
            case other(String)
        }

        /// The kind as the file calls it.
        var kind: String {
            switch type {
            case .number(let type): type.rawValue
            case .other(let name): name.quotedForMessage
            }
        }
    }

    private struct Header {
        var entries: [Entry] = []
        var metadata: [String: String] = [:]
        /// Offset at which the data begins.
        let end: Int

        /// Bytes of the header's text, which a whole file of `fileSize` bytes may have.
        ///
        /// - Throws: for other kinds of file, by their names.
        static func length(_ raw: UnsafeRawBufferPointer, fileSize: Int) throws(CheckpointError) -> Int {
            if !Safetensors.recognises(raw), let words = CheckpointReader.words(raw, fileSize: fileSize) {
                throw CheckpointError(.unsupported, "expected a safetensors file, got \(words)")
            }
            var cursor = ByteCursor(raw, reading: "safetensors header")
            let length = try cursor.integer(UInt64.self)
            guard length <= Safetensors.headerLimit else {
                throw CheckpointError(
                    .tooLarge, "safetensors header: expected at most \(Safetensors.headerLimit) bytes, got \(length)")
            }
            guard length <= fileSize - 8 else {
                throw CheckpointError(
                    .truncated, "safetensors header: expected \(length) more bytes at byte 8, got \(fileSize - 8)")
            }
            return Int(length)
        }

        /// - Parameter raw: the file's beginning, with the whole header.
        init(_ raw: UnsafeRawBufferPointer, fileSize: Int) throws(CheckpointError) {
            let length = try Self.length(raw, fileSize: fileSize)
            var cursor = ByteCursor(raw, at: 8, reading: "safetensors header")
            let text = try cursor.take(length)
            end = cursor.position
            do throws(JSONError) {
                try parse(text)
            } catch {
                throw CheckpointError(error)
            }
        }

        private mutating func parse(_ text: UnsafeRawBufferPointer) throws(JSONError) {
            var json = JSONReader(text, reading: "safetensors header")
            try json.expect("{")
            if !json.accept("}") {
                repeat { try member(&json) } while json.accept(",")
                try json.expect("}")
            }
            try json.end()
        }

        /// Sizes agree with shapes, and the tensors cover the data of the file without overlap or gap.
        func check(fileSize: Int) throws(CheckpointError) {
            guard fileSize <= Safetensors.fileLimit else {
                throw CheckpointError(
                    .tooLarge, "safetensors: expected at most \(Safetensors.fileLimit) bytes, got \(fileSize)")
            }
            let data = fileSize - end
            var covered = 0
            var names: Set<String> = []
            for entry in entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
                let label = "tensor \(entry.name.quotedForMessage)"
                guard entry.begin == covered else {
                    let fault = entry.begin < covered ? "overlaps the tensor before it" : "leaves a gap before it"
                    throw CheckpointError(
                        .malformed, "\(label) \(fault): expected data_offsets from \(covered), got \(entry.begin)")
                }
                var isFilled = entry.end >= entry.begin
                if case .number(let type) = entry.type {
                    let size = entry.shape.checkedProduct?.multipliedReportingOverflow(by: type.size)
                    isFilled = isFilled && size?.overflow == false && size?.partialValue == entry.end - entry.begin
                }
                guard isFilled else {
                    throw CheckpointError(
                        .malformed,
                        "\(label): expected \(entry.kind) \(entry.shape) to fill its data_offsets, "
                            + "got [\(entry.begin), \(entry.end)]")
                }
                guard entry.end <= data else {
                    throw CheckpointError(.truncated, "\(label): expected \(entry.end) bytes of data, got \(data)")
                }
                covered = entry.end
                guard names.insert(entry.name).inserted else {
                    throw CheckpointError(.malformed, "\(label) is given twice")
                }
            }
            guard covered == data else {
                throw CheckpointError(
                    .malformed, "expected the tensors to end with the file at \(data) bytes of data, got \(covered)")
            }
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
            var type: Entry.Kind?
            var shape: [Int]?
            var offsets: [Int]?
            try json.expect("{")
            repeat {
                let key = try json.string()
                try json.expect(":")
                switch key {
                case "dtype" where type == nil:
                    let text = try json.string()
                    type = ElementType(rawValue: text).map { .number($0) } ?? .other(text)
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
