import AnimoMotion
import AnimoPictureTestSupport
import Testing

@testable import AnimoPictures
@testable import AnimoVideo

@Suite struct MJPEGSplitterTests {
    private func split(_ stream: [UInt8], pieces: Int, limit: Int = 1 << 20) throws(PictureError)
        -> (frames: [[UInt8]], broken: Int)
    {
        var splitter = MJPEGSplitter(limit: limit)
        var frames: [[UInt8]] = []
        for start in stride(from: 0, to: stream.count, by: pieces) {
            splitter.append(Array(stream[start..<min(start + pieces, stream.count)]))
            while let frame = try splitter.next() { frames.append(frame) }
        }
        if let last = try splitter.finish() { frames.append(last) }
        return (frames, splitter.brokenFrames)
    }

    private func frames() throws -> [[UInt8]] {
        let thumbnail = JPEGBuilder(blocks: [[[99]]]).build()
        let withThumbnail = JPEGBuilder(
            blocks: [[[10], [20]]], segments: [JPEGBuilder.segment(0xE1, Array("Exif\0\0".utf8) + thumbnail)])
        return [
            try PictureEncoder.encode(TestPicture.noise(40, 30), as: .jpeg, quality: 95), withThumbnail.build(),
            try PictureEncoder.encode(TestPicture.smooth(17, 9), as: .jpeg),
            JPEGBuilder(blocks: [[[1, 2, 3, 4]]]).build(),
        ]
    }

    @Test(arguments: [1, 2, 3, 7, 100, 1 << 20])
    func framesComeWholeHoweverTheyArrive(pieces: Int) throws {
        let frames = try frames()
        let found = try split(frames.flatMap { $0 }, pieces: pieces)
        #expect(found.frames == frames)
        #expect(found.broken == 0)
    }

    @Test(arguments: [1, 5, 4096])
    func boundariesBetweenFramesDoNotMatter(pieces: Int) throws {
        let frames = try frames()
        let boundary = Array("\r\n--frame\r\nContent-Type: image/jpeg\r\n\r\n".utf8) + [0xFF, 0xD8, 0x00, 0xFF, 0xFF]
        let found = try split(boundary + frames.flatMap { $0 + boundary } + [0], pieces: pieces)
        #expect(found.frames == frames)
    }

    @Test(arguments: [1, 3, 64, 1 << 20])
    func aStartEndsTheFrameBefore(pieces: Int) throws {
        let frames = try frames()
        let unmarked = frames.map { Array($0.dropLast(2)) }
        #expect(try split(unmarked.flatMap { $0 }, pieces: pieces).frames == unmarked)
        #expect(try split(unmarked.flatMap { $0 }, pieces: pieces).broken == 0)
        for (frame, whole) in zip(unmarked, frames) {
            #expect(try PictureDecoder.decode(frame) == PictureDecoder.decode(whole))
        }
    }

    @Test(arguments: [1, 3, 1 << 20])
    func aDoubledStartIsOne(pieces: Int) throws {
        let frames = try frames()
        let found = try split(frames.flatMap { [0xFF, 0xD8] + $0 }, pieces: pieces)
        #expect(found.frames == frames)
        #expect(found.broken == 0)
    }

    @Test func aFrameThatBreaksOffIsLeftToItsDecoder() throws {
        let frames = try frames()
        let half = Array(frames[0].prefix(frames[0].count / 2))
        let found = try split(frames[0] + half + frames[2], pieces: 64)
        #expect(found.frames == [frames[0], half, frames[2]])
        #expect(throws: PictureError.self) { try PictureDecoder.decode(half) }
        let bare = try split(frames[0] + Array(frames[0].prefix(20)) + frames[2], pieces: 64)
        #expect(bare.frames == [frames[0], frames[2]])
        #expect(bare.broken == 1)
    }

    @Test func theEndWithinAFrameIsTold() throws {
        let frame = try frames()[0]
        let whole = try PictureDecoder.decode(frame)
        for count in 3..<frame.count {
            do throws(PictureError) {
                let found = try split(Array(frame.prefix(count)), pieces: 512).frames
                #expect(found == [Array(frame.prefix(count))])
                #expect(try PictureDecoder.decode(found.first ?? []) == whole && count >= frame.count - 3)
            } catch {
                #expect(error.code == .truncated)
            }
        }
    }

    @Test func aFrameWithoutEndIsRefused() {
        let endless = [0xFF, 0xD8, 0xFF, 0xDA, 0, 2] + [UInt8](repeating: 7, count: 100_000)
        let error = #expect(throws: PictureError.self) { try split(endless, pieces: 1000, limit: 50_000) }
        #expect(error?.code == .tooLarge)
    }

    @Test func anythingMayCome() {
        var random = SplitMix64(state: 11)
        for _ in 0..<300 {
            var splitter = MJPEGSplitter(limit: 5000)
            for _ in 0..<20 {
                let symbols: [UInt8] = [0xFF, 0xD8, 0xD9, 0xDA, 0xE1, 0, 1, 2, 0xC0]
                splitter.append((0..<50).map { _ in symbols.randomElement(using: &random) ?? 0 })
                do { while try splitter.next() != nil {} } catch { break }
            }
        }
    }
}
