import AnimoModelTestSupport
import AnimoCheckpoint
import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoModelFile
@testable import AnimoMotion

/// The published containers of the other families, and what is made of them.
@Suite struct FamilyConversionTests {
    struct Case: Sendable, CustomStringConvertible {
        let file: String
        let family: ModelFamily
        let domain: Domain
        /// The copy to take.
        let copy: String
        let tensors: Int
        let facts: ModelFacts
        /// Some published name behind the copy's beginning, and the model file's name of it.
        let pair: (published: String, model: String)

        var description: String { file }
    }

    static let cases = [
        Case(
            file: "pirender-small.pt", family: .pirenderer, domain: .vox, copy: "net_G_ema", tensors: 256,
            facts: ModelFacts(imageRange: -1...1, window: 27, gridPadding: .zeros),
            pair: ("mapping_net.first.0.weight", "motion.first.0.weight")),
        Case(
            file: "edtn-anime-small.ckpt", family: .pirendererAnime, domain: .anime, copy: "state_dict.generator",
            tensors: 256, facts: ModelFacts(),
            pair: ("editing_net.encoder.first.model.0.weight", "anime.editing.encoder.first.model.0.weight")),
        Case(
            file: "fomm-small.pth.tar", family: .firstOrderMotion, domain: .vox, copy: "", tensors: 234,
            facts: ModelFacts(gridPadding: .zeros), pair: ("kp_detector.kp.weight", "vox.keypoints.kp.weight")),
        Case(
            file: "lpd-small.pth", family: .latentPose, domain: .vox, copy: "running_averages", tensors: 348,
            facts: ModelFacts(),
            pair: ("embedder.pose_encoder.classifier.1.weight", "vox.pose_encoder.classifier.1.weight")),
    ]

