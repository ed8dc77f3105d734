import AnimoModelTestSupport
import AnimoCompute
import AnimoTestSupport
import Testing

@testable import AnimoModel
@testable import AnimoModelFile
@testable import AnimoMotion

@Suite struct PIRendererGoldenTests {
    static let pool = WorkerPool(threads: 2)

    static func networks(_ name: String, method: ConvolutionMethod? = nil) throws -> PIRendererNetworks {
        try PIRendererNetworks(try FamilyCheckpoint.converted(name), method: method, pool: pool)
    }

    static func context() -> ComputeContext { ComputeContext(pool: pool, workspace: Workspace()) }

    /// `.motion` of the official kind is (73, 27): time last.
    static func windows(_ golden: Golden, _ set: String, _ index: Int) throws -> [[Float]] {
        let shape = try golden.array("\(set).motion").shape
        let values = try golden.item("\(set).motion", index)
        guard shape.count == 3 else { return [values] }
        return (0..<shape[2]).map { time in (0..<shape[1]).map { values[$0 * shape[2] + time] } }
    }

    static func check(_ networks: PIRendererNetworks, _ golden: Golden, _ set: String, output: Float) throws {
        for index in 0..<(try golden.array("\(set).source").shape[0]) {
            let picture = try golden.picture("\(set).source", index, from: networks.facts.imageRange)
            let stages = networks.stages(context(), picture, try windows(golden, set, index))
            let latent = try golden.item("\(set).latent", index)
            let scale = max(1, latent.map(abs).max() ?? 1)
            expect("\(set) latent", stages.latent, latent, within: 1e-5 * scale)
            expect("\(set) flow", stages.flow, try golden.channelsLast("\(set).flow", index), within: 1e-3)
            expect("\(set) warped", stages.warped, try golden.channelsLast("\(set).warped", index), within: 2e-3)
            expect("\(set) output", stages.output, try golden.channelsLast("\(set).output", index), within: output)
        }
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"), arguments: ["s64", "b2", "wide"])
    func theOfficialKindAgrees(set: String) throws {
        try Self.check(
            Self.networks("pirender-small.pt"), Golden("pirender-golden.safetensors"), set, output: 4e-4)
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"), arguments: ["s64", "b3"])
    func theAnimeKindAgrees(set: String) throws {
        try Self.check(
            Self.networks("edtn-anime-small.ckpt"), Golden("edtn-anime-golden.safetensors"), set, output: 2e-4)
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func drawsWhatEDTNReadsOffRealFaces() throws {
        let golden = try Golden("edtn-anime-golden.safetensors")
        let networks = try Self.networks("edtn-anime-small.ckpt")
        let source = try golden.picture("driven.source")
        for index in 0..<5 {
            let stages = networks.stages(Self.context(), source, [try golden.item("driven.motion", index)])
            expect(
                "driven output", stages.output, try golden.channelsLast("driven.output", index), within: 2e-4)
        }
    }

    @Test(
        .enabled(if: Fixtures.available, "needs ../shared"),
        arguments: ["pirender-small.pt", "edtn-anime-small.ckpt"])
    func theKernelsAgreeWithThePlainLoops(name: String) throws {
        let (fast, plain) = (try Self.networks(name), try Self.networks(name, method: .reference))
        var random = SplitMix64(state: 11)
        let picture = FloatImage(pixels: (0..<(64 * 96 * 3)).map { _ in random.unit() }, width: 96, height: 64)
        let count = fast.facts.window > 1 ? 73 : 20
        let window = (0..<fast.facts.window).map { _ in (0..<count).map { _ in (random.unit() - 0.5) * 0.6 } }
        let (a, b) = (
            fast.stages(Self.context(), picture, window), plain.stages(Self.context(), picture, window)
        )
        expect("latent", a.latent, b.latent, within: 1e-5)
        expect("flow", a.flow, b.flow, within: 1e-3)
        expect("output", a.output, b.output, within: 4e-4)
    }
}

@Suite struct MotionWindowTests {
    @Test(.enabled(if: Fixtures.available, "needs ../shared"), arguments: [0, 5, 20, 39])
    func windowsHoldTheEndsOfAClip(index: Int) throws {
        let golden = try Golden("pirender-golden.safetensors")
        let expected = try golden.floats("window.\(index)")
        let places = MotionWindow.frames(around: index, of: 40)
        let frames = try (0..<40).map { try golden.item("frames", $0) }
        let got = (0..<73).flatMap { row in places.map { frames[$0][row] } }
        #expect(got == expected)
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func anotherPersonsCropIsMatched() throws {
        let golden = try Golden("pirender-golden.safetensors")
        let frames = try (0..<40).map { try golden.item("frames", $0) }
        let matched = MotionWindow.matchingCrop(of: try golden.item("cross.source"), frames)
        expect("cross frames", matched.flatMap { $0 }, try golden.floats("cross.frames"), within: 1e-6)
    }

    @Test func nothingToMatchChangesNothing() {
        let frame = [Float](repeating: 0, count: 73)
        #expect(MotionWindow.cropScale(source: frame, driving: []) == 1)
        #expect(MotionWindow.cropScale(source: frame, driving: [frame]) == 1)
        #expect(MotionWindow.cropScale(source: [], driving: [frame]) == 1)
        #expect(MotionWindow.frames(around: 0, of: 1) == [Int](repeating: 0, count: 27))
    }
}
