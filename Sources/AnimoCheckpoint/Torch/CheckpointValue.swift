/// A value out of a pickle, as plain data.
///
/// Instances of unknown classes are kept as ``CheckpointObject``: what they were called and what they were made from,
/// never anything that runs.
package enum CheckpointValue: Sendable {
    /// Python's None.
    case none
    /// True or False.
    case bool(Bool)
    /// An integer of at most 64 bits.
    case integer(Int)
    /// An integer beyond 64 bits, little-endian two's complement.
    case bigInteger([UInt8])
    /// A float.
    case number(Double)
    /// Text.
    case string(String)
    /// A bytes object or bytearray.
    case bytes([UInt8])
    /// A list, tuple or set.
    case list([CheckpointValue])
    /// A dictionary, ordered or not.
    case dictionary(CheckpointDictionary)
    /// A tensor, a view of its storage.
    case tensor(NamedArray)
    /// An instance of an unknown class.
    indirect case object(CheckpointObject)

    /// The string; nil for any other value.
    package var stringValue: String? { if case .string(let text) = self { text } else { nil } }
    /// The integer; nil for any other value.
    package var integerValue: Int? { if case .integer(let value) = self { value } else { nil } }
    /// The items of a list; nil for any other value.
    package var listValue: [CheckpointValue]? { if case .list(let items) = self { items } else { nil } }
    /// The tensor; nil for any other value.
    package var tensorValue: NamedArray? { if case .tensor(let array) = self { array } else { nil } }
    /// The inert object; nil for any other value.
    package var objectValue: CheckpointObject? { if case .object(let object) = self { object } else { nil } }
    /// The dictionary; nil for any other value.
    package var dictionaryValue: CheckpointDictionary? {
        if case .dictionary(let dictionary) = self { dictionary } else { nil }
    }

    /// The value under a string key, where this is a dictionary that has it.
    package subscript(key: String) -> CheckpointValue? { dictionaryValue?[key] }
}

/// A pickled dictionary in the order it was filled; keys may be anything.
package struct CheckpointDictionary: Sendable {
    /// All entries, in the order they were set.
    package let entries: [(key: CheckpointValue, value: CheckpointValue)]
    private let places: [String: Int]

    /// - Parameter entries: in the order of the pickle.
    init(_ entries: [(key: CheckpointValue, value: CheckpointValue)]) {
        self.entries = entries
        var places: [String: Int] = [:]
        for (place, entry) in entries.enumerated() {
            if let key = entry.key.stringValue { places[key] = place }
        }
        self.places = places
    }

    /// The value under a string key; the last, where it was set more than once.
    package subscript(key: String) -> CheckpointValue? { places[key].map { entries[$0].value } }

    /// The keys that are strings, in order.
    package var names: [String] { entries.compactMap(\.key.stringValue) }

    /// The tensors under string keys, each named by its key.
    package var arrays: [String: NamedArray] {
        var arrays: [String: NamedArray] = [:]
        for (key, value) in entries {
            if let name = key.stringValue, let array = value.tensorValue { arrays[name] = array.renamed(name) }
        }
        return arrays
    }
}

/// An instance of a class this reader does not know, kept inert.
package struct CheckpointObject: Sendable {
    /// Module and name of the class or function, such as `argparse.Namespace`.
    package let typeName: String
    /// Arguments for the constructor, which is never called.
    package let arguments: [CheckpointValue]
    /// The state that unpickling would have set, usually the instance's attributes.
    package let state: CheckpointValue?
    /// Items that would have been appended or set.
    package let items: [CheckpointValue]
}
