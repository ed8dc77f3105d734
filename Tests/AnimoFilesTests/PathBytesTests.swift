import AnimoFiles
import AnimoMotion
import Testing

@Suite struct PathBytesTests {
    @Test(arguments: [
        Array("plain.png".utf8), Array("façade 画.png".utf8), [0x66, 0xFF, 0x2E], [0xC3], [0xC3, 0x28], [0xE2, 0x82],
        [0xF0, 0x9F, 0x98], [0xED, 0xA0, 0x80], [0xC0, 0xAF], [0xF4, 0x8F, 0xBF, 0x80], [0xF4, 0x8F, 0xBF, 0xBF],
        [0x80, 0x81, 0xFE], [],
    ])
    func bytesComeBackAsTheyWere(bytes: [UInt8]) {
        let name = String(pathBytes: bytes)
        #expect(name.pathBytes == bytes)
        #expect(name.hasEscapedBytes == (String(validating: bytes, as: UTF8.self) == nil || bytes.first == 0xF4))
        name.withPathBytes { pointer in
            #expect((0..<bytes.count).map { UInt8(bitPattern: pointer[$0]) } == bytes && pointer[bytes.count] == 0)
        }
    }

    @Test func anyBytesComeBack() {
        var random = SplitMix64(state: 3)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                UInt8.random(in: 1...255, using: &random)
            }
            #expect(String(pathBytes: bytes).pathBytes == bytes)
        }
    }

    @Test func theyAreShownAsBytes() {
        #expect(String(pathBytes: [0x61, 0xFF, 0x62]).printablePath == "a\\xffb")
        #expect("ü".printablePath == "ü")
    }
}
