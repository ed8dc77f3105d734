import AnimoModelTestSupport
import AnimoCheckpoint
import AnimoTestSupport
import Testing

@testable import AnimoModelFile
@testable import AnimoMotion

@Suite struct ModelFileTests {
    static func fault(_ arrays: [String: NamedArray], _ metadata: String = SmallModel.metadata()) -> ModelFileError? {
        #expect(throws: ModelFileError.self) {
            try ModelFile(bytes: try SmallModel.bytes(arrays, metadata: metadata))
        }
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func readsTheDemoModel() throws {
        let file = try ModelFile(path: try #require(Fixtures.sharedURL("demo/demo.safetensors")).path)
        #expect(file.metadata.nativeSize == 128)
        #expect(file.metadata.domains == [.anime, .vox])
        #expect(file.metadata.estimators == [.anime: 128, .vox: 128])
        #expect(
            file.animoWidths
                == AnimoWidths(warpBase: 8, editBase: 8, limit: 64, latent: 64, style: 128, coefficients: 70))
        #expect(file.metadata.channels == PoseMapping.standardChannels)
        #expect(!file.metadata.channelsInferred)
        #expect(file.metadata.title == "drawn heads")
        #expect(file.metadata.document["multiply_adds"] != nil)
        #expect(file.poseMapping.hasBasis)
        #expect(file.digestText.count == 64)
    }

    static let lists: [(ModelFamily, domains: [Domain], files: [(String, dictionary: String)], count: Int)] = [
        (.animo, Domain.allCases, [("animo", "")], 504),
        (.pirenderer, [.vox], [("pirender_official_net_G_ema", "")], 256),
        (.pirendererAnime, [.anime], [("edtn_anime_generator", "generator.")], 256),
        (.firstOrderMotion, [.vox], [("fomm_generator", "generator."), ("fomm_kp_detector", "kp_detector.")], 234),
    ]

    @Test(.enabled(if: Fixtures.available, "needs ../shared"), arguments: lists.indices)
    func theListOfTensorsIsThePublishedOne(index: Int) throws {
        let (family, domains, files, count) = Self.lists[index]
        let row = try #require(FamilyRow.row(of: family))
        var published: [String: [Int]] = [:]
        for (file, dictionary) in files {
            let list = try #require(Fixtures.sharedURL("spec/tensors_\(file).txt"))
            for line in try String(contentsOf: list, encoding: .utf8).split(separator: "\n") {
                let parts = line.split(separator: "\t")
                let shape = parts[1].dropFirst().dropLast().split(separator: ",").compactMap {
                    Int($0.trimmingCharacters(in: .whitespaces))
                }
                let isWhole = family != .firstOrderMotion
                let name = isWhole ? String(parts[0].dropFirst(dictionary.count)) : dictionary + parts[0]
                if let name = row.publication.modelName(name, domain: domains[0]) { published[name] = shape }
            }
        }
        let expected = row.requirement([:], domains)
        #expect(published == expected.tensors)
        #expect(expected.tensors.count == count && !expected.isSized)
        #expect(row.requirement(published, domains).tensors == published)
    }

