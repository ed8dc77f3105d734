import AnimoJSON
import AnimoMotion
import Testing

struct RecordingTests {
    private static func frames(_ lines: [String]) throws -> [RecordedFrame] {
        var reader = RecordingReader()
        return try lines.enumerated().compactMap { try reader.read(Array($1.utf8), number: $0 + 1) }
    }

    /// The 20 numbers of a recorded pose.
    private static func numbers(_ driver: RecordedDriver?) throws -> [Double]? {
        switch driver {
        case nil: return nil
        case .pose(let numbers), .motion(let numbers): return numbers.map(Double.init)
        case .named(let named):
            return try PoseMapping(basis: nil).pose(setting: named.map { ($0.name, $0.value) }).values.map(Double.init)
        }
    }

    @Test(
        .enabled(if: LiveFixture.available, LiveFixture.skipped),
        arguments: ["recorded.jsonl", "recorded-other-order.jsonl", "poses-without-header.jsonl"])
    func readsWhatTheReferenceReads(_ name: String) throws {
        let lines = String(decoding: try LiveFixture.bytes(name), as: UTF8.self).split(separator: "\n").map(String.init)
        let frames = try Self.frames(lines)
        let expected = try LiveFixture.json("recordings.json")["read"][name].items
        #expect(frames.count == expected.count)
        for (frame, golden) in zip(frames, expected) {
            #expect(abs(frame.time - (golden.items[0].doubleValue ?? .nan)) < 1e-6)
            let numbers = try Self.numbers(frame.driver)
            #expect((numbers == nil) == (golden.items[1] == .null))
            #expect(largestDifference(numbers ?? [], golden.items[1].numbers) < 1e-6)
        }
    }

    @Test(.enabled(if: LiveFixture.available, LiveFixture.skipped))
    func refusalsNameTheLine() throws {
        let refused = try LiveFixture.json("recordings.json")["refused"].objectValue?.members ?? []
        #expect(refused.count == 6)
        for (name, value) in refused {
            let line = try #require(value["line"].integerValue)
            let error = try #require(throws: PoseError.self, "\(name)") {
                _ = try Self.frames(value["lines"].items.compactMap(\.stringValue))
            }
            #expect(error.message.hasPrefix("line \(line): "), "\(name): \(error.message)")
        }
    }

    @Test
    func readsBackWhatItWrites() throws {
        var generator = SplitMix64(state: 11)
        let poses = (0..<8).map { index in
            index == 3 ? nil : (0..<20).map { _ in 40 * generator.unit() - 20 }
        }
        let writer = RecordingWriter(
            .pose, channels: PoseMapping.standardChannels, origin: [("input", "vmc"), ("table", "VRM")])
        let lines = poses.enumerated().map { index, pose in
            writer.line(time: 7.5 + Double(index) / 60, numbers: pose, tracking: pose == nil ? .held : .ok)
        }
        let frames = try Self.frames([writer.header] + lines)
        #expect(frames.map(\.driver) == poses.map { $0.map { .pose($0) } })
        #expect(frames.allSatisfy { $0.time >= 0 })
        #expect(abs(frames[7].time - 7 / 60) < 2e-6)
        let motion = RecordingWriter(.motion)
        let numbers = (0..<70).map { _ in generator.unit() }
        let read = try Self.frames([motion.header, motion.line(time: 1, numbers: numbers)])
        #expect(read == [RecordedFrame(time: 0, driver: .motion(numbers))])
    }

    @Test
    func channelsOfAnotherModelAreTakenWhereTheyAreItsOwn() throws {
        let channels = (0..<45).map { "channel_\($0)" }
        let writer = RecordingWriter(.pose, channels: channels.reversed())
        var reader = RecordingReader(channels: [channels, PoseMapping.standardChannels])
        #expect(try reader.read(Array(writer.header.utf8), number: 1) == nil)
        let numbers = (0..<45).map { Float($0) }
        let line = writer.line(time: 0, numbers: numbers.reversed())
        #expect(try reader.read(Array(line.utf8), number: 2)?.driver == .pose(numbers))
    }

    @Test(arguments: [
        #"{"animo_motion": 1}"#, #"{"animo_motion": 1, "kind": "face"}"#, #"{"animo_motion": "1", "kind": "pose"}"#,
        #"{"animo_motion": 1, "kind": "pose", "channels": 20}"#,
        #"{"animo_motion": 1, "kind": "pose", "channels": ["yaw", "yaw"]}"#,
        #"{"animo_motion": 1, "kind": "pose", "channels": ["yaw"]}"#, "[1, 2", "7", "[1e39, 1]",
    ])
    func damagedFirstLinesAreRefused(_ line: String) throws {
        let error = try #require(throws: PoseError.self) { _ = try Self.frames([line]) }
        #expect(error.message.hasPrefix("line 1: "))
    }
}
