/// A JSON value whose objects keep their members' order and never hold a name twice.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// The members of a JSON object in the order of the text.
package struct JSONObject: Sendable, Equatable {
    /// The members' names, in order.
    package private(set) var names: [String] = []
    private var values: [String: JSONValue] = [:]

    /// Creates an empty object.
    package init() {}

    /// Setting nil removes the member; a new name goes to the end.
    package subscript(name: String) -> JSONValue? {
        get { values[name] }
        set {
            if let newValue {
                if values.updateValue(newValue, forKey: name) == nil { names.append(name) }
            } else if values.removeValue(forKey: name) != nil {
                names.removeAll { $0 == name }
            }
        }
    }

    /// All members, in order.
    package var members: [(name: String, value: JSONValue)] {
        names.compactMap { name in values[name].map { (name, $0) } }
    }
}

extension JSONValue {
    /// Reads one JSON text; see ``JSONReader`` for what is refused.
    ///
    /// A byte order mark of UTF-8 is stepped over; UTF-16 is named.
    package init(parsing text: some Collection<UInt8>) throws(JSONError) {
        let result: Result<JSONValue, JSONError> = Array(text).withUnsafeBytes { raw in
            do throws(JSONError) {
                let isMarked = raw.starts(with: [0xEF, 0xBB, 0xBF])
                // The first two characters of JSON are ASCII, so a zero among them is half of a wider one.
                if raw.starts(with: [0xFF, 0xFE]) || raw.starts(with: [0xFE, 0xFF]) || raw.prefix(2).contains(0) {
                    throw JSONError(.unsupported, "JSON: expected UTF-8, got UTF-16: save it as UTF-8")
                }
                var reader = JSONReader(
                    UnsafeRawBufferPointer(rebasing: isMarked ? raw[3...] : raw[...]), reading: "JSON")
                let value = try reader.value()
                try reader.end()
                return .success(value)
            } catch {
                return .failure(error)
            }
        }
        self = try result.get()
    }

    /// The string; nil for any other value.
    package var stringValue: String? { if case .string(let text) = self { text } else { nil } }
    /// The truth value; nil for any other value.
    package var boolValue: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    /// The items; nil for any other value.
    package var arrayValue: [JSONValue]? { if case .array(let items) = self { items } else { nil } }
    /// The object; nil for any other value.
    package var objectValue: JSONObject? { if case .object(let object) = self { object } else { nil } }

    /// The number where it is an integer; nil for any other value.
    package var integerValue: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        case .null, .bool, .string, .array, .object: nil
        }
    }

    /// The number; nil for any other value.
    package var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .null, .bool, .string, .array, .object: nil
        }
    }

    /// A word for messages: what kind of value this is.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array(let items): "an array of \(items.count)"
        case .object: "an object"
        }
    }

    /// Compact JSON text.
    package var text: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += value.isFinite ? String(value) : "null"
        case .string(let string): text += string.quotedAsJSON
        case .array(let items):
            text += "["
            for (index, item) in items.enumerated() {
                if index > 0 { text += ", " }
                item.write(to: &text)
            }
            text += "]"
        case .object(let object):
            text += "{"
            for (index, member) in object.members.enumerated() {
                if index > 0 { text += ", " }
                text += member.name.quotedAsJSON + ": "
                member.value.write(to: &text)
            }
            text += "}"
        }
    }
}

extension String {
    /// The string as JSON writes it.
    var quotedAsJSON: String {
        var text = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.isUnprintable:
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
