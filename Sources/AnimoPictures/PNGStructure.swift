/// Facts from the chunks of a PNG, read without decoding it: orientation, and whether the end is marked.
///
/// Source: Portable Network Graphics, third edition, 5.3 (chunk layout) and 11.3.4.5 (eXIf).
struct PNGStructure: Equatable {
    /// By the chunk eXIf; upright where there is none.
    private(set) var orientation = Orientation.upright
    /// Bytes of the whole chunks where the file ends behind its pixels and before `IEND`; nil: whole, or truncated
    /// within the pixels.
    private(set) var unmarkedEnd: Int?

    /// The empty chunk that ends a PNG.
    static let end: [UInt8] = [0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82]

    /// Walks over the chunks; never fails, since the decoder judges the file.
    init(_ bytes: [UInt8]) {
        var place = 8
        var sawPixels = false
        while place + 8 <= bytes.count {
            let length = bytes[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
            let name = bytes[(place + 4)..<(place + 8)]
            let isPixels = name.elementsEqual("IDAT".utf8)
            guard length <= bytes.count - place - 12 else {
                if isPixels { return }
                break
            }
            let end = place + 12 + length
            if name.elementsEqual("IEND".utf8) { return }
            sawPixels = sawPixels || isPixels
            if orientation == .upright, name.elementsEqual("eXIf".utf8) {
                let sum = bytes[(end - 4)..<end].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                if Self.checksum(bytes[(place + 4)..<(end - 4)]) == sum {
                    orientation = Orientation(tiff: bytes[(place + 8)..<(end - 4)]) ?? .upright
                }
            }
            place = end
        }
        if sawPixels { unmarkedEnd = place }
    }

    /// Returns whether the rows come in Adam7's seven passes; the last byte of IHDR, which is the first chunk.
    static func isInterlaced(_ bytes: [UInt8]) -> Bool { bytes.count > 28 && bytes[28] != 0 }

    /// CRC-32 with the polynomial 0xEDB88320, of which a chunk is checked (Annex D).
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        ~bytes.reduce(UInt32.max) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum & 1 == 1 ? 0xEDB8_8320 ^ sum >> 1 : sum >> 1 }
        }
    }
}
