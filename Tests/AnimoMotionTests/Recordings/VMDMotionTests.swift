import AnimoJSON
import AnimoTestSupport
import Testing

@testable import AnimoMotion

struct VMDMotionTests {
    private static func mapping() throws -> ChannelMapping {
        try ChannelMapping(MappingTable.BuiltIn.mmd.table, channels: ChannelMapping.Channel.pose())
    }

    @Test(.enabled(if: LiveFixture.available, LiveFixture.skipped))
    func readsWhatTheReferenceReads() throws {
        let mapping = try Self.mapping()
        let goldens = try LiveFixture.json("vmd.json").items
        #expect(goldens.count == 8)
        for golden in goldens {
            let name = try #require(golden["name"].stringValue)
            let bytes = try LiveFixture.bytes("vmd/\(name).vmd")
            guard golden["refused"] == .null else {
                #expect(throws: PoseError.self, "\(name)") { _ = try VMDMotion(parsing: bytes) }
                continue
            }
            let motion = try VMDMotion(parsing: bytes)
            #expect(motion.frameCount == golden["frames"].integerValue, "\(name)")
            for (index, pose) in golden["poses"].items.enumerated() {
                let frame = motion.frame(index)
                #expect(frame.time == Double(index) / 30)
                #expect(largestDifference(mapping(frame.inputs), pose.numbers) < 1e-4, "\(name), frame \(index)")
            }
        }
    }

    @Test
    func namesOfOtherScriptsAndCutOnesAreRead() {
        #expect(ShiftJIS.decode([0x82, 0xA0]) == "あ")
        #expect(ShiftJIS.decode([0x93, 0xAA]) == "頭")
        #expect(ShiftJIS.decode([0xB3, 0xA8, 0xDD, 0xB8, 0x32, 0x89, 0x45]) == "ｳｨﾝｸ2右")
        #expect(ShiftJIS.decode([0x61, 0x93]) == "a")
        #expect(ShiftJIS.decode([0x93, 0x20, 0x61]) == " a")
        #expect(ShiftJIS.decode([0xFF, 0x80, 0xA0, 0x41]) == "A")
        #expect(ShiftJIS.characters.count == 94 * 94)
    }

    @Test
    func aMotionCutAnywhereIsReadOrRefused() throws {
        let whole = VMDBuilder.motion(seed: 3)
        let frames = try VMDMotion(parsing: whole).frameCount
        #expect(frames > 1)
        for count in 0..<whole.count {
            #expect(throws: PoseError.self) { _ = try VMDMotion(parsing: Array(whole.prefix(count))) }
        }
    }

    @Test
    func damagedMotionsAreReadOrRefused() throws {
        let mapping = try Self.mapping()
        let whole = VMDBuilder.motion(seed: 4)
        var generator = SplitMix64(state: 5)
        var read = 0
        for _ in 0..<500 {
            var bytes = whole
            for _ in 0..<4 {
                let place = Int.random(in: 50..<bytes.count, using: &generator)
                bytes[place] = UInt8.random(in: 0...255, using: &generator)
            }
            guard let motion = try? VMDMotion(parsing: bytes) else { continue }
            read += 1
            for index in 0..<min(motion.frameCount, 40) {
                #expect(mapping(motion.frame(index).inputs).allSatisfy { $0.isFinite })
            }
        }
        #expect(read > 0)
    }
}

/// Motion files for tests: keys of both bones and some morphs, rendered from a seed.
enum VMDBuilder {
    static func motion(seed: UInt64) -> [UInt8] {
        var generator = SplitMix64(state: seed)
        var bytes = padded(Array("Vocaloid Motion Data 0002".utf8), 30) + padded([], 20)
        let bones: [[UInt8]] = [[0x93, 0xAA], [0x8E, 0xF1], [0x61]]
        bytes += little(UInt32(bones.count * 4))
        for bone in bones {
            for _ in 0..<4 {
                bytes += padded(bone, 15) + little(UInt32.random(in: 0..<60, using: &generator))
                for _ in 0..<7 { bytes += little((2 * generator.unit() - 1).bitPattern) }
                bytes += (0..<64).map { _ in UInt8.random(in: 0...127, using: &generator) }
            }
        }
        let morphs: [[UInt8]] = [[0x82, 0xA0], [0x82, 0xDC, 0x82, 0xCE, 0x82, 0xBD, 0x82, 0xAB], [0x62]]
        bytes += little(UInt32(morphs.count * 5))
        for morph in morphs {
            for _ in 0..<5 {
                bytes += padded(morph, 15) + little(UInt32.random(in: 0..<60, using: &generator))
                bytes += little(generator.unit().bitPattern)
            }
        }
        return bytes
    }

    private static func padded(_ bytes: [UInt8], _ count: Int) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: count - bytes.count)
    }

    private static func little(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
}
