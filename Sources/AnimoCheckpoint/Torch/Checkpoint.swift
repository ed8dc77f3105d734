import AnimoJSON

/// A PyTorch checkpoint as a tree of plain values.
package struct Checkpoint: Sendable {
    /// Container of a PyTorch checkpoint.
    package enum Container: String, Sendable {
        /// Since PyTorch 1.6.
        case zip
        /// Before: several pickles and raw storages one after the other.
        case legacy
    }

    /// The file's container.
    package let container: Container
    /// The value that was pickled.
    package let root: CheckpointValue

    /// Returns the value under a path of string keys.
    package func value(at path: String...) -> CheckpointValue? {
        var value: CheckpointValue? = root
        for key in path { value = value?[key] }
        return value
    }

    /// The tensors of the model: those of `state_dict` where the file has one, else those of the file itself where it
    /// is a bare state dict, else those of all its dictionaries, named `dictionary.tensor`.
    package func stateDictionary() throws(CheckpointError) -> [String: NamedArray] {
        guard let top = root.dictionaryValue else {
            throw CheckpointError(.malformed, "checkpoint: expected a dictionary of tensors")
        }
        if let inner = top["state_dict"]?.dictionaryValue, !inner.arrays.isEmpty { return inner.arrays }
        let direct = top.arrays
        if !direct.isEmpty { return direct }
        var nested: [String: NamedArray] = [:]
        for name in top.names {
            for (leaf, array) in top[name]?.dictionaryValue?.arrays ?? [:] {
                nested["\(name).\(leaf)"] = array.renamed("\(name).\(leaf)")
            }
        }
        guard !nested.isEmpty else {
            let names = top.names.prefix(12).map(\.quotedForMessage).joined(separator: ", ")
            throw CheckpointError(.malformed, "checkpoint: expected a state_dict of tensors, got only \(names)")
        }
        return nested
    }

    /// The most tensors that ``everyTensor()`` gives, and the most entries it looks at.
    static let entryLimit = 1 << 18

    /// All tensors under string keys, at most four dictionaries deep, each named by its keys joined with dots; what
    /// lies in lists and in instances of classes is left out.
    package func everyTensor() throws(CheckpointError) -> ArrayArchive {
        var found = ArrayArchive()
        var seen = 0
        // A dictionary may stand in many places at once, so the walk is bounded and not only its depth.
        var open: [(path: String, depth: Int, value: CheckpointValue)] = [("", 0, root)]
        while let (path, depth, value) = open.popLast() {
            guard let dictionary = value.dictionaryValue else { continue }
            seen += dictionary.entries.count
            guard seen <= Self.entryLimit else {
                throw CheckpointError(.tooLarge, "checkpoint: expected at most \(Self.entryLimit) entries, got more")
            }
            for (key, value) in dictionary.entries {
                guard let key = key.stringValue else { continue }
                let name = path.isEmpty ? key : "\(path).\(key)"
                if let array = value.tensorValue {
                    found.arrays[name] = array.renamed(name)
                } else if let kind = value.objectValue?.unreadTensor {
                    found.unread[name] = kind
                } else if depth < 3 {
                    open.append((name, depth + 1, value))
                }
            }
        }
        guard !found.arrays.isEmpty || !found.unread.isEmpty else { throw noTensors }
        return found
    }

    private var noTensors: CheckpointError {
        let values = [root] + (root.dictionaryValue?.entries.map(\.value) ?? [])
        if let module = values.compactMap(\.objectValue).first(where: \.isModule) {
            return CheckpointError(
                .unsupported,
                "checkpoint: expected a dictionary of tensors, got a whole module (\(module.typeName.quotedForMessage)): "
                    + "save its weights alone, in Python: torch.save(model.state_dict(), 'weights.pt')")
        }
        let names = (root.dictionaryValue?.names ?? []).prefix(12).map(\.quotedForMessage).joined(separator: ", ")
        let got =
            names.isEmpty ? root.objectValue.map { "a \($0.typeName.quotedForMessage)" } ?? "none" : "only \(names)"
        return CheckpointError(.malformed, "checkpoint: expected a dictionary of tensors, got \(got)")
    }
}

extension CheckpointObject {
    /// Stored type of a tensor that is kept inert, since no network here uses such numbers; nil for any other value.
    fileprivate var unreadTensor: String? {
        let parts = typeName.split(separator: ".")
        guard parts.first == "torch", let last = parts.last else { return nil }
        if last.hasSuffix("Storage") { return String(last.dropLast("Storage".count)) }
        if last.hasPrefix("_rebuild_") { return "a tensor of another kind (\(last))" }
        return PickleArena.unreadTypes.contains(String(last)) ? String(last) : nil
    }

    /// Indicates whether this is an instance of one of PyTorch's modules or of a class made from them.
    fileprivate var isModule: Bool { state?["_modules"] != nil && state?["_parameters"] != nil }
}

extension Checkpoint {
    /// Starts of a pickle of PyTorch's magic number, which begins the older container, in protocols 2 to 5 and in 0 and
    /// 1, which write numbers as text.
    static func hasMagicNumber(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let number: [UInt8] = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
        if bytes.starts(with: Array("L119547037146038801333356L\n".utf8)) { return true }
        guard bytes.count > 2, bytes[0] == 0x80, (2...5).contains(bytes[1]) else { return false }
        // Protocols 4 and 5 put a frame of nine bytes around it.
        return bytes.dropFirst(2).starts(with: number) || bytes.dropFirst(11).starts(with: number)
    }