    @Test(.enabled(if: Fixtures.available, "needs ../shared"), arguments: cases)
    func takesTheRightCopyOfEachFamily(each: Case) throws {
        let file = try FamilyCheckpoint.converted(each.file)
        #expect(file.metadata.family == each.family && file.metadata.domains == [each.domain])
        #expect(file.metadata.facts == each.facts && file.metadata.nativeSize == 256)
        #expect(file.arrays.count == each.tensors)
        let everything = try CheckpointReader.readEverything(try FamilyCheckpoint.bytes(each.file)).arrays
        let published = each.copy.isEmpty ? each.pair.published : "\(each.copy).\(each.pair.published)"
        let original = try #require(everything[published])
        #expect(try original.holdsTheSame(as: file.arrays[each.pair.model]))
        #expect(!file.arrays.keys.contains { $0.contains("num_batches_tracked") || AnimoTensors.isDead($0) })
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"), arguments: cases)
    func describesTheCheckpointAndTheModel(each: Case) throws {
        let checkpoint = try ModelInspection(inspecting: try FamilyCheckpoint.bytes(each.file))
        #expect(checkpoint.family == each.family.rawValue)
        #expect(checkpoint.copy == (each.copy.isEmpty ? nil : each.copy))
        #expect(checkpoint.fault?.contains("convert makes one") == true)
        let model = ModelInspection(of: try FamilyCheckpoint.converted(each.file))
        #expect(model.fault == nil && model.family == each.family.rawValue && !model.drivers.isEmpty)
        #expect(model.window == each.facts.window && model.gridPadding == each.facts.gridPadding.rawValue)
        #expect(model.channels.isEmpty == !model.drivers.contains { $0.hasPrefix("poses") })
        #expect(model.readers.allSatisfy { $0.side > 0 })
        #expect(!model.widths.isEmpty && model.widths.values.allSatisfy { $0 > 0 })
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"), arguments: cases)
    func aModelFileConvertsToItself(each: Case) throws {
        let first = try ModelConversion.convert(
            try FamilyCheckpoint.bytes(each.file), options: .init(nativeSize: 128, title: "kept"))
        let second = try ModelConversion.convert(FileBytes(first))
        #expect(first == second)
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func aFOMMIsOfTheDomainAndTheCornersThatAreAskedFor() throws {
        let file = try FamilyCheckpoint.converted(
            "fomm-small.pth.tar", .init(nativeSize: 128, domain: .anime, alignsCorners: true))
        #expect(file.metadata.domains == [.anime] && file.metadata.facts.alignsCorners)
        #expect(file.arrays["anime.generator.final.weight"] != nil)
        let size = #expect(throws: ModelFileError.self) {
            try FamilyCheckpoint.converted("fomm-small.pth.tar", .init(nativeSize: 96))
        }
        #expect(size?.message.contains("multiple of 128") == true)
        let domain = #expect(throws: ModelFileError.self) {
            try FamilyCheckpoint.converted("edtn-anime-small.ckpt", .init(domain: .vox))
        }
        #expect(domain?.message.contains("expected anime, got vox") == true)
        let corners = #expect(throws: ModelFileError.self) {
            try FamilyCheckpoint.converted("pirender-small.pt", .init(alignsCorners: true))
        }
        #expect(corners?.message.contains("align_corners") == true)
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"), arguments: cases)
    func whatIsAlmostRightIsOneErrorThatListsEverything(each: Case) throws {
        var archive = try CheckpointReader.readEverything(try FamilyCheckpoint.bytes(each.file))
        let dot = each.copy.isEmpty ? "" : each.copy + "."
        let names = archive.arrays.keys.filter { name in
            name.hasPrefix(dot)
                && FamilyRow.row(of: each.family)?.publication.modelName(
                    String(name.dropFirst(dot.count)), domain: each.domain) != nil
        }.sorted()
        let (missing, wide) = (names[10], names[20])
        archive.arrays[missing] = nil
        let count = (archive.arrays[wide]?.count ?? 0) + 1
        archive.arrays[wide] = NamedArray(
            name: wide, shape: [count], floats: [Float](repeating: 0, count: count))
        let extra = "\(dot)\(each.pair.published).extra"
        archive.arrays[extra] = NamedArray(name: extra, shape: [1], floats: [0])
        let error = #expect(throws: ModelFileError.self) { try ModelConversion.convert(archive) }
        #expect(error?.code == .tensors)
        for word in ["3 tensors are not as a", "missing ", "misshapen ", "got [\(count)]", "surplus "] {
            #expect(error?.message.contains(word) == true, "\(word) in \(error?.message ?? "")")
        }
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func partsAreJoinedAndReplaced() throws {
        var estimator = ArrayArchive()
        for (name, array) in try SmallModel.arrays() where name.hasPrefix("vox.estimator.") {
            let published = String(name.dropFirst("vox.estimator.".count))
            estimator.arrays[published] = array.renamed(published)
        }
        let demo = try #require(Fixtures.sharedURL("demo/demo.safetensors"))
        let bytes = try ModelConversion.convert(
            try FamilyCheckpoint.bytes("pirender-small.pt"),
            parts: [
                .init("anime.estimator", try FileBytes(mapping: demo.path)),
                .init("vox.estimator", try FileBytes(mapping: demo.path)), .init("vox.estimator", estimator),
            ])
        let file = try ModelFile(bytes: bytes)
        #expect(file.metadata.parts == ["anime.estimator", "vox.estimator"])
        #expect(file.metadata.estimators == [.anime: 128, .vox: 128])
        #expect(file.arrays["vox.estimator.conv1.weight"]?.shape == [2, 3, 7, 7])
        #expect(file.metadata.drivers.contains("vox frames by vox.estimator"))
        let again = try ModelFile(bytes: try ModelConversion.convert(FileBytes(bytes)))
        #expect(again.metadata.parts == file.metadata.parts)
    }

    @Test func aPartThatIsNoneIsRefusedInWords() throws {
        let archive = try ModelConversionTests.published(dead: false)
        let unknown = #expect(throws: ModelFileError.self) {
            try ModelConversion.convert(archive, parts: [.init("nose", archive)])
        }
        #expect(unknown?.message.contains("expected one of anime.estimator, vox.estimator") == true)
        let other = ArrayArchive(arrays: ["x": NamedArray(name: "x", shape: [1], floats: [0])])
        let wrong = #expect(throws: ModelFileError.self) {
            try ModelConversion.convert(archive, parts: [.init("vox.estimator", other)])
        }
        #expect(wrong?.message.contains("conv1.weight") == true)
    }

    /// kangyeolk's training of FOMM writes every network twice, the second time inside the modules of its losses.
    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func aFOMMOutOfAStateDictionaryIsTheSameModel() throws {
        let original = try CheckpointReader.readEverything(try FamilyCheckpoint.bytes("fomm-small.pth.tar"))
        var training = ArrayArchive()
        for (name, array) in original.arrays where name.hasPrefix("generator.") || name.hasPrefix("kp_detector.") {
            let names = [
                "state_dict.\(name)",
                "state_dict.generator_full." + name.replacing("kp_detector.", with: "kp_extractor."),
            ]
            for name in names { training.arrays[name] = array.renamed(name) }
        }
        #expect(try ModelConversion.convert(training) == ModelConversion.convert(original))
    }
}
