import AnimoModelTestSupport
import AnimoCompute
import AnimoTestSupport
import Testing

@testable import AnimoModel
@testable import AnimoModelFile
@testable import AnimoMotion

/// Families through the seam that the server knows: prepare, read, code, render.
@Suite(.enabled(if: Fixtures.available, "needs ../shared"))
struct FamilyModelTests {
    static let pool = PIRendererGoldenTests.pool

    static func model(_ name: String, _ options: ModelConversion.Options = .init(), threads: Int = 2) throws
        -> any HeadModel
    {
        try FamilyCheckpoint.converted(name, options).headModel(
            pool: threads == 2 ? pool : WorkerPool(threads: threads))
    }

    static func prepare(_ model: any HeadModel, _ picture: FloatImage) throws -> any PreparedHead {
        try model.prepare(
            SourceImages(flow: picture, editing: picture), domain: try #require(model.capabilities.domains.first))
    }

    static func noise(_ seed: UInt64, _ width: Int, _ height: Int) -> FloatImage {
        var random = SplitMix64(state: seed)
        return FloatImage(pixels: (0..<(width * height * 3)).map { _ in random.unit() }, width: width, height: height)
    }

    @Test func aPIRendererDrawsItsGoldenFromCodes() throws {
        let golden = try Golden("pirender-golden.safetensors")
        let model = try Self.model("pirender-small.pt")
        #expect(model.capabilities.window == 27 && model.capabilities.codeCount == 73)
        let requests = try (0..<2).map { index in
            let source = try Self.prepare(model, try golden.picture("b2.source", index, from: -1...1))
            let window = try PIRendererGoldenTests.windows(golden, "b2", index)
            let codes = try window.map { frame in
                let numbers = try DriverNumbers(frame, codeCount: model.capabilities.codeCount)
                return try model.code(of: numbers, in: DriverContext(domain: .vox, source: source, kind: .motion)).code
            }
            #expect(codes.map(\.values) == window)
            return RenderRequest(source: source, codes: codes)
        }
        for (index, picture) in try model.render(requests).map(\.picture).enumerated() {
            // The golden is in -1…1, the picture in 0…1.
            expect("output", picture.pixels, try golden.picture("b2.output", index, from: -1...1).pixels, within: 2e-4)
        }
    }

    @Test func theAnimeKindIsDrivenByPoses() throws {
        let golden = try Golden("edtn-anime-golden.safetensors")
        let model = try Self.model("edtn-anime-small.ckpt")
        let source = try Self.prepare(model, try golden.picture("driven.source"))
        let requests = try (0..<5).map { index in
            let pose = try DriverNumbers(try golden.item("driven.motion", index), codeCount: 20)
            let code = try model.code(of: pose, in: DriverContext(domain: .anime, source: source, kind: .pose)).code
            return RenderRequest(source: source, code: code)
        }
        for (index, picture) in try model.render(requests).map(\.picture).enumerated() {
            expect("output", picture.pixels, try golden.channelsLast("driven.output", index), within: 2e-4)
        }
        let flame = #expect(throws: ModelError.self) {
            try model.code(
                of: .flame([Float](repeating: 0, count: 156)), in: DriverContext(domain: .anime, kind: .motion))
        }
        #expect(flame?.code == .missingPart && flame?.message.contains("edtn") == true)
    }

    @Test(arguments: ["s128", "wide"]) func aFirstOrderModelIsDrivenByFrames(set: String) throws {
        let golden = try Golden("fomm-golden.safetensors")
        let model = try Self.model("fomm-small.pth.tar", .init(nativeSize: 128))
        #expect(model.capabilities.isRelative && model.capabilities.sizeStep == 128)
        let reader = try #require(model.capabilities.reader(of: .vox))
        let source = try Self.prepare(model, try golden.picture("\(set).source"))
        let codes = try model.read(
            ["driving", "initial"].map { FrameImage(try golden.picture("\(set).\($0)")) }, by: reader
        ).map { try model.code(of: $0, in: DriverContext(domain: .vox, source: source, kind: .frame(.vox))).code }
        let moved = try model.relative(codes[0], to: codes[1], of: source, adaptsScale: true)
        let pictures = try model.render([
            RenderRequest(source: source, code: moved), RenderRequest(source: source, code: codes[0]),
        ])
        expect("relative", pictures[0].picture.pixels, try golden.channelsLast("\(set).output"), within: 2e-4)
        expect("absolute", pictures[1].picture.pixels, try golden.channelsLast("\(set).output_absolute"), within: 2e-4)
    }

    @Test(arguments: ["pirender-small.pt", "edtn-anime-small.ckpt", "fomm-small.pth.tar"])
    func thePlainLoopsAgreeAndAnotherFileIsRefused(name: String) throws {
        let file = try FamilyCheckpoint.converted(name)
        let model = try file.headModel(pool: Self.pool)
        let stages = try model.verify(against: file)
        #expect(stages.count >= 4)
        for stage in stages { #expect(stage.passed, "\(stage)") }
        #expect(throws: ModelFileError.self) {
            try model.verify(against: FamilyCheckpoint.converted(name, .init(title: "another")))
        }
    }

