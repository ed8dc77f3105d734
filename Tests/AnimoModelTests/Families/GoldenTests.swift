import AnimoCheckpoint
import AnimoCompute
import AnimoDemo
import AnimoTestSupport
import Foundation
import Synchronization
import Testing

@testable import AnimoModel
@testable import AnimoModelFile
@testable import AnimoMotion

/// The built-in model and sources prepared from noise, made once for all tests.
enum TestModel {
    static let model = Result {
        try AniMo(file: ModelFile(bytes: Array(DemoModel.model)), pool: WorkerPool(threads: 2))
    }

    static func picture(_ seed: UInt64, side: Int) -> FloatImage {
        var random = SplitMix64(state: seed)
        return FloatImage(
            pixels: (0..<(side * side * 3)).map { _ in random.unit() }, width: side, height: side)
    }

    static func motion(_ seed: UInt64) throws -> Motion {
        var random = SplitMix64(state: seed)
        return try Motion((0..<Motion.count).map { _ in (random.unit() - 0.5) * 0.6 })
    }
}

struct GoldenTests {
    @Test("The built-in model agrees with its recorded values")
    func builtInGolden() throws {
        let golden = try CheckpointReader.read(bytes: Array(DemoModel.golden))
        let stages = try TestModel.model.get().verify(golden: golden)
        #expect(stages.count > 20)
        for stage in stages { #expect(stage.passed, "\(stage)") }
    }

    @Test("So does every vector width that this processor has", arguments: Processor.widths)
    func builtInGolden(lanes: Int) throws {
        let model = try AniMo(
            file: ModelFile(bytes: Array(DemoModel.model)), pool: WorkerPool(threads: 2), lanes: lanes)
        for stage in try model.verify(golden: CheckpointReader.read(bytes: Array(DemoModel.golden))) {
            #expect(stage.passed, "\(stage)")
        }
    }

    @Test("The kernels agree with the plain loops")
    func plainLoops() throws {
        let stages = try TestModel.model.get().verify(against: ModelFile(bytes: Array(DemoModel.model)))
        #expect(stages.count == 18)
        for stage in stages { #expect(stage.passed, "\(stage)") }
    }

    @Test("Another file is not what a model is verified against")
    func anotherFile() throws {
        var bytes = Array(DemoModel.model)
        bytes[bytes.count - 2] ^= 1
        let other = try ModelFile(bytes: bytes)
        #expect(throws: ModelFileError.self) { try TestModel.model.get().verify(against: other) }
    }

    @Test(
        "A converted checkpoint agrees with the published arithmetic",
        .enabled(if: Fixtures.available, "needs ../shared"), arguments: ["s64", "b3", "wide"])
    func smallCheckpoint(set: String) throws {
        let checkpoint = try #require(Fixtures.url("animo-small.ckpt"))
        let archive = try CheckpointReader.read(path: checkpoint.path)
        let bytes = try ModelConversion.convert(archive)
        let model = try AniMo(file: ModelFile(bytes: bytes), pool: WorkerPool(threads: 2))
        let golden = try CheckpointReader.read(
            path: try #require(Fixtures.url("animo-small-golden.safetensors")).path)
        // This golden shares source, motion and latent between the domains.
        var arrays: [String: NamedArray] = [:]
        for domain in Domain.allCases {
            for leaf in ["source", "motion", "latent"] {
                arrays["\(domain.rawValue).\(set).\(leaf)"] = golden.arrays["\(set).\(leaf)"]
            }
            for leaf in ["flow", "warped", "output"] {
                arrays["\(domain.rawValue).\(set).\(leaf)"] = golden.arrays["\(set).\(domain.rawValue).\(leaf)"]
            }
        }
        let stages = try model.verify(golden: ArrayArchive(arrays: arrays))
        #expect(stages.count == (set == "b3" ? 24 : 8))
        for stage in stages { #expect(stage.passed, "\(stage)") }
    }
}

struct RenderTests {
    @Test("A picture's bytes depend neither on its company nor on the threads")
    func sameBytes() throws {
        let file = try ModelFile(bytes: Array(DemoModel.model))
        let alone = try TestModel.model.get()
        let many = try AniMo(file: file, pool: WorkerPool(threads: 3))
        func requests(_ model: AniMo) throws -> [RenderRequest] {
            var requests: [RenderRequest] = []
            for (index, kind) in [(Domain.anime, 64), (.anime, 64), (.vox, 64), (.anime, 96), (.anime, 64)].enumerated()
            {
                let source = try model.prepare(
                    SourceImages(
                        flow: TestModel.picture(UInt64(index), side: 64),
                        editing: TestModel.picture(UInt64(index), side: kind.1)), domain: kind.0)
                for driver in 0..<2 {
                    requests.append(
                        RenderRequest(
                            source: source, code: DriverCode(try TestModel.motion(UInt64(10 * index + driver))))
                    )
                }
            }
            return requests
        }
        let singly = try requests(alone).flatMap { try alone.render([$0]) }
        #expect(try many.render(requests(many)) == singly)
        let backwards = try alone.render(try requests(alone).reversed())
        #expect(Array(backwards.reversed()) == singly)
    }

    @Test("Several callers at once get what each would get alone")
    func severalCallers() throws {
        let model = try TestModel.model.get()
        let requests = try (0..<4).map { caller in
            let picture = TestModel.picture(UInt64(caller), side: caller < 2 ? 64 : 96)
            let source = try model.prepare(
                SourceImages(flow: picture, editing: picture), domain: caller % 2 == 0 ? .anime : .vox)
            return RenderRequest(source: source, code: DriverCode(try TestModel.motion(UInt64(caller))))
        }
        let alone = try requests.map { try model.render([$0]) }
        let agreed = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 4) { caller in
            for _ in 0..<5 {
                let same = (try? model.render([requests[caller]])) == alone[caller]
                agreed.withLock { $0 += same ? 1 : 0 }
            }
        }
        #expect(agreed.withLock { $0 } == 20)
    }

    @Test("Flow and picture may have sizes of their own")
    func twoSizes() throws {
        let model = try TestModel.model.get()
        let source = try model.prepare(
            SourceImages(flow: TestModel.picture(1, side: 64), editing: TestModel.picture(1, side: 128)), domain: .vox)
        #expect(((source as? AniMoSource)?.flowWidth, source.width) == (64, 128))
        let picture = try model.render([RenderRequest(source: source, code: DriverCode(try TestModel.motion(2)))])[0]
            .picture
        #expect((picture.width, picture.height, picture.pixels.count) == (128, 128, 128 * 128 * 3))
        #expect(picture.pixels.allSatisfy { abs($0) <= 1 })
    }

    @Test("What a model cannot take is refused in words")
    func refusals() throws {
        let model = try TestModel.model.get()
        let odd = TestModel.picture(1, side: 50)
        #expect(throws: ModelError.self) { try model.prepare(SourceImages(flow: odd, editing: odd), domain: .anime) }
        #expect(throws: ModelError.self) {
            try model.read([FrameImage(odd)], by: try #require(model.capabilities.reader(of: .anime)))
        }
        let other = try AniMo(file: ModelFile(bytes: Array(DemoModel.model)), pool: WorkerPool(threads: 1))
        let picture = TestModel.picture(1, side: 64)
        let foreign = try other.prepare(SourceImages(flow: picture, editing: picture), domain: .anime)
        #expect(throws: ModelError.self) {
            try model.render([RenderRequest(source: foreign, code: DriverCode(try TestModel.motion(1)))])
        }
    }

    @Test("Bytes to numbers and back")
    func floatImage() {
        let bytes = (0..<192).map { UInt8($0) }
        #expect(FloatImage(rgb8: bytes, width: 8, height: 8).rgb8() == bytes)
        let wild = FloatImage(pixels: [-1, 2, .nan], width: 1, height: 1)
        #expect(wild.rgb8() == [0, 255, 0])
    }
}
