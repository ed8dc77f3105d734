/// File names that are not UTF-8, kept byte for byte in a `String`.
///
/// A Unix file name is any run of bytes. A `String` made from one in the usual way has U+FFFD where the bytes are no
/// UTF-8, which names another file. Here each such byte b becomes the private scalar U+10FF00 + b, which
/// ``withPathBytes(_:)`` turns back; bytes that spell one of these scalars are taken for such bytes themselves, so that
/// no two names meet.
extension String {
    private static let escapes: ClosedRange<UInt32> = 0x10_FF80...0x10_FFFF

    /// The name that `bytes` are.
    package init(pathBytes bytes: some Sequence<UInt8>) {
        var scalars = String.UnicodeScalarView()
        let bytes = Array(bytes)
        var place = 0
        while place < bytes.count {
            let length = Self.length(bytes[place])
            let end = Swift.min(place + length, bytes.count)
            if let text = String(validating: bytes[place..<end], as: UTF8.self), let scalar = text.unicodeScalars.first,
                text.unicodeScalars.count == 1, !Self.escapes.contains(scalar.value)
            {
                scalars.append(scalar)
                place = end
            } else {
                // Bytes below 0x80 are always UTF-8.
                if let escape = Unicode.Scalar(0x10_FF00 + UInt32(bytes[place])) { scalars.append(escape) }
                place += 1
            }
        }
        self.init(scalars)
    }

    /// Bytes of a character that begins so.
    private static func length(_ byte: UInt8) -> Int {
        switch byte {
        case 0xC0...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF7: 4
        default: 1
        }
    }

    /// The name's own bytes.
    package var pathBytes: [UInt8] {
        unicodeScalars.flatMap { scalar in
            Self.escapes.contains(scalar.value) ? [UInt8(scalar.value & 0xFF)] : Array(UTF8.encode(scalar) ?? .init())
        }
    }

    /// Indicates whether the name holds bytes that are no UTF-8.
    package var hasEscapedBytes: Bool { unicodeScalars.contains { Self.escapes.contains($0.value) } }

    /// Calls `body` with the name as the system takes it, ended by a zero.
    package func withPathBytes<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
        try (pathBytes + [0]).withUnsafeBytes { raw in
            try raw.withMemoryRebound(to: CChar.self) { buffer in
                guard let base = buffer.baseAddress else { return try "".withCString(body) }
                return try body(base)
            }
        }
    }

    /// The name for people: such a byte as `\xff`.
    package var printablePath: String {
        guard hasEscapedBytes else { return self }
        var text = ""
        for scalar in unicodeScalars {
            if Self.escapes.contains(scalar.value) {
                text += "\\x" + String(scalar.value & 0xFF, radix: 16)
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
