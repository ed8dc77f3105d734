import AnimoPictureTestSupport
import Foundation
import Testing

@testable import AnimoPictures
@testable import AnimoVideo

/// The project's readers and writers agree with ffmpeg.
@Suite struct FFmpegTests {
    static let ffmpeg = ["/usr/bin/ffmpeg", "/usr/local/bin/ffmpeg"].first(where: FileManager.default.isExecutableFile)

    private func convert(_ input: [UInt8], _ arguments: [String]) throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("animo-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("input")
        try Data(input).write(to: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Self.ffmpeg))
        process.arguments = ["-v", "error"] + arguments.map { $0 == "INPUT" ? file.path : $0 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return [UInt8](output)
    }

    @Test(.enabled(if: ffmpeg != nil, "needs ffmpeg"), arguments: [ChromaSampling.full, .half])
    func readsOurY4M(sampling: ChromaSampling) throws {
        let pictures = [TestPicture.smooth(64, 48), Picture(width: 64, height: 48, filledWith: (30, 200, 90))]
        let writer = try Y4MWriter(width: 64, height: 48, sampling: sampling)
        let stream = try writer.header() + pictures.flatMap { try writer.frame($0) }
        let raw = try convert(
            stream, ["-f", "yuv4mpegpipe", "-i", "INPUT", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
        var splitter = try RawSplitter(width: 64, height: 48)
        splitter.append(raw)
        for picture in pictures {
            let found = try #require(try splitter.next())
            let worst = zip(found.pixels, picture.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
            #expect(worst <= 10)
        }
        #expect(try splitter.finish() == nil)
    }

    @Test(.enabled(if: ffmpeg != nil, "needs ffmpeg"))
    func writesStreamsWeRead() throws {
        let pictures = (0..<4).map { Picture(width: 48, height: 32, filledWith: (UInt8($0 * 60), 90, 200)) }
        let raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "48x32", "-r", "25", "-i", "INPUT"]
        let bytes = pictures.flatMap(\.pixels)
        var mjpeg = MJPEGSplitter()
        mjpeg.append(try convert(bytes, raw + ["-f", "image2pipe", "-c:v", "mjpeg", "-q:v", "2", "-"]))
        var y4m = Y4MReader()
        y4m.append(try convert(bytes, raw + ["-pix_fmt", "yuv420p", "-f", "yuv4mpegpipe", "-"]))
        for picture in pictures {
            let jpeg = try #require(try mjpeg.next())
            for found in [try PictureDecoder.decode(jpeg), try #require(try y4m.next())] {
                let worst = zip(found.pixels, picture.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
                #expect(worst <= 8)
            }
        }
        #expect(y4m.header?.rate?.frames == 25)
        #expect(try mjpeg.finish() == nil)
        #expect(try y4m.finish() == nil)
    }
}
