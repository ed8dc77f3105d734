/// Memory of the machine's values: one list, in which they name each other by number.
///
/// Nothing here owns anything else, so that neither deep nesting nor cycles can exhaust the stack, whatever the file.
struct PickleArena {
    /// Number of a value in the list.
    typealias Index = Int32

    /// One value with the numbers of those that it holds.
    struct Node {
        /// Its type, with what is no other value.
        var kind: Kind
        /// Items of a list; keys and values of a dictionary in turn; items set on an object.
        var children: [Index] = []
        /// Arguments that an object was made with.
        var arguments: Index?
        /// State that was set on an object.
        var state: Index?
    }

    /// Type of a value.
    enum Kind {
        /// Python's None.
        case none
        /// True or False.
        case bool(Bool)
        /// At most 64 bits.
        case integer(Int)
        /// A float.
        case number(Double)
        /// Beyond 64 bits: little-endian two's complement.
        case bigInteger([UInt8])
        /// Ranges are places in the pickle.
        case text(Range<Int>)
        /// A text that is written with escapes.
        case decoded(String)
        /// Place of a bytes object in the pickle.
        case bytes(Range<Int>)
        /// A list, or a set.
        case list
        /// A tuple.
        case tuple
        /// A dictionary, ordered or not.
        case dictionary
        /// A class or function, by module and name.
        case global(String)
        /// An instance, by its class's module and name.
        case object(String)
        /// A number in ``PickleArena/storages``.
        case storage(Int)
        /// A number in ``PickleArena/tensors``.
        case tensor(Int)
    }

    /// Numbers in a row that tensors are views of.
    struct Storage {
        /// Name of the storage's file in a ZIP, or its number.
        let key: String
        /// The class, such as `torch.FloatStorage`.
        let typeName: String
        /// Number of elements.
        let count: Int
        /// Offset in the storage called `key`, in elements.
        let offset: Int
    }

    /// A view of a storage.
    struct Tensor {
        /// A number in ``PickleArena/storages``.
        let storage: Int
        /// First element in the storage.
        let offset: Int
        /// Size of each dimension.
        let shape: [Int]
        /// Elements from one index to the next in each dimension.
        let strides: [Int]
    }

    /// All values; the first three are None, False and True.
    private(set) var nodes: [Node] = [
        Node(kind: .none), Node(kind: .bool(false)), Node(kind: .bool(true)),
    ]
    /// Storages, in the order they were met.
    private(set) var storages: [Storage] = []
    /// Tensors, in the order they were met.
    private(set) var tensors: [Tensor] = []

    /// None, of which one is enough, as of the two others.
    static let none: Index = 0
    /// False.
    static let no: Index = 1
    /// True.
    static let yes: Index = 2

    /// A value; indices come from this list alone.
    subscript(index: Index) -> Node {
        get { nodes[Int(index)] }
        _modify { yield &nodes[Int(index)] }
    }

    /// Adds a value.
    ///
    /// - Returns: its number.
    mutating func add(_ kind: Kind, _ children: [Index] = []) -> Index {
        nodes.append(Node(kind: kind, children: children))
        return Index(truncatingIfNeeded: nodes.count - 1)
    }

    /// Adds a storage and its value.
    ///
    /// - Returns: the value's number.
    mutating func add(_ storage: Storage) -> Index {
        storages.append(storage)
        return add(.storage(storages.count - 1))
    }

    /// Adds a tensor and its value.
    ///
    /// - Returns: the value's number.
    mutating func add(_ tensor: Tensor) -> Index {
        tensors.append(tensor)
        return add(.tensor(tensors.count - 1))
    }
}