    /// Reads the ZIP container: `data.pkl` says what there is, `data/KEY` hold the storages.
    init(zip file: FileBytes) throws(CheckpointError) {
        container = .zip
        root = try file.withUnsafeBytes { (raw) throws(CheckpointError) in
            let directory = try ZipDirectory(raw)
            for (isOther, words) in [
                (directory.isTorchScript, CheckpointReader.torchScript),
                (directory.isNumPyArchive, CheckpointReader.numPyArchive),
            ] where isOther { throw CheckpointError(.unsupported, "expected a PyTorch checkpoint, got \(words)") }
            let pickles = directory.entries.keys.filter { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }
            guard let name = pickles.first, pickles.count == 1, let place = try directory.stored(name) else {
                throw CheckpointError(
                    .malformed,
                    "a ZIP archive, but no PyTorch checkpoint: expected one data.pkl, as torch.save writes it, got "
                        + "\(pickles.count): unpack it and name the file inside")
            }
            let stem = name.dropLast("data.pkl".count)
            if let order = try directory.stored("\(stem)byteorder"), raw[order].elementsEqual("big".utf8) {
                throw CheckpointError(.unsupported, "checkpoint: expected little-endian numbers, got big-endian ones")
            }
            let pickle = UnsafeRawBufferPointer(rebasing: raw[place])
            var machine = PickleMachine(pickle)
            let result = try machine.run()
            return try machine.arena.value(result, pickle: pickle) { (key) throws(CheckpointError) in
                guard let range = try directory.stored("\(stem)data/\(key)") else {
                    throw CheckpointError(
                        .malformed, "checkpoint: expected an entry for storage \(key.quotedForMessage), got none")
                }
                return PickleArena.Place(bytes: file, range: range)
            }
        }
    }

    /// Reads the older container: pickles of a magic number, a protocol number, facts about the machine, the object,
    /// the storages' keys; then each storage's element count and elements.
    init(legacy file: FileBytes) throws(CheckpointError) {
        container = .legacy
        root = try file.withUnsafeBytes { (raw) throws(CheckpointError) in
            var magic = PickleMachine(raw)
            let number = try magic.run()
            guard case .bigInteger(let bytes) = magic.arena[number].kind,
                bytes.elementsEqual([0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19])
            else { throw CheckpointError(.malformed, "checkpoint: expected PyTorch's magic number first") }
            var version = PickleMachine(raw, at: magic.end)
            let release = try version.run()
            guard case .integer(1001) = version.arena[release].kind else {
                throw CheckpointError(.unsupported, "checkpoint: expected version 1001 of the older container")
            }
            var facts = PickleMachine(raw, at: version.end)
            if case .bool(false)? = try facts.plainValue(raw)["little_endian"] {
                throw CheckpointError(.unsupported, "checkpoint: expected little-endian numbers, got big-endian ones")
            }
            var object = PickleMachine(raw, at: facts.end)
            let result = try object.run()
            var keys = PickleMachine(raw, at: object.end)
            let list = try keys.plainValue(raw)
            var cursor = ByteCursor(raw, at: keys.end, reading: "checkpoint storages")
            let places = try Self.storages(list, arena: object.arena, &cursor, file)
            return try object.arena.value(result, pickle: raw) { (key) throws(CheckpointError) in
                guard let place = places[key] else {
                    throw CheckpointError(
                        .malformed, "checkpoint: expected storage \(key.quotedForMessage) after the pickles, got none")
                }
                return place
            }
        }
    }
}

extension Checkpoint {
    /// The storages behind the pickles of the older container, by key.
    private static func storages(
        _ keys: CheckpointValue, arena: PickleArena, _ cursor: inout ByteCursor, _ file: FileBytes
    ) throws(CheckpointError) -> [String: PickleArena.Place] {
        var sizes: [String: Int] = [:]
        for storage in arena.storages where sizes[storage.key] == nil {
            sizes[storage.key] = PickleArena.elementSize(storage.typeName)
        }
        var places: [String: PickleArena.Place] = [:]
        for item in keys.listValue ?? [] {
            guard let key = item.stringValue, let size = sizes[key] else {
                throw CheckpointError(.unsupported, "checkpoint: expected storages of known kinds of number only")
            }
            let count = try cursor.length()
            let (length, overflow) = count.multipliedReportingOverflow(by: size)
            let start = cursor.position
            guard !overflow else { throw CheckpointError(.malformed, "checkpoint: a storage of \(count) elements") }
            try cursor.skip(length)
            places[key] = PickleArena.Place(bytes: file, range: start..<start + length)
        }
        return places
    }
}

extension PickleMachine {
    /// Runs a pickle that may hold no tensors.
    fileprivate mutating func plainValue(_ raw: UnsafeRawBufferPointer) throws(CheckpointError) -> CheckpointValue {
        let result = try run()
        return try arena.value(result, pickle: raw) { (_) throws(CheckpointError) in
            throw CheckpointError(.malformed, "checkpoint: expected no tensors in this pickle")
        }
    }
}
