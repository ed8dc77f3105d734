/// Memory of the machine's values: one list, in which they name each other by number.
///
/// Nothing here owns anything else, so that neither deep nesting nor cycles can exhaust the stack, whatever the file.
struct PickleArena {
    typealias Index = Int32

    struct Node {
        var kind: Kind
        /// Items of a list; keys and values of a dictionary in turn; items set on an object.
        var children: [Index] = []
        /// An object's arguments and state.
        var arguments: Index?
        var state: Index?
    }

    enum Kind {
        case none
        case bool(Bool)
        case integer(Int)
        case number(Double)
        /// Beyond 64 bits: little-endian two's complement.
        case bigInteger([UInt8])
        /// Ranges are places in the pickle.
        case text(Range<Int>)
        /// A text that is written with escapes.
        case decoded(String)
        case bytes(Range<Int>)
        case list
        case tuple
        case dictionary
        /// A class or function, by module and name.
        case global(String)
        case object(String)
        /// A number in ``PickleArena/storages``.
        case storage(Int)
        /// A number in ``PickleArena/tensors``.
        case tensor(Int)
    }

    /// Numbers in a row that tensors are views of.
    struct Storage {
        let key: String
        /// The class, such as `torch.FloatStorage`.
        let typeName: String
        let count: Int
        /// Offset in the storage called `key`, in elements.
        let offset: Int
    }

    struct Tensor {
        let storage: Int
        let offset: Int
        let shape: [Int]
        let strides: [Int]
    }

    private(set) var nodes: [Node] = [
        Node(kind: .none), Node(kind: .bool(false)), Node(kind: .bool(true)),
    ]
    private(set) var storages: [Storage] = []
    private(set) var tensors: [Tensor] = []

    /// The values of which one each is enough.
    static let none: Index = 0
    static let no: Index = 1
    static let yes: Index = 2

    subscript(index: Index) -> Node {
        get { nodes[Int(index)] }
        _modify { yield &nodes[Int(index)] }
    }

    mutating func add(_ kind: Kind, _ children: [Index] = []) -> Index {
        nodes.append(Node(kind: kind, children: children))
        return Index(truncatingIfNeeded: nodes.count - 1)
    }

    mutating func add(_ storage: Storage) -> Index {
        storages.append(storage)
        return add(.storage(storages.count - 1))
    }

    mutating func add(_ tensor: Tensor) -> Index {
        tensors.append(tensor)
        return add(.tensor(tensors.count - 1))
    }
}
