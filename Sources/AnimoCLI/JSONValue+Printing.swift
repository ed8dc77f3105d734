import AnimoJSON

/// JSON as it is printed: keys in a sensible order, plain lists on one line.
package typealias JSON = JSONValue

extension JSONValue {
    /// Makes an object of members in the order given.
    package static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        var object = JSONObject()
        for (name, value) in members { object[name] = value }
        return .object(object)
    }

    /// A Float as short as it reads, not as the Double next to it.
    package static func float(_ value: Float) -> JSONValue { decimal(Double(value.description) ?? Double(value)) }

    /// An array of Floats, each as short as it reads.
    package static func floats(_ values: [Float]) -> JSONValue { .array(values.map { float($0) }) }

    /// Whole numbers without a point.
    package static func decimal(_ value: Double) -> JSONValue {
        Int(exactly: value).map { .integer($0) } ?? .number(value)
    }

    /// A measured number, to so many digits behind the point.
    package static func measured(_ value: Double, digits: Int = 3) -> JSONValue {
        guard value.isFinite else { return .null }
        return decimal(Double(Quantity.fixed(value, digits)) ?? value)
    }

    /// A count, clamped to Int.
    package static func count(_ value: some BinaryInteger) -> JSONValue { .integer(Int(clamping: value)) }

    /// Indented; ends with a newline.
    package var pretty: String { render(depth: 0) + "\n" }

    private var isPlain: Bool {
        switch self {
        case .array, .object: false
        case .null, .bool, .integer, .number, .string: true
        }
    }

    private func render(depth: Int) -> String {
        switch self {
        case .array(let items) where !items.allSatisfy(\.isPlain):
            return Self.lines("[", items.map { $0.render(depth: depth + 1) }, "]", depth: depth)
        case .object(let object) where !object.names.isEmpty:
            let members = object.members.map { name, value in
                JSONValue.string(name).text + ": " + value.render(depth: depth + 1)
            }
            return Self.lines("{", members, "}", depth: depth)
        case .null, .bool, .integer, .number, .string, .array, .object: return text
        }
    }

    private static func lines(_ open: String, _ items: [String], _ close: String, depth: Int) -> String {
        let inner = String(repeating: "  ", count: depth + 1)
        return open + "\n" + items.map { inner + $0 }.joined(separator: ",\n") + "\n"
            + String(repeating: "  ", count: depth) + close
    }
}
