/// Writes PNGs of every colour type, depth and interlacing, and broken ones, without libpng.
package struct PNGBuilder {
    package var width: Int
    package var height: Int
    package var depth = 8
    /// 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGBA.
    package var colourType = 2
    package var interlaced = false
    /// Chunks between IHDR and IDAT.
    package var chunks: [(name: String, body: [UInt8])] = []
    /// Sample of a channel of a pixel, 0 ..< 2^depth.
    package var sample: (_ x: Int, _ y: Int, _ channel: Int) -> Int = { _, _, _ in 0 }

    package init(
        width: Int, height: Int, depth: Int = 8, colourType: Int = 2, interlaced: Bool = false,
        chunks: [(name: String, body: [UInt8])] = [],
        sample: @escaping (_ x: Int, _ y: Int, _ channel: Int) -> Int = { _, _, _ in 0 }
    ) {
        self.width = width
        self.height = height
        self.depth = depth
        self.colourType = colourType
        self.interlaced = interlaced
        self.chunks = chunks
        self.sample = sample
    }

    package var channels: Int { [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][colourType] ?? 1 }

    /// The whole file.
    package func build() -> [UInt8] {
        PNGBuilder.signature + header + chunks.flatMap { PNGBuilder.chunk($0.name, $0.body) }
            + PNGBuilder.chunk("IDAT", PNGBuilder.stored(rows())) + PNGBuilder.chunk("IEND", [])
    }

    package static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    package var header: [UInt8] {
        PNGBuilder.chunk(
            "IHDR",
            PNGBuilder.big(UInt32(width)) + PNGBuilder.big(UInt32(height))
                + [UInt8(depth), UInt8(colourType), 0, 0, interlaced ? 1 : 0])
    }

    /// Rows with filter byte 0, of all passes.
    private func rows() -> [UInt8] {
        let passes: [(x: Int, y: Int, dx: Int, dy: Int)] =
            interlaced
            ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
            : [(0, 0, 1, 1)]
        var bytes: [UInt8] = []
        for pass in passes where pass.x < width {
            for y in stride(from: pass.y, to: height, by: pass.dy) {
                bytes.append(0)
                var (bits, filled) = (0, 0)
                for x in stride(from: pass.x, to: width, by: pass.dx) {
                    for channel in 0..<channels {
                        bits = bits << depth | sample(x, y, channel)
                        filled += depth
                        while filled >= 8 {
                            bytes.append(UInt8(truncatingIfNeeded: bits >> (filled - 8)))
                            filled -= 8
                            bits &= (1 << filled) - 1
                        }
                    }
                }
                if filled > 0 { bytes.append(UInt8(truncatingIfNeeded: bits << (8 - filled))) }
            }
        }
        return bytes
    }

    package static func big(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }

    /// - Parameter length: what the chunk says of itself, where that shall be a lie.
    package static func chunk(_ name: String, _ body: [UInt8], length: UInt32? = nil) -> [UInt8] {
        let named = Array(name.utf8) + body
        return big(length ?? UInt32(body.count)) + named + big(crc(named))
    }

    /// zlib without compression.
    package static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        var place = 0
        repeat {
            let end = min(place + 65535, bytes.count)
            let count = UInt16(end - place)
            stream += [end == bytes.count ? 1 : 0, UInt8(count & 255), UInt8(count >> 8)]
            stream += [UInt8(~count & 255), UInt8(~count >> 8)] + bytes[place..<end]
            place = end
        } while place < bytes.count
        var (a, b) = (UInt32(1), UInt32(0))
        for byte in bytes {
            a = (a + UInt32(byte)) % 65521
            b = (b + a) % 65521
        }
        return stream + big(b << 16 | a)
    }

    /// zlib that inflates to `count` zeros at 13 bits for 258 of them.
    package static func bomb(zeros count: Int) -> [UInt8] {
        var bytes: [UInt8] = [0x78, 0x01]
        var (bits, filled) = (0, 0)
        func put(_ code: Int, _ length: Int) {
            for i in (0..<length).reversed() {
                bits |= (code >> i & 1) << filled
                filled += 1
                if filled == 8 {
                    bytes.append(UInt8(bits))
                    (bits, filled) = (0, 0)
                }
            }
        }
        put(0b110, 3)  // last block, fixed codes
        put(0b0011_0000, 8)  // a zero
        for _ in 0..<(count / 258) {
            put(0b1100_0101, 8)  // repeat 258 …
            put(0, 5)  // … from one byte back
        }
        put(0, 7)
        if filled > 0 { bytes.append(UInt8(bits)) }
        return bytes + [0, 0, 0, 0]
    }

    private static let table: [UInt32] = (0..<256).map { n in
        (0..<8).reduce(UInt32(n)) { c, _ in c & 1 == 1 ? 0xEDB8_8320 ^ c >> 1 : c >> 1 }
    }

    package static func crc(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(0xFFFF_FFFF) { table[Int(($0 ^ UInt32($1)) & 255)] ^ $0 >> 8 }
    }
}