    @Test(arguments: [ElementType.float32, .float16, .bfloat16])
    func readsASmallModelOfEveryKind(type: ElementType) throws {
        let arrays = try SmallModel.arrays(type: type)
        let file = try ModelFile(
            bytes: try SmallModel.bytes(arrays, metadata: SmallModel.metadata(more: #", "zebra": [1]"#)))
        #expect(file.animoWidths == SmallModel.widths)
        #expect(file.metadata.estimators == [.vox: 64])
        #expect(file.metadata.document["zebra"] == .array([.integer(1)]))
        #expect(file.arrays.count == arrays.count)
    }

    @Test(arguments: Domain.allCases) func oneDomainIsEnough(domain: Domain) throws {
        var arrays = try SmallModel.arrays([domain])
        arrays["pose_basis"] = nil
        let file = try ModelFile(bytes: try SmallModel.bytes(arrays))
        #expect(file.metadata.domains == [domain])
        #expect(!file.poseMapping.hasBasis)
    }

    @Test func listsEveryTensorThatIsNotAsItMustBe() throws {
        var arrays = try SmallModel.arrays()
        arrays["vox.warping.flow_out.2.bias"] = nil
        arrays["motion.encoder1.1.bias"] = NamedArray(
            name: "motion.encoder1.1.bias", shape: [5], floats: [1, 2, 3, 4, 5])
        for name in ["anime.editing.decoder.res0.res0.conv1.bias", "elsewhere"] {
            arrays[name] = NamedArray(name: name, shape: [1], floats: [0])
        }
        let error = Self.fault(arrays)
        #expect(error?.code == .tensors)
        #expect(
            error?.message == """
                3 tensors are not as an AniMo needs them: misshapen motion.encoder1.1.bias: expected [4], got [5]; \
                missing vox.warping.flow_out.2.bias: expected [2], got nothing; \
                surplus "anime.editing.decoder.res0.res0.conv1.bias": expected nothing, got [1]
                """)
    }

    @Test func aMissingNetworkIsListedToo() throws {
        let arrays = try SmallModel.arrays().filter { !$0.key.hasPrefix("anime.editing.") }
        let error = Self.fault(arrays)
        #expect(error?.message.hasPrefix("40 tensors") == true || error?.message.contains("more") == true)
        #expect(Self.fault(arrays.filter { !$0.key.contains("ing.") })?.message.contains("got none") == true)
    }

    @Test(arguments: [Float.nan, .infinity]) func refusesWeightsThatAreNotFinite(value: Float) throws {
        var arrays = try SmallModel.arrays()
        arrays["vox.warping.flow_out.2.bias"] = NamedArray(
            name: "vox.warping.flow_out.2.bias", shape: [2], floats: [0, value])
        let error = Self.fault(arrays)
        #expect(error?.code == .notFinite && error?.message.contains("vox.warping.flow_out.2.bias") == true)
    }

    @Test(arguments: [
        (SmallModel.metadata(native: 65), "native_size"), (SmallModel.metadata(native: 0), "native_size"),
        (SmallModel.metadata(estimators: "{}"), "estimators.vox"),
        (SmallModel.metadata(estimators: #"{"vox": {"input": 64}, "anime": {"input": 64}}"#), "\"anime\""),
        (SmallModel.metadata(estimators: #"{"vox": {}}"#), "estimators.vox.input"),
        (SmallModel.metadata(more: #", "widths": {"warp_base": 2}"#), "widths.warp_base"),
        (SmallModel.metadata(more: #", "title": 3"#), "title"), ("[]", "an object"), ("{", "JSON"),
        (#"{"version": 2, "family": "animo"}"#, "version"), (#"{"version": 1, "family": "gan"}"#, "family"),
        (SmallModel.metadata(more: #", "window": 27"#), "window"),
        (SmallModel.metadata(more: #", "grid_padding": "zeros""#), "grid_padding"),
        (SmallModel.metadata(more: #", "align_corners": 1"#), "align_corners"),
    ])
    func refusesMetadataInWords(metadata: String, word: String) throws {
        let error = Self.fault(try SmallModel.arrays(), metadata)
        #expect(error?.code == .metadata)
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }

    @Test func survivesFlipsAndTruncations() throws {
        var arrays = try SmallModel.arrays([.vox], estimator: false)
        arrays["pose_basis"] = nil
        let bytes = try SmallModel.bytes(arrays, metadata: SmallModel.metadata(estimators: "{}"))
        var generator = SplitMix64(state: 4)
        for _ in 0..<100 {
            var copy = bytes
            copy[Int.random(in: 0..<copy.count / 2, using: &generator)] ^=
                1 << UInt8.random(in: 0..<8, using: &generator)
            if let file = try? ModelFile(bytes: copy) { #expect(file.arrays.count == arrays.count) }
            let length = Int.random(in: 0..<bytes.count, using: &generator)
            #expect(throws: ModelFileError.self) { try ModelFile(bytes: Array(bytes[..<length])) }
        }
    }

    @Test func refusesAFileThatIsNoModel() throws {
        let bytes = try Safetensors.bytes(of: try SmallModel.arrays().values)
        let error = #expect(throws: ModelFileError.self) { try ModelFile(bytes: bytes) }
        #expect(error?.message.contains("not a model file") == true)
        #expect(throws: ModelFileError.self) { try ModelFile(bytes: Array(bytes.dropLast())) }
        #expect(throws: ModelFileError.self) { try ModelFile(path: "/nowhere/at/all") }
    }
}
