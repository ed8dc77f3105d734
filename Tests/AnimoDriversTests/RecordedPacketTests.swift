import AnimoJSON
import AnimoDrivers
import AnimoMotion
import AnimoTestSupport
import Foundation
import Testing

/// Packets of independent senders and of trackers themselves, which lie beside the package.
struct RecordedPacketTests {
    private static var available: Bool { Fixtures.url("live/packets.json") != nil }

    @Test(.enabled(if: available, "needs ../shared/fixtures/live"))
    func areReadAsTheirSendersMeantThem() throws {
        let json = try Data(contentsOf: #require(Fixtures.url("live/packets.json")))
        let cases = try JSONValue(parsing: Array(json)).arrayValue ?? []
        for item in cases {
            let item = try #require(item.objectValue)
            let name = try #require(item["name"]?.stringValue)
            let frames = try #require(item["frames"]?.arrayValue)
            let packets = try Data(contentsOf: #require(Fixtures.url("live/packets/\(name).bin")))
            let table = try #require(item["table"]?.stringValue.flatMap { MappingTable.BuiltIn(rawValue: $0) })
            let mapping = try ChannelMapping(table.table, channels: ChannelMapping.Channel.pose())
            let read = Self.frames(
                try #require(item["protocol"]?.stringValue), Self.datagrams(Array(packets)), name: name)
            #expect(read.frames.count == frames.count, "\(name)")
            for (index, (frame, expected)) in zip(read.frames, frames).enumerated() {
                let isAsMeant = Self.agrees(frame, expected, mapping)
                #expect(isAsMeant, "\(name), frame \(index)")
            }
            #expect(read.table == table, "\(name)")
        }
        #expect(cases.count == 24)
    }

    /// One of a frame or nil for each datagram, and for VMC the frames where they are complete.
    private static func frames(
        _ tracker: String, _ datagrams: [[UInt8]], name: String
    ) -> (frames: [TrackerFrame?], table: MappingTable.BuiltIn) {
        let kinds = ["json": TrackerProtocol.arkit]
        let kind = kinds[tracker] ?? TrackerProtocol(rawValue: tracker) ?? .arkit
        var reader = TrackerReader(kind)
        var frames: [TrackerFrame?] = []
        for datagram in datagrams {
            do {
                let frame = try reader.take(datagram[...])
                if frame != nil || kind != .vmc { frames.append(frame) }
            } catch {
                frames.append(nil)
            }
            // Frames of senders without memory do not depend on the ones before.
            if kind != .vmc { reader = TrackerReader(kind) }
        }
        return (frames, reader.table)
    }

    private static func agrees(_ frame: TrackerFrame?, _ golden: JSONValue, _ mapping: ChannelMapping) -> Bool {
        guard let golden = golden.objectValue else { return frame == nil }
        guard let frame, frame.isTracking == golden["ok"]?.boolValue else { return false }
        if let time = golden["time"]?.doubleValue, abs((frame.time ?? .infinity) - time) > 1e-3 { return false }
        let inputs = golden["inputs"]?.objectValue?.members ?? []
        guard frame.inputs.count >= inputs.count else { return false }
        for (name, value) in inputs {
            guard let number = value.doubleValue, let read = frame.inputs[InputName(name)] else { return false }
            let limit = name.hasPrefix("head") ? 2e-3 : 2e-5 * max(1, abs(number))
            if abs(read - number) > limit { return false }
        }
        guard let pose = golden["pose"]?.arrayValue else { return true }
        for (index, (value, expected)) in zip(mapping(frame.inputs), pose).enumerated() {
            guard let expected = expected.doubleValue else { return false }
            if abs(value - expected) > (index < 17 ? 1e-4 : 2e-3) { return false }
        }
        return pose.count == 20
    }

    /// Datagrams of a packet file, each after its length.
    private static func datagrams(_ bytes: [UInt8]) -> [[UInt8]] {
        var datagrams: [[UInt8]] = []
        var rest = bytes[...]
        while rest.count >= 4 {
            let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            datagrams.append(Array(rest.dropFirst(4).prefix(length)))
            rest = rest.dropFirst(4 + length)
        }
        return datagrams
    }
}
