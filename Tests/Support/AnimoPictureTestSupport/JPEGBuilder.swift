/// Writes baseline JPEGs of flat 8 × 8 blocks with any number of components, without libjpeg.
package struct JPEGBuilder {
    /// Value of each component of each block, (rows, columns, components), as stored.
    package var blocks: [[[Int]]]
    /// Adobe's marker with its transform: 0 RGB or CMYK, 1 YCbCr, 2 YCCK.
    package var adobe: UInt8?
    /// Segments right after the start.
    package var segments: [[UInt8]] = []
    /// One scan for the means of all components, then one for the rest of each component.
    package var progressive = false
    /// One scan for each component.
    package var separate = false

    package init(
        blocks: [[[Int]]], adobe: UInt8? = nil, segments: [[UInt8]] = [], progressive: Bool = false,
        separate: Bool = false
    ) {
        self.blocks = blocks
        self.adobe = adobe
        self.segments = segments
        (self.progressive, self.separate) = (progressive, separate)
    }

    package var components: Int { blocks[0][0].count }

    package func build() -> [UInt8] {
        var bytes: [UInt8] = [0xFF, 0xD8] + segments.flatMap { $0 }
        if let adobe {
            bytes += Self.segment(0xEE, Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, adobe])
        }
        bytes += Self.segment(0xDB, [0] + [UInt8](repeating: 1, count: 64))
        bytes += Self.frame(
            progressive ? 0xC2 : 0xC0, width: blocks[0].count * 8, height: blocks.count * 8, components: components)
        bytes += Self.tables
        return bytes + scans.flatMap { $0 } + [0xFF, 0xD9]
    }

    /// Each scan with its header.
    package var scans: [[UInt8]] {
        let all = Array(0..<components)
        if separate { return all.map { Self.scan([$0]) + entropy([$0]) } }
        guard progressive else { return [Self.scan(all) + entropy(all)] }
        return [Self.scan(all, to: 0) + entropy(all, rest: false)]
            + all.map { Self.scan([$0], from: 1) + entropy([$0], mean: false) }
    }

    /// Twelve DC categories with codes of four bits; one AC symbol, end of block.
    package static let tables =
        segment(0xC4, [0x00, 0, 0, 0, 12] + [UInt8](repeating: 0, count: 12) + Array(0..<12))
        + segment(0xC4, [0x10, 1] + [UInt8](repeating: 0, count: 15) + [0])

    package static func segment(_ marker: UInt8, _ body: [UInt8]) -> [UInt8] {
        let length = body.count + 2
        return [0xFF, marker, UInt8(length >> 8), UInt8(length & 255)] + body
    }

    package static func frame(
        _ marker: UInt8, width: Int, height: Int, components: Int, bits: UInt8 = 8, sampling: UInt8 = 0x11
    ) -> [UInt8] {
        let size = [UInt8(height >> 8), UInt8(height & 255), UInt8(width >> 8), UInt8(width & 255)]
        let parts = (0..<components).flatMap { index -> [UInt8] in [UInt8(truncatingIfNeeded: index + 1), sampling, 0] }
        return segment(marker, [bits] + size + [UInt8(components)] + parts)
    }

    package static func scan(components: Int, from: UInt8 = 0, to: UInt8 = 63, approximation: UInt8 = 0) -> [UInt8] {
        scan(Array(0..<components), from: from, to: to, approximation: approximation)
    }

    package static func scan(_ components: [Int], from: UInt8 = 0, to: UInt8 = 63, approximation: UInt8 = 0) -> [UInt8]
    {
        segment(
            0xDA,
            [UInt8(components.count)] + components.flatMap { index -> [UInt8] in [UInt8(index + 1), 0] }
                + [from, to, approximation])
    }

    /// A TIFF directory with one entry, the orientation.
    package static func exif(orientation: Int, littleEndian: Bool) -> [UInt8] {
        let entry: [UInt8] =
            littleEndian
            ? [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, UInt8(orientation), 0, 0, 0]
            : [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(orientation), 0, 0]
        return segment(0xE1, Array("Exif".utf8) + [0, 0] + entry + [0, 0, 0, 0])
    }

    /// - Parameters:
    ///   - mean: write each block's first coefficient.
    ///   - rest: write that there are no others.
    private func entropy(_ parts: [Int], mean: Bool = true, rest: Bool = true) -> [UInt8] {
        var bytes: [UInt8] = []
        var (bits, filled) = (0, 0)
        func put(_ code: Int, _ length: Int) {
            for i in (0..<length).reversed() {
                bits = bits << 1 | (code >> i & 1)
                filled += 1
                if filled == 8 {
                    bytes.append(UInt8(bits))
                    if bits == 255 { bytes.append(0) }
                    (bits, filled) = (0, 0)
                }
            }
        }
        var last = [Int](repeating: 0, count: components)
        for block in blocks.joined() {
            for component in parts {
                let level = 8 * (block[component] - 128)
                let difference = level - last[component]
                last[component] = level
                let category = Int.bitWidth - abs(difference).leadingZeroBitCount
                if mean {
                    put(category, 4)
                    put(difference < 0 ? difference - 1 + (1 << category) : difference, category)
                }
                if rest { put(0, 1) }
            }
        }
        while filled != 0 { put(1, 1) }
        return bytes
    }
}
