import AnimoPictureTestSupport
import Testing

@testable import AnimoPictures
@testable import AnimoVideo

@Suite struct RawSplitterTests {
    @Test(arguments: [1, 17, 1 << 20])
    func framesComeWhole(pieces: Int) throws {
        let pictures = (0..<3).map { TestPicture.noise(7, 5, seed: UInt64($0)) }
        let stream = pictures.flatMap(\.pixels)
        var splitter = try RawSplitter(width: 7, height: 5)
        var found: [Picture] = []
        for start in stride(from: 0, to: stream.count, by: pieces) {
            splitter.append(Array(stream[start..<min(start + pieces, stream.count)]))
            while let picture = try splitter.next() { found.append(picture) }
        }
        #expect(try splitter.finish() == nil)
        #expect(found == pictures)
        splitter.append([1])
        #expect(throws: PictureError.self) { try splitter.finish() }
    }

    @Test func refusesASizeBeyondTheLimits() {
        #expect(throws: PictureError.self) { try RawSplitter(width: 0, height: 5) }
        #expect(throws: PictureError.self) { try RawSplitter(width: 9000, height: 9000) }
    }
}
