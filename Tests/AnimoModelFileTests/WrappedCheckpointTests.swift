import AnimoCheckpoint
import AnimoModelTestSupport
import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoModelFile

/// Weights as training scripts leave them: in dictionaries of their own, with words before their names.
@Suite struct WrappedCheckpointTests {
    /// A small AniMo's tensors by other names; each number of the second copy is half of the first's.
    private static func archive(_ name: (String) -> String, twin: ((String) -> String)? = nil) throws -> ArrayArchive {
        var archive = ArrayArchive()
        for (own, array) in try ModelConversionTests.published(dead: false).arrays {
            archive.arrays[name(own)] = array.renamed(name(own))
            guard let twin else { continue }
            let halves = try array.floats().map { $0 / 2 }
            archive.arrays[twin(own)] = NamedArray(name: twin(own), shape: array.shape, floats: halves)
        }
        return archive
    }

    static let wrappings: [(around: String, note: String?)] = [
        ("", nil), ("state_dict.", nil), ("module.", "names without \"module.\""),
        ("_orig_mod.", "names without \"_orig_mod.\""),
        ("module._orig_mod.", "names without \"_orig_mod.\" and \"module.\""),
        ("model.", "the weights in \"model\""), ("net.", "the weights in \"net\""),
        ("model_state_dict.", "the weights in \"model_state_dict\""), ("params_ema.", "the weights in \"params_ema\""),
        ("ema.", "the weights in \"ema\""),
        ("state_dict.model.module.", "the weights in \"state_dict.model\", names without \"module.\""),
    ]

    @Test(arguments: wrappings)
    func whatStandsAroundWeightsIsTakenOff(around: String, note: String?) throws {
        var notes: [String] = []
        let bytes = try ModelConversion.convert(Self.archive { around + $0 }) { notes.append($0) }
        let plain = try ModelFile(bytes: ModelConversion.convert(Self.archive { $0 }))
        let file = try ModelFile(bytes: bytes)
        #expect(file.arrays.keys.sorted() == plain.arrays.keys.sorted())
        for (name, array) in plain.arrays { #expect(try array.holdsTheSame(as: file.arrays[name])) }
        #expect(notes == (note.map { ["took \($0)"] } ?? []))
    }

    /// An AniMo's authors draw with the last weights, so an average beside them is left.
    @Test func lastWeightsAreTakenWhereTheAuthorsDrawWithThem() throws {
        var notes: [String] = []
        let archive = try Self.archive({ "model." + $0 }, twin: { "ema." + $0 })
        let file = try ModelFile(bytes: ModelConversion.convert(archive) { notes.append($0) })
        #expect(notes == ["took the weights in \"model\""])
        let plain = try ModelFile(bytes: ModelConversion.convert(Self.archive { $0 }))
        for (name, array) in plain.arrays { #expect(try array.holdsTheSame(as: file.arrays[name])) }
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func anAverageIsTakenWhereTheAuthorsDrawWithIt() throws {
        let source = try CheckpointReader.readEverything(try FamilyCheckpoint.bytes("pirender-small.pt"))
        var archive = ArrayArchive()
        for (name, array) in source.arrays {
            if name.hasPrefix("net_G_ema.") {
                let ema = "params_ema.module." + name.dropFirst("net_G_ema.".count)
                archive.arrays[ema] = array.renamed(ema)
            } else if name.hasPrefix("net_G.") {
                let last = "params." + name.dropFirst("net_G.".count)
                archive.arrays[last] = array.renamed(last)
            }
        }
        var notes: [String] = []
        let file = try ModelFile(bytes: ModelConversion.convert(archive) { notes.append($0) })
        let plain = try FamilyCheckpoint.converted("pirender-small.pt")
        #expect(notes == ["took the weights in \"params_ema\", names without \"module.\""])
        for (name, array) in plain.arrays { #expect(try array.holdsTheSame(as: file.arrays[name])) }
    }

    /// Of several copies the one taken is said, and of it alone what was left out.
    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func theCopyThatIsTakenIsSaid() throws {
        var notes: [String] = []
        _ = try ModelConversion.convert(try FamilyCheckpoint.bytes("pirender-small.pt")) { notes.append($0) }
        #expect(notes == ["took the weights in \"net_G_ema\""])
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func wordsWithinADictionaryOfNetworksAreTakenOffToo() throws {
        let source = try CheckpointReader.readEverything(try FamilyCheckpoint.bytes("fomm-small.pth.tar"))
        var archive = ArrayArchive()
        for (name, array) in source.arrays {
            let parts = name.split(separator: ".", maxSplits: 1)
            let wrapped = parts.count == 2 ? "\(parts[0]).module.\(parts[1])" : name
            archive.arrays[wrapped] = array.renamed(wrapped)
        }
        let file = try ModelFile(bytes: ModelConversion.convert(archive))
        #expect(file.arrays.count == (try FamilyCheckpoint.converted("fomm-small.pth.tar")).arrays.count)
    }

    @Test func tensorsOfOtherKindsAreTold() throws {
        var archive = try Self.archive { "model." + $0 }
        archive.unread["model.perceptual.weight"] = "float8_e4m3fn"
        _ = try ModelConversion.convert(archive)
        let needed = try #require(archive.arrays.keys.filter { $0.hasPrefix("model.editing_netA.") }.min())
        archive.arrays[needed] = nil
        archive.unread[needed] = "float8_e4m3fn"
        let error = #expect(throws: ModelFileError.self) { try ModelConversion.convert(archive) }
        #expect(
            error?.message.contains(": stored as float8_e4m3fn, expected F32, F16 or BF16") == true,
            "\(error?.message ?? "")")
    }

    // MARK: What has no effect

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func partsThatGainNothingAreSaid() throws {
        func notes(_ file: String, _ parts: [(String, String)]) throws -> [String] {
            var notes: [String] = []
            let parts = try parts.map { name, file in
                try ModelConversion.Part(name, FileBytes(mapping: try #require(Fixtures.url(file)).path))
            }
            _ = try ModelConversion.convert(
                try FamilyCheckpoint.bytes(file), parts: parts
            ) { notes.append($0) }
            return notes
        }
        let deca = ("deca", "families/deca-small.tar")
        let edtn = ("edtn", "real/EDTN.pt")
        #expect(
            try notes("edtn-anime-small.ckpt", [deca]) == [
                "--part deca gains nothing: it drives an anime PIRenderer only with --part edtn beside it"
            ])
        #expect(try notes("edtn-anime-small.ckpt", [deca, edtn]).isEmpty)
        let fomm = try notes("fomm-small.pth.tar", [("deep3d", "families/deep3d-small.pth")])
        #expect(fomm.count == 1 && fomm[0].hasPrefix("--part deep3d gains nothing: nothing of it drives"))
        let basis = try notes("pirender-small.pt", [edtn])
        #expect(basis.last?.contains("only with --pose-basis beside it") == true, "\(basis)")
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func aSizeThatTheTensorsDecideIsTheirs() throws {
        var notes: [String] = []
        let bytes = try ModelConversion.convert(
            try FamilyCheckpoint.bytes("lpd-small.pth"), options: .init(nativeSize: 512)
        ) { notes.append($0) }
        let file = try ModelFile(bytes: bytes)
        #expect(notes == ["--native-size 512 has no effect: the tensors render 256×256"])
        #expect(file.metadata.nativeSize == 256)
    }
}
