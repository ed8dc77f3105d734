import AnimoModelTestSupport
import AnimoCheckpoint
import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoModelFile
@testable import AnimoMotion

/// Damaged checkpoints of every container: each is an error in words or a good model, and nothing else.
@Suite(.enabled(if: Fixtures.available, "needs ../shared"))
struct HostileCheckpointTests {
    static let files = ["pirender-small.pt", "edtn-anime-small.ckpt", "fomm-small.pth.tar", "lpd-small.pth"]
    static let parts = [("deep3d", "deep3d-small.pth"), ("deca", "deca-small.tar"), ("edtn", "edtn-small.pt")]

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: try #require(Fixtures.url("families/\(name)"))))
    }

    /// Memory this process holds, in bytes.
    static func residentBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return (Int(text.split(separator: " ")[1]) ?? 0) * 4096
    }

    static func check(_ bytes: [UInt8], _ note: String) {
        do {
            let model = try ModelConversion.convert(FileBytes(bytes))
            _ = try ModelFile(bytes: model)
        } catch {
            #expect(!error.message.isEmpty && error.message.utf8.count < 8192, "\(note)")
        }
    }

    @Test(arguments: files) func truncationsAreErrors(name: String) throws {
        let whole = try Self.bytes(name)
        var random = SplitMix64(state: 31)
        for _ in 0..<24 {
            let length = Int.random(in: 0..<whole.count, using: &random)
            #expect(throws: ModelFileError.self, "seed 31, \(length) bytes") {
                try ModelConversion.convert(FileBytes(Array(whole[..<length])))
            }
        }
    }

    @Test(arguments: parts) func damagedPartsAreErrorsOrGoodParts(part: String, file: String) throws {
        let whole = try Self.bytes(file)
        let model = ArrayArchive(arrays: try SmallModel.arrays(), metadata: ["animo": SmallModel.metadata()])
        var random = SplitMix64(state: 33)
        for round in 0..<16 {
            let length = Int.random(in: 0..<whole.count, using: &random)
            #expect(throws: ModelFileError.self, "seed 33, \(length) bytes") {
                try ModelConversion.Part(part, FileBytes(Array(whole[..<length])))
            }
            var copy = whole
            let last = round.isMultiple(of: 2) ? min(1 << 15, whole.count) : whole.count
            copy[Int.random(in: 0..<last, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            do {
                let damaged = try ModelConversion.Part(part, FileBytes(copy))
                _ = try ModelFile(bytes: try ModelConversion.convert(model, parts: [damaged]))
            } catch {
                #expect(!error.message.isEmpty && error.message.utf8.count < 8192, "seed 33, round \(round)")
            }
        }
    }

    @Test(arguments: files) func flipsAreErrorsOrGoodModels(name: String) throws {
        let whole = try Self.bytes(name)
        var random = SplitMix64(state: 32)
        let before = try Self.residentBytes()
        // Most flips into the part that says what there is, which lies at an end of either container.
        let places = [0..<min(1 << 16, whole.count), max(0, whole.count - (1 << 16))..<whole.count, 0..<whole.count]
        for round in 0..<30 {
            var copy = whole
            for _ in 0..<(round % 3 + 1) {
                let place = Int.random(in: places[round % 3], using: &random)
                copy[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            Self.check(copy, "seed 32, round \(round)")
        }
        #expect(try Self.residentBytes() - before < 512 << 20)
    }

    /// A few bytes that stand for many tensors: one dictionary that is in another many times, itself in a third.
    @Test func aBombOfDictionariesIsRefused() {
        var pickle: [UInt8] = [0x80, 2]
        func text(_ text: String) -> [UInt8] {
            [0x58, UInt8(text.utf8.count), 0, 0, 0] + Array(text.utf8)
        }
        // {} filled with a name each, then memoised: every level holds the one below it 200 times.
        pickle += [0x7d, 0x71, 0]
        for level in 1...4 {
            pickle += [0x7d, 0x71, UInt8(level), 0x28]
            for index in 0..<200 { pickle += text("k\(index)") + [0x68, UInt8(level - 1)] }
            pickle += [0x75]
        }
        pickle += [0x2e]
        let error = #expect(throws: ModelFileError.self) {
            try ModelConversion.convert(FileBytes(Self.legacy(pickle)))
        }
        #expect(error?.code == .damaged)
    }

    /// The older container around a pickle: magic number, version, facts, the object, no storages.
    static func legacy(_ pickle: [UInt8]) -> [UInt8] {
        let magic: [UInt8] =
            [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]
        let version: [UInt8] = [0x80, 2, 0x4d, 0xe9, 0x03, 0x2e]
        let facts: [UInt8] = [0x80, 2, 0x7d, 0x2e]
        let keys: [UInt8] = [0x80, 2, 0x5d, 0x2e]
        return magic + version + facts + pickle + keys
    }
}
