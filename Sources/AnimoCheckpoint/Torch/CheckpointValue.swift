/// A value out of a pickle, as plain data.
///
/// Instances of unknown classes are kept as ``CheckpointObject``: what they were called and what they were made from,
/// never anything that runs.
public enum CheckpointValue: Sendable {
    case none
    case bool(Bool)
    case integer(Int)
    /// An integer beyond 64 bits, little-endian two's complement.
    case bigInteger([UInt8])
    case number(Double)
    case string(String)
    case bytes([UInt8])
    /// A list, tuple or set.
    case list([CheckpointValue])
    case dictionary(CheckpointDictionary)
    case tensor(NamedArray)
    indirect case object(CheckpointObject)

    public var stringValue: String? { if case .string(let text) = self { text } else { nil } }
    public var integerValue: Int? { if case .integer(let value) = self { value } else { nil } }
    public var listValue: [CheckpointValue]? { if case .list(let items) = self { items } else { nil } }
    public var tensorValue: NamedArray? { if case .tensor(let array) = self { array } else { nil } }
    public var objectValue: CheckpointObject? { if case .object(let object) = self { object } else { nil } }
    public var dictionaryValue: CheckpointDictionary? {
        if case .dictionary(let dictionary) = self { dictionary } else { nil }
    }

    /// What stands under a string key, where this is a dictionary that has it.
    public subscript(key: String) -> CheckpointValue? { dictionaryValue?[key] }
}

/// A pickled dictionary in the order it was filled; keys may be anything.
public struct CheckpointDictionary: Sendable {
    public let entries: [(key: CheckpointValue, value: CheckpointValue)]
    private let places: [String: Int]

    init(_ entries: [(key: CheckpointValue, value: CheckpointValue)]) {
        self.entries = entries
        var places: [String: Int] = [:]
        for (place, entry) in entries.enumerated() {
            if let key = entry.key.stringValue { places[key] = place }
        }
        self.places = places
    }

    /// What stands under a string key; the last, where it was set more than once.
    public subscript(key: String) -> CheckpointValue? { places[key].map { entries[$0].value } }

    /// The keys that are strings, in order.
    public var names: [String] { entries.compactMap(\.key.stringValue) }

    /// The tensors under string keys, each named by its key.
    public var arrays: [String: NamedArray] {
        var arrays: [String: NamedArray] = [:]
        for (key, value) in entries {
            if let name = key.stringValue, let array = value.tensorValue { arrays[name] = array.renamed(name) }
        }
        return arrays
    }
}

/// An instance of a class this reader does not know, kept inert.
public struct CheckpointObject: Sendable {
    /// Module and name of the class or function, such as `argparse.Namespace`.
    public let typeName: String
    /// What the constructor would have been given.
    public let arguments: [CheckpointValue]
    /// What the instance would have been filled with, usually its attributes.
    public let state: CheckpointValue?
    /// Items that would have been appended or set.
    public let items: [CheckpointValue]
}
