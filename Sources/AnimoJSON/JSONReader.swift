/// Pulls JSON apart piece by piece, so that a reader which knows what must come next builds nothing else.
///
/// Stricter than most: a member named twice, a lone surrogate, a control character in a string, nesting beyond 64 and
/// anything after the value are errors.
package struct JSONReader {
    /// Deepest nesting of arrays and objects that is read.
    package static let depthLimit = 64

    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private let what: String

    /// Begins at the first byte.
    ///
    /// - Parameter what: name of the text, for messages.
    package init(_ bytes: UnsafeRawBufferPointer, reading what: String) {
        self.bytes = bytes
        self.what = what
    }

    /// The next byte that is not white space; 0 at the end.
    package mutating func peek() -> UInt8 {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return byte }
            position += 1
        }
        return 0
    }

    /// Takes `character` if it comes next.
    package mutating func accept(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character), position < bytes.count else { return false }
        position += 1
        return true
    }

    /// Takes `character`, which must come next.
    package mutating func expect(_ character: Unicode.Scalar) throws(JSONError) {
        guard accept(character) else { throw failure("expected '\(character)'") }
    }

    /// Nothing but white space may follow.
    package mutating func end() throws(JSONError) {
        _ = peek()
        guard position == bytes.count else { throw failure("expected the end") }
    }

    /// An error at the present position, with the byte that is there.
    package func failure(_ message: String) -> JSONError {
        let got = position < bytes.count ? "byte 0x" + String(bytes[position], radix: 16) : "the end"
        return JSONError(
            position < bytes.count ? .malformed : .truncated, "\(what): \(message) at byte \(position), got \(got)")
    }

    /// Takes a string.
    package mutating func string() throws(JSONError) -> String {
        try expect("\"")
        let start = position
        while position < bytes.count, bytes[position] != 0x22, bytes[position] != 0x5c, bytes[position] >= 0x20 {
            position += 1
        }
        var units = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            if byte == 0x22 {
                position += 1
                guard let text = String(validating: units, as: UTF8.self) else {
                    throw failure("expected a string of UTF-8 before this")
                }
                return text
            }
            guard byte >= 0x20 else { throw failure("expected no control character in a string") }
            position += 1
            if byte == 0x5c { try escape(into: &units) } else { units.append(byte) }
        }
        throw failure("expected the end of a string")
    }

    private mutating func escape(into units: inout [UInt8]) throws(JSONError) {
        guard position < bytes.count else { throw failure("expected an escape") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(byte)
        case UInt8(ascii: "b"): units.append(0x08)
        case UInt8(ascii: "f"): units.append(0x0c)
        case UInt8(ascii: "n"): units.append(0x0a)
        case UInt8(ascii: "r"): units.append(0x0d)
        case UInt8(ascii: "t"): units.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if code & 0xfc00 == 0xd800 {
                guard position + 1 < bytes.count, bytes[position] == 0x5c, bytes[position + 1] == UInt8(ascii: "u")
                else { throw failure("expected the second half of a surrogate pair") }
                position += 2
                let low = try hexadecimal()
                guard low & 0xfc00 == 0xdc00 else { throw failure("expected the second half of a surrogate pair") }
                code = 0x10000 + (code & 0x3ff) << 10 + (low & 0x3ff)
            }
            guard let scalar = Unicode.Scalar(code) else { throw failure("expected a character") }
            units.append(contentsOf: UTF8.encode(scalar) ?? .init())
        default: throw failure("expected a known escape before this")
        }
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw failure("expected four hexadecimal digits")
            }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }

    /// A number without fraction and exponent.
    package mutating func integer() throws(JSONError) -> Int {
        guard case .integer(let value) = try number() else { throw failure("expected an integer before this") }
        return value
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        _ = peek()
        let start = position
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
        let leading = position
        guard digits() > 0 else { throw failure("expected a value") }
        guard bytes[leading] != UInt8(ascii: "0") || position == leading + 1 else {
            throw failure("expected no leading zero before this")
        }
        var whole = true
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            whole = false
            position += 1
            guard digits() > 0 else { throw failure("expected digits") }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            whole = false
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            guard digits() > 0 else { throw failure("expected digits") }
        }
        guard position - start <= 400 else { throw failure("expected a shorter number before this") }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if whole, let integer = Int(text) { return .integer(integer) }
        guard let value = Double(text), value.isFinite else { throw failure("expected a number in range before this") }
        return .number(value)
    }

    private mutating func digits() -> Int {
        let start = position
        while position < bytes.count, bytes[position] >= 0x30, bytes[position] <= 0x39 { position += 1 }
        return position - start
    }

    /// Any value, as a tree.
    package mutating func value(depth: Int = 0) throws(JSONError) -> JSONValue {
        guard depth < Self.depthLimit else {
            throw JSONError(.tooLarge, "\(what): nested deeper than \(Self.depthLimit)")
        }
        switch peek() {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "["):
            try expect("[")
            var items: [JSONValue] = []
            if accept("]") { return .array(items) }
            repeat { items.append(try value(depth: depth + 1)) } while accept(",")
            try expect("]")
            return .array(items)
        case UInt8(ascii: "{"):
            try expect("{")
            var object = JSONObject()
            if accept("}") { return .object(object) }
            repeat {
                let name = try string()
                guard object[name] == nil else {
                    throw JSONError(.malformed, "\(what): \(name.quotedForMessage) is given twice at byte \(position)")
                }
                try expect(":")
                object[name] = try value(depth: depth + 1)
            } while accept(",")
            try expect("}")
            return .object(object)
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let expected = UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard bytes[position...].starts(with: expected) else { throw failure("expected a value") }
        position += expected.count
        return value
    }
}
