/// Text of older Japanese programs.
enum ShiftJIS {
    /// The text of some bytes; bytes that make no character are dropped, such as the first half of one that was cut.
    static func decode(_ bytes: some Collection<UInt8>) -> String {
        var text = String.UnicodeScalarView()
        var first: UInt8?
        for byte in bytes {
            if let lead = first {
                first = nil
                if let scalar = scalar(lead, byte) {
                    text.append(scalar)
                    continue
                }
                // The first byte is dropped alone.
            }
            switch byte {
            case 0x81...0x9F, 0xE0...0xEF: first = byte
            case 0x5C: text.append("\u{A5}")
            case 0x7E: text.append("\u{203E}")
            case 0x00...0x7F: text.append(Unicode.Scalar(byte))
            case 0xA1...0xDF:  // katakana of half width
                if let scalar = Unicode.Scalar(0xFF61 + UInt32(byte - 0xA1)) { text.append(scalar) }
            default: break
            }
        }
        return String(text)
    }

    private static func scalar(_ lead: UInt8, _ trail: UInt8) -> Unicode.Scalar? {
        guard (0x40...0x7E).contains(trail) || (0x80...0xFC).contains(trail) else { return nil }
        let pair = Int(lead) - (lead < 0xA0 ? 0x81 : 0xC1)
        // Two rows of 94 to a first byte; 0x7F is left out.
        let place = Int(trail) - (trail < 0x80 ? 0x40 : 0x41)
        let index = pair * 188 + place
        guard characters.indices.contains(index), characters[index] != "\u{FFFD}" else { return nil }
        return characters[index]
    }
}
