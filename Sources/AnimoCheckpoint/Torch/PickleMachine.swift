/// Follows a pickle's operations and builds plain values.
///
/// The operations are an allow-list; a class or function is a name and nothing else, and what the file asks to call or
/// to construct with it becomes an inert object. A few names mean data that is known here: ordered dictionaries,
/// tensors and the storages they view.
struct PickleMachine {
    /// Operations and copied references together; a checkpoint of a thousand tensors takes some 50,000.
    static let workLimit = 2_000_000
    /// The longest name of a module, class or storage.
    static let nameLimit = 512

    /// Values that were built.
    var arena = PickleArena()
    /// Place of the next operation.
    var cursor: ByteCursor
    /// Values that operations take and leave, by number.
    var stack: [PickleArena.Index] = []
    /// Heights of the stack at the open marks.
    private var marks: [Int] = []
    private var memo: [UInt32: PickleArena.Index] = [:]
    private var work = 0

    /// Offset at which the pickle ended, once it has run.
    var end: Int { cursor.position }

    /// - Parameter position: offset of the pickle's first operation.
    init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
        cursor = ByteCursor(bytes, at: position, reading: "pickle")
    }

    /// Runs up to the end of this pickle and returns the value it leaves.
    mutating func run() throws(CheckpointError) -> PickleArena.Index {
        while true {
            let byte = try cursor.byte()
            try charge(1)
            guard let opcode = PickleOpcode(rawValue: byte) else {
                throw CheckpointError(
                    .unsupported,
                    "pickle: operation 0x\(String(byte, radix: 16)) at byte \(cursor.position - 1) "
                        + "is not one that checkpoints need")
            }
            if opcode == .stop { return try pop() }
            try step(opcode)
        }
    }

    private mutating func step(_ opcode: PickleOpcode) throws(CheckpointError) {
        switch opcode {
        case .stop: break
        case .proto:
            let version = try cursor.byte()
            guard (0...5).contains(version) else {
                throw CheckpointError(.unsupported, "pickle: expected protocol 0 to 5, got \(version)")
            }
        case .frame: _ = try cursor.length()
        case .mark: marks.append(stack.count)
        case .pop: _ = try pop()
        case .popMark: _ = try popToMark()
        case .none: stack.append(PickleArena.none)
        case .newTrue: stack.append(PickleArena.yes)
        case .newFalse: stack.append(PickleArena.no)
        case .binInt: push(.integer(Int(try cursor.integer(Int32.self))))
        case .binInt1: push(.integer(Int(try cursor.byte())))
        case .binInt2: push(.integer(Int(try cursor.integer(UInt16.self))))
        case .long1: try pushLong(Int(cursor.byte()))
        case .long4: try pushLong(Int(cursor.integer(Int32.self)))
        case .binFloat: push(.number(Double(bitPattern: try cursor.integer(UInt64.self).byteSwapped)))
        case .binString, .shortBinString, .binUnicode, .shortBinUnicode, .binUnicode8, .binBytes, .shortBinBytes,
            .binBytes8, .byteArray8:
            try pushText(opcode)
        case .emptyList, .emptySet: push(.list)
        case .append, .appends, .addItems: try append(one: opcode == .append)
        case .list, .frozenSet: push(.list, try popToMark())
        case .emptyTuple: push(.tuple)
        case .tuple: push(.tuple, try popToMark())
        case .tuple1: push(.tuple, try pop(1))
        case .tuple2: push(.tuple, try pop(2))
        case .tuple3: push(.tuple, try pop(3))
        case .emptyDict: push(.dictionary)
        case .dict: push(.dictionary, try pairs(try popToMark()))
        case .setItem, .setItems: try setItems(one: opcode == .setItem)
        case .binPut: try remember(UInt32(try cursor.byte()))
        case .longBinPut: try remember(try cursor.integer(UInt32.self))
        case .memoize: try remember(UInt32(memo.count))
        case .binGet: try recall(UInt32(try cursor.byte()))
        case .longBinGet: try recall(try cursor.integer(UInt32.self))
        case .global:
            let module = try name(try cursor.line(limit: Self.nameLimit))
            push(.global("\(module).\(try name(try cursor.line(limit: Self.nameLimit)))"))
        case .stackGlobal:
            let parts = try pop(2)
            push(.global("\(try text(parts[0])).\(try text(parts[1]))"))
        case .reduce:
            let parts = try pop(2)
            stack.append(try reduce(parts[0], parts[1]))
        case .newObject:
            let parts = try pop(2)
            stack.append(try object(parts[0], parts[1]))
        case .newObjectEx:
            let parts = try pop(3)
            stack.append(try object(parts[0], parts[1]))
        case .build:
            let state = try pop()
            let target = try top()
            if case .object = arena[target].kind { arena[target].state = state }
        case .binPersistentID: stack.append(try storage(try pop()))
        case .int, .long, .float, .string, .unicode, .put, .get, .persistentID: try stepByLine(opcode)
        case .instance:
            let module = try name(try cursor.line(limit: Self.nameLimit))
            let type = arena.add(.global("\(module).\(try name(try cursor.line(limit: Self.nameLimit)))"))
            stack.append(try object(type, arena.add(.tuple, try popToMark())))
        case .objectOfClass:
            let parts = try popToMark()
            guard let type = parts.first else { throw underflow() }
            stack.append(try object(type, arena.add(.tuple, Array(parts.dropFirst()))))
        case .duplicate: stack.append(try top())
        }
    }

    // MARK: Stack and memo

    private mutating func charge(_ amount: Int) throws(CheckpointError) {
        work += amount
        guard work <= Self.workLimit else {
            throw CheckpointError(.tooLarge, "pickle: expected at most \(Self.workLimit) steps, got more")
        }
    }

    /// Adds a value and puts it on the stack.
    mutating func push(_ kind: PickleArena.Kind, _ children: [PickleArena.Index] = []) {
        stack.append(arena.add(kind, children))
    }

    private func underflow() -> CheckpointError {
        CheckpointError(.malformed, "pickle: byte \(cursor.position) takes more values than there are")
    }

    private func top() throws(CheckpointError) -> PickleArena.Index {
        guard let last = stack.last, stack.count > marks.last ?? 0 else { throw underflow() }
        return last
    }

    private mutating func pop() throws(CheckpointError) -> PickleArena.Index {
        let last = try top()
        stack.removeLast()
        return last
    }

    private mutating func pop(_ count: Int) throws(CheckpointError) -> [PickleArena.Index] {
        guard stack.count - (marks.last ?? 0) >= count else { throw underflow() }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popToMark() throws(CheckpointError) -> [PickleArena.Index] {
        guard let mark = marks.popLast() else { throw underflow() }
        defer { stack.removeLast(stack.count - mark) }
        return Array(stack[mark...])
    }

    /// Notes the top of the stack in the memo.
    mutating func remember(_ key: UInt32) throws(CheckpointError) { memo[key] = try top() }

    /// Puts a noted value on the stack.
    ///
    /// - Throws: `malformed` where nothing was noted under the key.
    mutating func recall(_ key: UInt32) throws(CheckpointError) {
        guard let index = memo[key] else {
            throw CheckpointError(.malformed, "pickle: memo \(key) is recalled before it is set")
        }
        stack.append(index)
    }

    // MARK: Numbers and text

    private mutating func pushLong(_ length: Int) throws(CheckpointError) {
        let bytes = try cursor.take(length)
        guard length <= 8 else {
            push(.bigInteger(Array(bytes)))
            return
        }
        var value: UInt64 = bytes.last.map { $0 >= 0x80 ? .max : 0 } ?? 0
        for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
        push(.integer(Int(truncatingIfNeeded: value)))
    }

    private mutating func pushText(_ opcode: PickleOpcode) throws(CheckpointError) {
        let length: Int
        switch opcode {
        case .shortBinString, .shortBinUnicode, .shortBinBytes: length = Int(try cursor.byte())
        case .binUnicode8, .binBytes8, .byteArray8: length = try cursor.length()
        default: length = Int(try cursor.integer(UInt32.self))
        }
        let start = cursor.position
        try cursor.skip(length)
        switch opcode {
        case .binBytes, .shortBinBytes, .binBytes8, .byteArray8: push(.bytes(start..<start + length))
        default: push(.text(start..<start + length))
        }
    }

    /// Name of at most ``nameLimit`` bytes of UTF-8.
    func name(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError) -> String {
        guard bytes.count <= Self.nameLimit, let name = String(validating: bytes, as: UTF8.self) else {
            throw CheckpointError(.malformed, "pickle: expected a name of at most \(Self.nameLimit) bytes of UTF-8")
        }
        return name
    }

    /// Text of a value, of at most ``nameLimit`` bytes.
    ///
    /// - Throws: `malformed` where it is none.
    func text(_ index: PickleArena.Index) throws(CheckpointError) -> String {
        if case .decoded(let text) = arena[index].kind, text.utf8.count <= Self.nameLimit { return text }
        guard case .text(let range) = arena[index].kind else {
            throw CheckpointError(.malformed, "pickle: expected a string before byte \(cursor.position)")
        }
        return try name(UnsafeRawBufferPointer(rebasing: cursor.bytes[range]))
    }

    private func integer(_ index: PickleArena.Index) throws(CheckpointError) -> Int {
        guard case .integer(let value) = arena[index].kind else {
            throw CheckpointError(.malformed, "pickle: expected an integer before byte \(cursor.position)")
        }
        return value
    }

    private func integers(_ index: PickleArena.Index) throws(CheckpointError) -> [Int] {
        let items = try tuple(index)
        guard items.count <= 16 else {
            throw CheckpointError(.malformed, "pickle: expected at most 16 dimensions, got \(items.count)")
        }
        var integers: [Int] = []
        for item in items { integers.append(try integer(item)) }
        return integers
    }

    private func tuple(_ index: PickleArena.Index) throws(CheckpointError) -> [PickleArena.Index] {
        switch arena[index].kind {
        case .tuple, .list: return arena[index].children
        default: throw CheckpointError(.malformed, "pickle: expected a tuple before byte \(cursor.position)")
        }
    }

    // MARK: Containers

    private mutating func append(one: Bool) throws(CheckpointError) {
        let items = one ? try pop(1) : try popToMark()
        let target = try top()
        switch arena[target].kind {
        case .list, .object: arena[target].children.append(contentsOf: items)
        default: throw CheckpointError(.malformed, "pickle: byte \(cursor.position) appends to what is no list")
        }
    }

    private func pairs(_ items: [PickleArena.Index]) throws(CheckpointError) -> [PickleArena.Index] {
        guard items.count.isMultiple(of: 2) else {
            throw CheckpointError(.malformed, "pickle: expected a value for each key before byte \(cursor.position)")
        }
        return items
    }

    private mutating func setItems(one: Bool) throws(CheckpointError) {
        let items = try pairs(one ? try pop(2) : try popToMark())
        let target = try top()
        switch arena[target].kind {
        case .dictionary, .object: arena[target].children.append(contentsOf: items)
        default: throw CheckpointError(.malformed, "pickle: byte \(cursor.position) sets items of no dictionary")
        }
    }

    // MARK: What a file asks to construct

    private mutating func reduce(
        _ callee: PickleArena.Index, _ arguments: PickleArena.Index
    ) throws(CheckpointError) -> PickleArena.Index {
        guard case .global(let name) = arena[callee].kind else { return try object(callee, arguments) }
        let items = try tuple(arguments)
        switch name {
        case "collections.OrderedDict", "collections.defaultdict", "builtins.dict", "__builtin__.dict":
            return try dictionary(name, items)
        case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor":
            return try tensor(items)
        case "torch._utils._rebuild_tensor_v3" where items.count >= 7:
            // Kinds of number without a storage class of their own; the storage is one of bytes.
            guard case .global(let type) = arena[items[6]].kind else { return try object(callee, arguments) }
            return arena.add(.object(type))
        case "copyreg._reconstructor", "copy_reg._reconstructor":
            guard let first = items.first, case .global = arena[first].kind else {
                return try object(callee, arguments)
            }
            return try object(first, arena.add(.tuple, Array(items.dropFirst())))
        case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state", "torch.Size",
            "builtins.set", "__builtin__.set", "builtins.frozenset", "__builtin__.frozenset":
            guard let first = items.first else { return arena.add(.list) }
            return first
        case "torch._tensor._rebuild_from_type_v2" where items.count == 4:
            guard case .global(let inner) = arena[items[0]].kind, inner.hasPrefix("torch._utils._rebuild_tensor")
            else { return try object(callee, arguments) }
            return try tensor(try tuple(items[2]))
        default:
            return try object(callee, arguments)
        }
    }

    private mutating func dictionary(
        _ name: String, _ arguments: [PickleArena.Index]
    ) throws(CheckpointError) -> PickleArena.Index {
        guard name != "collections.defaultdict", let first = arguments.first else { return arena.add(.dictionary) }
        if case .dictionary = arena[first].kind {
            try charge(arena[first].children.count)
            return arena.add(.dictionary, arena[first].children)
        }
        var children: [PickleArena.Index] = []
        for item in try tuple(first) {
            try charge(2)
            let pair = try tuple(item)
            guard pair.count == 2 else {
                throw CheckpointError(.malformed, "pickle: expected pairs of key and value for a dictionary")
            }
            children.append(contentsOf: pair)
        }
        return arena.add(.dictionary, children)
    }

    private mutating func object(
        _ type: PickleArena.Index, _ arguments: PickleArena.Index
    ) throws(CheckpointError) -> PickleArena.Index {
        let typeName: String
        switch arena[type].kind {
        case .global(let name): typeName = name
        case .object(let name): typeName = name
        default: typeName = "unknown"
        }
        let index = arena.add(.object(typeName))
        arena[index].arguments = arguments
        return index
    }

    /// `(storage, offset, size, stride, …)`
    private mutating func tensor(_ arguments: [PickleArena.Index]) throws(CheckpointError) -> PickleArena.Index {
        guard arguments.count >= 4, case .storage(let storage) = arena[arguments[0]].kind else {
            throw CheckpointError(.malformed, "pickle: expected storage, offset, size and stride for a tensor")
        }
        return arena.add(
            PickleArena.Tensor(
                storage: storage, offset: try integer(arguments[1]), shape: try integers(arguments[2]),
                strides: try integers(arguments[3])))
    }

    /// `('storage', type, key, location, count)`, in the older container with a view `(key, offset, count)` or None.
    mutating func storage(_ identifier: PickleArena.Index) throws(CheckpointError) -> PickleArena.Index {
        let parts = try tuple(identifier)
        guard let first = parts.first, try text(first) == "storage", parts.count >= 5,
            case .global(let typeName) = arena[parts[1]].kind
        else { return try object(identifier, identifier) }
        let key = try text(parts[2])
        let count = try integer(parts[4])
        var offset = 0
        if parts.count > 5, case .tuple = arena[parts[5]].kind {
            let view = try tuple(parts[5])
            guard view.count == 3 else {
                throw CheckpointError(.malformed, "pickle: expected key, offset and count for a view of a storage")
            }
            offset = try integer(view[1])
            // The view's own key names it elsewhere; its numbers lie in the storage called by the first key.
            return arena.add(
                PickleArena.Storage(key: key, typeName: typeName, count: try integer(view[2]), offset: offset))
        }
        guard count >= 0 else { throw CheckpointError(.malformed, "pickle: a storage of \(count) elements") }
        return arena.add(PickleArena.Storage(key: key, typeName: typeName, count: count, offset: offset))
    }
}
