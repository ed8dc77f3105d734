import AnimoJSON

/// Protocols 0 and 1, which write numbers and texts as lines.
///
/// Source: CPython's Lib/pickletools.py, whose table says how each operation's line is written.
extension PickleMachine {
    /// The longest line of a number, name or persistent identifier; texts may have any length.
    private static let lineLimit = 4096

    /// Carries out one operation whose argument is a line.
    mutating func stepByLine(_ opcode: PickleOpcode) throws(CheckpointError) {
        switch opcode {
        case .string: try pushQuoted()
        case .unicode: try pushEscaped()
        case .put: try remember(try key())
        case .get: try recall(try key())
        case .persistentID: stack.append(try storage(try identifier(try ascii())))
        default: try pushNumber(opcode, try ascii())
        }
    }

    private mutating func ascii() throws(CheckpointError) -> String {
        try name(try cursor.line(limit: min(Self.lineLimit, Self.nameLimit)))
    }

    private mutating func key() throws(CheckpointError) -> UInt32 {
        let text = try ascii()
        guard let key = UInt32(text) else { throw unreadable("a memo's number", text) }
        return key
    }

    private func unreadable(_ expected: String, _ text: String) -> CheckpointError {
        CheckpointError(
            .malformed, "pickle: expected \(expected) before byte \(cursor.position), got \(text.quotedForMessage)")
    }

    /// `I42`, `I01` (true), `L42L`, `F0.5`
    private mutating func pushNumber(_ opcode: PickleOpcode, _ text: String) throws(CheckpointError) {
        switch (opcode, text) {
        case (.int, "00"): stack.append(PickleArena.no)
        case (.int, "01"): stack.append(PickleArena.yes)
        case (.float, _):
            guard let value = Double(text) else { throw unreadable("a number", text) }
            push(.number(value))
        default:
            let digits = opcode == .long && text.hasSuffix("L") ? String(text.dropLast()) : text
            if let value = Int(digits) {
                push(.integer(value))
            } else if let bytes = Self.littleEndian(digits) {
                push(.bigInteger(bytes))
            } else {
                throw unreadable("an integer", text)
            }
        }
    }

    /// The digits of a natural number in base 256, lowest first, as two's complement has them.
    private static func littleEndian(_ digits: String) -> [UInt8]? {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        var bytes: [UInt8] = []
        for digit in digits.utf8 {
            var carry = Int(digit - 0x30)
            for place in bytes.indices {
                carry += Int(bytes[place]) * 10
                bytes[place] = UInt8(carry & 255)
                carry >>= 8
            }
            while carry > 0 {
                bytes.append(UInt8(carry & 255))
                carry >>= 8
            }
        }
        if let last = bytes.last, last >= 0x80 { bytes.append(0) }
        return bytes
    }

    /// `S'text'`: Python's way to write a string of bytes.
    private mutating func pushQuoted() throws(CheckpointError) {
        let start = cursor.position
        let line = try cursor.line(limit: .max)
        guard line.count >= 2, let quote = line.first, quote == line.last, quote == 0x27 || quote == 0x22 else {
            throw CheckpointError(.malformed, "pickle: expected a string in quotes at byte \(start)")
        }
        let inner = UnsafeRawBufferPointer(rebasing: line[1..<(line.count - 1)])
        guard inner.contains(0x5c) else {
            push(.text((start + 1)..<(start + line.count - 1)))
            return
        }
        push(.decoded(try unescaped(inner)))
    }

    /// `Vtext`: Unicode of which only line feeds, backslashes and what is beyond Latin-1 are escaped.
    private mutating func pushEscaped() throws(CheckpointError) {
        let start = cursor.position
        let line = try cursor.line(limit: .max)
        guard line.contains(where: { $0 == 0x5c || $0 >= 0x80 }) else {
            push(.text(start..<(start + line.count)))
            return
        }
        push(.decoded(try unescaped(line)))
    }

    private func unescaped(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError) -> String {
        var scalars = String.UnicodeScalarView()
        var place = 0
        func fault() -> CheckpointError {
            CheckpointError(.malformed, "pickle: an escape in the string before byte \(cursor.position) is none")
        }
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            guard byte == 0x5c else {
                scalars.append(Unicode.Scalar(byte))
                continue
            }
            guard place < bytes.count else { throw fault() }
            let kind = bytes[place]
            place += 1
            switch kind {
            case UInt8(ascii: "n"): scalars.append("\n")
            case UInt8(ascii: "r"): scalars.append("\r")
            case UInt8(ascii: "t"): scalars.append("\t")
            case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): scalars.append(Unicode.Scalar(kind))
            case UInt8(ascii: "x"), UInt8(ascii: "u"), UInt8(ascii: "U"):
                let count = kind == UInt8(ascii: "x") ? 2 : kind == UInt8(ascii: "u") ? 4 : 8
                guard count <= bytes.count - place,
                    let code = UInt32(String(decoding: bytes[place..<(place + count)], as: UTF8.self), radix: 16),
                    let scalar = Unicode.Scalar(code)
                else { throw fault() }
                place += count
                scalars.append(scalar)
            default: throw fault()
            }
        }
        return String(scalars)
    }

    /// The tuple that names a storage in protocol 0, whose identifiers are lines:
    /// `('storage', <class 'torch.FloatStorage'>, '0', 'cpu', 4)`.
    private mutating func identifier(_ line: String) throws(CheckpointError) -> PickleArena.Index {
        var items: [PickleArena.Index] = []
        guard line.hasPrefix("("), line.hasSuffix(")") else { return arena.add(.tuple, [arena.add(.decoded(line))]) }
        for part in line.dropFirst().dropLast().split(separator: ",") {
            let word = part.drop { $0 == " " }
            if word.isEmpty { continue }
            let inQuotes = word.split(separator: "'", omittingEmptySubsequences: false)
            if word.hasPrefix("<class "), inQuotes.count == 3 {
                items.append(arena.add(.global(String(inQuotes[1]))))
            } else if word.hasPrefix("'"), inQuotes.count == 3 {
                items.append(arena.add(.decoded(String(inQuotes[1]))))
            } else if word == "None" {
                items.append(PickleArena.none)
            } else if let number = Int(word) {
                items.append(arena.add(.integer(number)))
            } else {
                throw unreadable("the identifier of a storage", line)
            }
        }
        return arena.add(.tuple, items)
    }
}
