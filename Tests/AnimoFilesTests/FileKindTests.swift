import AnimoFiles
import AnimoMotion
import Foundation
import Testing

@Suite struct FileKindTests {
    private static func padded(_ start: [UInt8], to count: Int = 64) -> [UInt8] {
        start + [UInt8](repeating: 0, count: max(count - start.count, 0))
    }

    static let starts: [(FileKind, [UInt8])] = [
        (.webp, padded(Array("RIFF\u{10}\u{0}\u{0}\u{0}WEBPVP8 ".utf8))),
        (.avi, padded(Array("RIFF1234AVI LIST".utf8))),
        (.avif, padded([0, 0, 0, 28] + Array("ftypavif".utf8))),
        (.heic, padded([0, 0, 0, 24] + Array("ftypheic".utf8))),
        (.mp4, padded([0, 0, 0, 32] + Array("ftypisom".utf8))),
        (.quickTime, padded([0, 0, 0, 20] + Array("ftypqt  ".utf8))),
        (.gif, padded(Array("GIF89a".utf8))), (.bmp, padded(Array("BM".utf8) + [54, 0, 3, 0, 0, 0, 0, 0])),
        (.html, Array("\n<!DOCTYPE html><html><head><title>Google Drive - Virus scan warning".utf8)),
        (.html, [0xEF, 0xBB, 0xBF] + Array("<HTML lang=en>".utf8)),
        (.xml, Array("<?xml version=\"1.0\"?><Error>".utf8)),
        (.svg, Array("<?xml version=\"1.0\"?><svg width=\"10\">".utf8)), (.json, Array(" {\"a\": 1}".utf8)),
        (.lfsPointer, Array("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n".utf8)),
        (.utf16, [0xFF, 0xFE, 0x5B, 0]), (.gguf, padded(Array("GGUF".utf8) + [3, 0, 0, 0])),
        (.safetensors, [2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8)), (.pickle, padded([0x80, 4, 0x95])),
        (.matlab4, padded([0, 0, 0, 0, 1, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0] + Array("exp\0".utf8))),
        (.tar, [UInt8](repeating: 0x61, count: 257) + Array("ustar".utf8)), (.zip, padded([0x50, 0x4B, 3, 4])),
        (.sevenZip, padded([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C])), (.gzip, padded([0x1F, 0x8B, 8])),
    ]

    @Test(arguments: starts)
    func kindsAreToldByTheirFirstBytes(kind: FileKind, start: [UInt8]) { #expect(FileKind(start) == kind) }

    @Test func nothingIsToldOfNoise() {
        var random = SplitMix64(state: 5)
        #expect(FileKind([]) == nil)
        #expect(FileKind(Array("a few words of text".utf8)) == nil)
        let named = (0..<2000).filter { _ in
            FileKind((0..<Int.random(in: 0...300, using: &random)).map { _ in .random(in: 0...255, using: &random) })
                != nil
        }
        #expect(named.count < 5)
    }

    @Test func everyKindIsReadFromEveryLengthWithoutATrap() {
        for (_, start) in Self.starts { for count in 0...start.count { _ = FileKind(Array(start.prefix(count))) } }
    }
}
