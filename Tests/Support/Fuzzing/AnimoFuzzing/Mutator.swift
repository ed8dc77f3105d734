/// Bytes made from kept ones, as libFuzzer does: cut, doubled, flipped, filled with numbers that lengths like least.
package struct Mutator: Sendable {
    private static let awkward: [[UInt8]] = [
        [0], [0xFF], [0x7F], [0x80], [0xFF, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0], [0, 0, 0, 0x80],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0, 0, 0, 0, 0x80],
    ]

    private let corpus: [[UInt8]]

    package init(corpus: [[UInt8]]) { self.corpus = corpus.isEmpty ? [[]] : corpus }

    package func next(using random: inout some RandomNumberGenerator) -> [UInt8] {
        var bytes = corpus.randomElement(using: &random) ?? []
        for _ in 0...Int.random(in: 0...4, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: if place < bytes.count { bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random) }
            case 1: if place < bytes.count { bytes[place] = .random(in: 0...255, using: &random) }
            case 2: bytes.removeSubrange(place...)
            case 3: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...8, using: &random)))
            case 4: bytes.insert(contentsOf: bytes[place...].prefix(64), at: place)
            default:
                let value = Self.awkward.randomElement(using: &random) ?? []
                let end = min(bytes.count, place + value.count)
                bytes.replaceSubrange(place..<end, with: value.prefix(end - place))
            }
        }
        return bytes
    }
}
