import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoPictures

/// Files as public bug reports describe them; what is right is in their README.
@Suite(.enabled(if: Fixtures.url("field") != nil, "needs ../shared/fixtures/field"))
struct FieldPictureTests {
    private func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: try #require(Fixtures.url("field/\(name)"))))
    }

    @Test(arguments: ["badcrc-iTXt.png", "no-iend.png"])
    func pixelsAreThoseOfTheWholeFile(name: String) throws {
        #expect(try PictureDecoder.decode(bytes(name)) == PictureDecoder.decode(bytes("base.png")))
    }

    @Test func aJPEGWithoutItsLastBytesIsDrawn() throws {
        let cut = try bytes("no-eoi.jpg")
        #expect(try PictureDecoder.decode(cut) == PictureDecoder.decode(cut + [0xFF, 0xD9]))
    }

    @Test func anOrientedPNGIsTurned() throws {
        let picture = try PictureDecoder.decode(bytes("exif-6.png"))
        #expect((picture.width, picture.height) == (256, 192))
    }

    @Test(arguments: [("webp-named.jpg", "a WebP picture"), ("heic-named.jpg", "an HEIC picture")])
    func otherFormatsAreNamed(name: String, words: String) throws {
        let error = #expect(throws: PictureError.self) { try PictureDecoder.decode(bytes(name)) }
        #expect(
            error?.message
                == "expected PNG or JPEG, got \(words): convert it first, such as by: ffmpeg -i FILE picture.png")
    }
}
