import AnimoPictures
import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoVideo

/// Streams as public bug reports describe them; what is right is in their README.
@Suite(.enabled(if: Fixtures.url("field") != nil, "needs ../shared/fixtures/field"))
struct FieldStreamTests {
    private func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: try #require(Fixtures.url("field/\(name)"))))
    }

    @Test(arguments: ["ok.mjpeg", "no-eoi.mjpeg", "double-soi.mjpeg", "first-three-corrupt-scan.mjpeg"])
    func eightFramesAreEight(name: String) throws {
        var splitter = MJPEGSplitter()
        splitter.append(try bytes(name))
        var frames: [[UInt8]] = []
        while let frame = try splitter.next() { frames.append(frame) }
        if let last = try splitter.finish() { frames.append(last) }
        #expect(frames.count == 8 && splitter.brokenFrames == 0)
        #expect(frames.filter { (try? PictureDecoder.decode($0)) != nil }.count == (name.hasPrefix("first") ? 5 : 8))
    }

    @Test func framesBeforeANewlineAreRead() throws {
        var reader = Y4MReader()
        reader.append(try bytes("trailing-newline.y4m"))
        var count = 0
        #expect(throws: PictureError.self) { while try reader.next() != nil { count += 1 } }
        #expect(count == 4)
    }
}
