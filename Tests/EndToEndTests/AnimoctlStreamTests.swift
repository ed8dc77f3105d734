import AnimoCLI
import AnimoDemo
import AnimoPictures
import AnimoTestSupport
import AnimoVideo
import AnimoWire
import Foundation
import Testing

@testable import animoctl

@Suite struct AnimoctlStreamTests {
    /// Everything `reader` makes of `bytes` given in pieces; what could not be read as its message.
    private func drivers(_ reader: some DriverReader, _ bytes: [UInt8], pieces: Int) throws -> [String] {
        var reader = reader
        var all: [String] = []
        func take(_ next: () throws -> [StreamDriver]) throws -> Bool {
            do {
                let drivers = try next()
                for driver in drivers {
                    switch driver {
                    case .none: all.append("none")
                    case .pose(let pose): all.append("pose \(pose.values.count + pose.channels.count)")
                    case .jpeg(let data): all.append("jpeg \(data.count)")
                    case .picture(let picture): all.append("picture \(picture.width)×\(picture.height)")
                    case .motion(let motion):
                        all.append("motion \(motion.values.count) from \(motion.values.first ?? -1)")
                    }
                }
                return !drivers.isEmpty
            } catch let error as UnreadableDriver {
                all.append(error.message)
                return true
            }
        }
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            reader.feed(bytes[start..<min(start + pieces, bytes.count)])
            while try take({ try reader.next().map { [$0] } ?? [] }) {}
        }
        _ = try take { try reader.finish() }
        return all
    }

    @Test(arguments: [1, 3, 1000])
    func posesAreLines(pieces: Int) throws {
        let text = "{\"yaw\": 1}\n\n  \n[1,2]\r\n{\"yaw\":1, \"pitch\": 2}"
        let read = try drivers(JSONLineReader(.poses), Array(text.utf8), pieces: pieces)
        #expect(read == ["pose 1", "line 4: expected 20 numbers, got 2", "pose 2"])
    }

    @Test(arguments: [1, 3, 1000])
    func aByteOrderMarkIsNoPartOfAPose(pieces: Int) throws {
        let text = "{\"yaw\": 1}\n[1,2]"
        let read = try drivers(JSONLineReader(.poses), [0xEF, 0xBB, 0xBF] + Array(text.utf8), pieces: pieces)
        #expect(read == ["pose 1", "line 2: expected 20 numbers, got 2"])
    }

    /// Rows of one file, or lines: an array, an object as `retarget --to motion --json` prints it.
    @Test(arguments: [1, 7, 100_000])
    func motionsAreLinesOrRows(pieces: Int) throws {
        let row = { (first: Int) in "[" + (0..<70).map { "\(first + $0)" }.joined(separator: ", ") + "]" }
        let lines = row(1) + "\n\n{\"motion\": \(row(2))}\n[1, \"x\"]\n" + row(3)
        let found = try drivers(MotionReader(), Array(lines.utf8), pieces: pieces)
        #expect(
            found.filter { $0.hasPrefix("motion") } == [
                "motion 70 from 1.0", "motion 70 from 2.0", "motion 70 from 3.0",
            ])
        #expect(found.count == 4 && found[2].hasPrefix("line 4: motion[1]: expected a number"))
        let array = "\n[\(row(4)),\n\(row(5))]\n"
        #expect(
            try drivers(MotionReader(), Array(array.utf8), pieces: pieces) == [
                "motion 70 from 4.0", "motion 70 from 5.0",
            ])
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 70), }\n"
        var numpy: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
        for value in 0..<210 { withUnsafeBytes(of: Float(value).bitPattern.littleEndian) { numpy += $0 } }
        #expect(
            try drivers(MotionReader(), numpy, pieces: pieces) == [
                "motion 70 from 0.0", "motion 70 from 70.0", "motion 70 from 140.0",
            ])
        #expect(throws: Failure.self) { try drivers(MotionReader(), Array("GIF89a, no motion".utf8), pieces: pieces) }
        #expect(try drivers(MotionReader(), Array(" \n".utf8), pieces: pieces) == [])
    }

    @Test func aLineWithoutEndIsRefused() {
        #expect(throws: Failure.self) {
            try drivers(JSONLineReader(.poses, longestLine: 100), [UInt8](repeating: 0x20, count: 1000), pieces: 64)
        }
    }

    @Test(arguments: [7, 100_000])
    func picturesBehindEachOtherAreFramesOfTheirOwn(pieces: Int) throws {
        let picture = Picture(width: 16, height: 16, filledWith: (200, 10, 30))
        let jpeg = try PictureEncoder.encode(picture, as: .jpeg, quality: 90)
        let cut = Array(jpeg.prefix(jpeg.count - 9))
        let read = try drivers(MJPEGFrames(), jpeg + jpeg + cut, pieces: pieces)
        #expect(read.prefix(2) == ["jpeg \(jpeg.count)", "jpeg \(jpeg.count)"])
        #expect(read.count == 3)
    }

    @Test func rawFramesHaveOneSize() throws {
        let reader = PictureFrames(try RawSplitter(width: 4, height: 2))
        let read = try drivers(reader, [UInt8](repeating: 9, count: 24 * 2 + 5), pieces: 10)
        #expect(read.prefix(2) == ["picture 4×2", "picture 4×2"])
        #expect(read.count == 3)
    }

    @Test func theHeaderOfY4MComesOnceAndCarriesTheRate() throws {
        let raw = Wire.Picture(format: .rgb8, data: [UInt8](repeating: 128, count: 4 * 2 * 3), width: 4, height: 2)
        var writer = StreamWriter(.y4m, rate: nil)
        let first = try writer.bytes(for: raw, framesPerSecond: (30, 1))
        #expect(String(decoding: first.prefix(24), as: UTF8.self) == "YUV4MPEG2 W4 H2 F30:1 Ip")
        let second = try writer.bytes(for: raw, framesPerSecond: (30, 1))
        #expect(String(decoding: second.prefix(6), as: UTF8.self) == "FRAME\n")
        #expect(writer.again() == second)
    }

    @Test(.enabled(if: Command.find("ffmpeg") != nil, "needs ffmpeg"))
    func theRateOfAVideoGoesThroughToTheLastReader() async throws {
        let daemon = try await RunningDaemon.start()
        let source = daemon.folder.path("anime-1.png")
        try Data(try DemoSamples.file("anime-1.png")).write(to: URL(fileURLWithPath: source))
        // The pipeline that the help and the README show.
        let script = """
            set -o pipefail
            ffmpeg -v error -f lavfi -i testsrc=size=64x64:rate=30 -frames:v 12 -pix_fmt yuv420p -f yuv4mpegpipe - |
              "$0" stream --source "$1" --source-domain anime --driving-domain vox --input y4m --output y4m |
              ffmpeg -v error -i - -c:v mjpeg "$2" && ffmpeg -i "$2" -f null - 2>&1
            """
        let result = try await Command.run(
            URL(fileURLWithPath: "/bin/bash"),
            ["-c", script, Binaries.animoctl.path, source, daemon.folder.path("out.avi")],
            environment: ["ANIMO_CONNECT": "unix:\(daemon.socketPath)"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text.contains("30 fps"), "\(result.text)")
        #expect(result.text.contains("Duration: 00:00:00.40"), "\(result.text)")
        #expect(await daemon.stop() == 0)
    }

    @Test func framesTooLargeForTheDaemonAreShrunk() throws {
        let fitting = PictureFile.Fitting(largest: 20_000, side: 64, background: .edge)
        let framing = DriverFraming(domain: .vox, crop: .none, fitting: fitting)
        let large = StreamDriver.picture(Picture(width: 100, height: 80, filledWith: (1, 2, 3)))
        #expect(framing.shrinks(large))
        guard case .frame(let frame)? = try framing.wire(large)?.kind else {
            Issue.record("expected a frame")
            return
        }
        #expect(frame.picture?.width == 64)
        #expect(frame.domain == .vox)
    }

    // MARK: Pacing

    /// The clock is the test's own: beats follow it and nothing else.
    @Test func picturesArePacedByTheClockTheyAreGiven() {
        let start = ContinuousClock.now
        var pacer = FramePacer(rate: 20)
        #expect(pacer.due == nil)
        let first = pacer.arrived(at: start)
        #expect(first)
        pacer.wrote(at: start)
        #expect(pacer.due == start + .milliseconds(50))
        // A second picture before its beat waits for it.
        let (early, due) = (pacer.arrived(at: start + .milliseconds(20)), pacer.arrived(at: start + .milliseconds(50)))
        #expect(!early && due)
        pacer.wrote(at: start + .milliseconds(53))
        #expect(pacer.due == start + .milliseconds(100))
        // Beats that passed meanwhile are not made up for.
        pacer.wrote(at: start + .milliseconds(400))
        #expect(pacer.due == start + .milliseconds(400))
    }

    /// No module waits by the time of day, which anybody may set.
    @Test func nothingWaitsByTheTimeOfDay() throws {
        let sources = Fixtures.package.appendingPathComponent("Sources")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for word in [
                "addingTimeInterval(", "Date() +", "Date.now +", "DispatchWallTime", "wallDeadline:", "gettimeofday(",
            ] {
                #expect(!text.contains(word), "\(file.lastPathComponent) holds \(word)")
            }
        }
    }
}