    /// A rendered picture depends neither on those rendered beside it nor on the threads; a source's own size is the
    /// picture's, whatever size the motion is found at.
    @Test(arguments: ["pirender-small.pt", "edtn-anime-small.ckpt", "fomm-small.pth.tar"])
    func aPictureDependsOnItselfAlone(name: String) throws {
        func pictures(_ model: any HeadModel, together: Bool) throws -> [RenderedHead] {
            let domain = try #require(model.capabilities.domains.first)
            let requests = try [(128, 128), (128, 256), (128, 128)].enumerated().map { index, size in
                let source = try model.prepare(
                    SourceImages(
                        flow: Self.noise(UInt64(index), 128, 128), editing: Self.noise(UInt64(index), size.1, size.0)),
                    domain: domain)
                #expect((source.width, source.height) == (size.1, size.0) && source.byteCount > 0)
                var random = SplitMix64(state: UInt64(index))
                let codes = (0..<model.capabilities.window).map { _ in
                    DriverCode((0..<model.capabilities.codeCount).map { _ in random.unit() - 0.5 })
                }
                return RenderRequest(source: source, codes: codes)
            }
            return together ? try model.render(requests) : try requests.flatMap { try model.render([$0]) }
        }
        let options = ModelConversion.Options(nativeSize: 128)
        let alone = try pictures(Self.model(name, options, threads: 1), together: false)
        #expect(try pictures(Self.model(name, options, threads: 3), together: true) == alone)
        #expect(alone.map(\.picture.width) == [128, 256, 128])
        #expect(alone.allSatisfy { $0.picture.pixels.allSatisfy { (-1...1).contains($0) } })
    }

    @Test(arguments: ["pirender-small.pt", "edtn-anime-small.ckpt", "fomm-small.pth.tar"])
    func warmsUpAndRefusesInWords(name: String) throws {
        let model = try Self.model(name, .init(nativeSize: 128))
        try model.warmUp()
        let domain = try #require(model.capabilities.domains.first)
        #expect(throws: ModelError.self) {
            try model.prepare(
                SourceImages(flow: Self.noise(1, 128, 128), editing: Self.noise(1, 120, 128)), domain: domain)
        }
        let picture = Self.noise(1, 128, 128)
        let other = try #require(Domain.allCases.first { $0 != domain })
        #expect(throws: ModelError.self) {
            try model.prepare(SourceImages(flow: picture, editing: picture), domain: other)
        }
        let source = try Self.prepare(model, picture)
        #expect(throws: PoseError.self) { try model.render([RenderRequest(source: source, code: DriverCode([1]))]) }
        let strange = DriverCode([Float](repeating: .nan, count: model.capabilities.codeCount))
        let window = [DriverCode](repeating: strange, count: model.capabilities.window)
        #expect(throws: PoseError.self) { try model.render([RenderRequest(source: source, codes: window)]) }
        let twin = try Self.model(name, .init(nativeSize: 128))
        let code = DriverCode([Float](repeating: 0.1, count: model.capabilities.codeCount))
        let codes = [DriverCode](repeating: code, count: model.capabilities.window)
        #expect(throws: ModelError.self) { try twin.render([RenderRequest(source: source, codes: codes)]) }
    }

    @Test func aFirstOrderModelIsNotDrivenByMotions() throws {
        let model = try Self.model("fomm-small.pth.tar", .init(nativeSize: 128))
        let error = #expect(throws: ModelError.self) {
            try model.code(of: .pose(Pose()), in: DriverContext(domain: .vox, kind: .pose))
        }
        #expect(error?.code == .missingPart && error?.message.contains("key points") == true)
    }

    /// An extreme driver sends positions far outside; nothing may be read there.
    @Test(arguments: ["pirender-small.pt", "edtn-anime-small.ckpt", "fomm-small.pth.tar"])
    func enormousNumbersDrawSomePicture(name: String) throws {
        let model = try Self.model(name, .init(nativeSize: 128))
        let source = try Self.prepare(model, Self.noise(1, 128, 128))
        for value: Float in [1e6, -1e30, 3e38] {
            let code = DriverCode([Float](repeating: value, count: model.capabilities.codeCount))
            let codes = [DriverCode](repeating: code, count: model.capabilities.window)
            let pictures = try model.render([RenderRequest(source: source, codes: codes)])
            #expect(pictures[0].picture.rgb8().count == 128 * 128 * 3)
        }
    }
}

/// Published widths with random weights load, and what they render is a picture.
@Suite struct PublishedWidthTests {
    @Test(arguments: [ModelFamily.pirenderer, .firstOrderMotion]) func loads(family: ModelFamily) throws {
        let model = try ModelFile(random: family, nativeSize: 128, seed: 5).headModel(pool: PIRendererGoldenTests.pool)
        let picture = FamilyModelTests.noise(3, 128, 128)
        let source = try FamilyModelTests.prepare(model, picture)
        var random = SplitMix64(state: 4)
        let codes = (0..<model.capabilities.window).map { _ in
            DriverCode((0..<model.capabilities.codeCount).map { _ in random.unit() - 0.5 })
        }
        let rendered = try model.render([RenderRequest(source: source, codes: codes)])[0].picture
        #expect(rendered.width == 128 && rendered.pixels.allSatisfy(\.isFinite))
    }
}
