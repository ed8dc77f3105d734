import AnimoCheckpoint
import AnimoCompute
import AnimoModelFile
import AnimoMotion
import AnimoPictures
import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoModel

@Suite(.serialized) struct TalkingHead3GoldenTests {
    /// A source and a pose of a golden, and whether all its stages were recorded.
    struct Case: Sendable, CustomTestStringConvertible {
        let weights: String
        let source: String
        let pose: String
        var isFull = false

        var key: String { "\(source).\(pose)" }
        var testDescription: String { "\(weights) \(key)" }

        static let all = [
            Case(weights: "small", source: "anime-2", pose: "turned", isFull: true),
            Case(weights: "small", source: "anime-4", pose: "mixture"),
            Case(weights: "real", source: "anime-2", pose: "neutral"),
            Case(weights: "real", source: "anime-2", pose: "talking", isFull: true),
            Case(weights: "real", source: "anime-2", pose: "turned"),
            Case(weights: "real", source: "anime-4", pose: "winking"),
            Case(weights: "real", source: "anime-4", pose: "extreme"),
            Case(weights: "real", source: "anime-4", pose: "mixture"),
        ]
    }

    static func files(_ weights: String) throws -> [FileBytes] {
        let folder = weights == "real" ? "real/tha3" : "families/tha3-small"
        return try TalkingHead3Network.allCases.map { network in
            try FileBytes(mapping: try #require(Fixtures.url("\(folder)/\(network.rawValue).pt")).path)
        }
    }

    /// Converted once: that takes longer than rendering.
    static let converted: [String: Result<(file: ModelFile, model: TalkingHead3), any Error>] =
        ["small", "real"].reduce(into: [:]) { all, weights in
            all[weights] = Result {
                let file = try ModelFile(bytes: try ModelConversion.convert(files(weights)))
                return (file, try TalkingHead3(file: file, pool: WorkerPool(threads: 2)))
            }
        }

    static func model(_ weights: String) throws -> TalkingHead3 {
        try #require(converted[weights]).get().model
    }

    static func source(_ name: String) throws -> FloatImage {
        let url = try #require(Fixtures.url("families/tha3-sources/\(name).png"))
        let picture = try PictureDecoder.decode(Array(try Data(contentsOf: url)))
        return FloatImage(bytes: picture.pixels, width: picture.width, height: picture.height, channels: 4)
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"), arguments: Case.all)
    func stagesAgree(of test: Case) throws {
        let golden = try Golden("tha3-\(test.weights)-golden.safetensors")
        let model = try Self.model(test.weights)
        let pose = try golden.floats("\(test.key).pose")
        let stages = try Self.stages(model, Self.source(test.source), pose)
        let isSmall = test.weights == "small"
        for (name, limit) in Self.limits(isSmall) {
            guard let array = golden.arrays["\(test.key).\(name)"] else {
                #expect(!test.isFull, "\(name) is not in the golden")
                continue
            }
            let got = try #require(stages[name], "\(name)")
            try Self.compare("\(test) \(name)", got, array, within: limit)
        }
        let mean = try Self.meanDifference(
            try #require(stages["output"]), try #require(golden.arrays["\(test.key).output"]))
        #expect(mean <= (isSmall ? 5e-6 : 1e-6), "\(test) output on average: \(mean)")
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"), arguments: Case.all)
    func picturesAgree(of test: Case) throws {
        let url = try #require(Fixtures.url("families/tha3-\(test.weights)-\(test.source)-\(test.pose).png"))
        let model = try Self.model(test.weights)
        let pose = try Golden("tha3-\(test.weights)-golden.safetensors").floats("\(test.key).pose")
        let source = Self.source
        let prepared = try model.prepare(
            SourceImages(flow: try source(test.source), editing: try source(test.source)), domain: .anime)
        let rendered = try model.render([RenderRequest(source: prepared, code: DriverCode(pose))])[0].picture.bytes()
        let expected = try PictureDecoder.decode(Array(try Data(contentsOf: url))).pixels
        #expect(rendered.count == expected.count)
        let steps = zip(rendered, expected).map { abs(Int($0) - Int($1)) }
        #expect(steps.max() ?? 0 <= 1, "\(test)")
        let unequal = steps.count { $0 > 0 }
        #expect(unequal * 5000 <= rendered.count, "\(test): \(unequal) of \(rendered.count) differ")
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func whatIsKeptChangesNothing() throws {
        let model = try Self.model("small")
        let image = try Self.source("anime-2")
        let images = SourceImages(flow: image, editing: image)
        var random = SplitMix64(state: 5)
        var poses = (0..<2).map { _ in PoseLayout.talkingHead3.channels.map { _ in random.unit() } }
        // The face moves under still brows, then the head alone, then all is as it was.
        poses.append(Array(poses[1][0..<12] + poses[0][12..<45]))
        poses.append(Array(poses[2][0..<39] + poses[1][39..<45]))
        poses.append(poses[0])
        // Brows that move by a hundredth.
        poses.append(poses[0].enumerated().map { $0 < 12 ? $1 * 0.99 : $1 })
        let one = try model.prepare(images, domain: .anime)
        var told: [[KeptStage]] = []
        for pose in poses {
            let fresh = try model.prepare(images, domain: .anime)
            let kept = try model.render([RenderRequest(source: one, code: DriverCode(pose))])
            let anew = try model.render([RenderRequest(source: fresh, code: DriverCode(pose))])
            #expect(kept.map(\.picture) == anew.map(\.picture))
            #expect(anew.map(\.kept) == [[]])
            told += kept.map(\.kept)
        }
        #expect(told == [[], [], [.brows], [.brows, .face], [], []])
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func kernelsAgreeWithThePlainLoops() throws {
        for lanes in Processor.widths {
            let file = try #require(Self.converted["small"]).get().file
            let model = try TalkingHead3(file: file, pool: WorkerPool(threads: 2), lanes: lanes)
            let stages = try model.verify(against: file)
            #expect(stages.count >= 4)
            for stage in stages {
                #expect(stage.passed, "\(lanes) lanes: \(stage)")
            }
        }
    }

    /// Every recorded stage, (height, width, channels) and its side.
    private static func stages(
        _ model: TalkingHead3, _ image: FloatImage, _ pose: [Float]
    ) throws -> [String: (values: [Float], side: Int)] {
        var stages: [String: (values: [Float], side: Int)] = [:]
        let networks = model.networks
        model.contexts.withFreshContext { context in
            let source = networks.prepare(context, image)
            func keep(
                _ name: String, _ tensor: Tensor, _ channels: Range<Int>? = nil,
                _ function: (Float) -> Float = { $0 }
            ) {
                let values = context.values(tensor, 0, channels: channels ?? 0..<tensor.channels)
                stages[name] = (values.map(function), tensor.height)
            }
            for (name, stored) in [
                ("brow.background", source.background), ("brow.layer", source.layer), ("brow.code", source.browCode),
            ] { keep(name, context.workspace.gather(1) { _ in stored }) }
            let output = source.withKept(brows: []) { kept in
                networks.render(context, source, pose, kept: kept) { stage, tensor in
                    switch stage {
                    case .browHeads: keep("brow.grid", tensor, 0..<2)
                    case .browMorphed: keep("brow.morphed", tensor)
                    case .browImage: keep("brow.image", tensor)
                    case .faceCode: keep("face.code", tensor)
                    case .faceHeads: keep("face.grid", tensor, 0..<2)
                    case .faceMouth: keep("face.mouth", tensor)
                    case .faceImage: keep("face.image", tensor)
                    case .half: keep("half", tensor)
                    case .turnGrid: keep("turn.grid", tensor, 0..<2)
                    case .turnWarped: keep("turn.warped", tensor)
                    case .editInput: keep("edit.base", tensor, 8..<10)
                    case .editHeads:
                        keep("edit.alpha", tensor, 0..<4) { 1 / (1 + exp(-$0)) }
                        keep("edit.colour", tensor, 4..<8) { tanh($0) }
                        keep("edit.grid", tensor, 8..<10)
                    case .editWarped: keep("edit.warped", tensor)
                    }
                }
            }
            if let base = stages["edit.base"], let head = stages["edit.grid"] {
                stages["edit.grid"] = (zip(base.values, head.values).map(+), base.side)
            }
            keep("output", output)
            let head = context.cut(output, left: 192, top: 64, side: 128)
            keep("output.head", head)
        }
        return stages
    }

    private static func limits(_ isSmall: Bool) -> [(String, Float)] {
        [
            ("brow.background", 6e-5), ("brow.layer", 6e-5), ("brow.code", 1e-4),
            ("face.code", isSmall ? 5e-4 : 1e-4), ("brow.grid", 3e-5), ("face.grid", 3e-5), ("turn.grid", 3e-5),
            ("edit.grid", 3e-5), ("brow.morphed", 2e-4), ("brow.image", 2e-4), ("face.mouth", 7e-4),
            ("face.image", 7e-4), ("half", 2e-4), ("turn.warped", 4e-4), ("edit.warped", isSmall ? 5e-3 : 1e-3),
            ("edit.alpha", 2e-3), ("edit.colour", 3e-3), ("output", isSmall ? 4e-3 : 6e-4),
            ("output.head", isSmall ? 4e-3 : 6e-4),
        ]
    }

    /// A golden (channels, h, w) holds every n-th row, column and, of codes, channel of a map.
    private static func compare(
        _ what: String, _ got: (values: [Float], side: Int), _ golden: NamedArray, within limit: Float
    ) throws {
        let (mine, theirs) = try sampled(got, golden)
        let difference = largestDifference(mine, theirs)
        #expect(difference <= limit, "\(what): \(difference) is more than \(limit)")
    }

    private static func meanDifference(_ got: (values: [Float], side: Int), _ golden: NamedArray) throws -> Float {
        let (mine, theirs) = try sampled(got, golden)
        return zip(mine, theirs).reduce(0) { $0 + abs($1.0 - $1.1) } / Float(max(1, mine.count))
    }

    private static func sampled(
        _ got: (values: [Float], side: Int), _ golden: NamedArray
    ) throws -> (mine: [Float], theirs: [Float]) {
        let (channels, side) = (golden.shape[0], golden.shape[1])
        let depth = got.values.count / (got.side * got.side)
        let (step, every) = (got.side / side, depth / channels)
        var mine: [Float] = []
        for channel in 0..<channels {
            for y in 0..<side {
                for x in 0..<side {
                    mine.append(got.values[(y * step * got.side + x * step) * depth + channel * every])
                }
            }
        }
        return (mine, try golden.floats())
    }
}
