import AnimoCLI
import AnimoCheckpoint
import AnimoClient
import AnimoCompute
import AnimoModel
import AnimoModelFile
import AnimoMotion
import AnimoTestSupport
import AnimoWire
import Foundation
import Testing

/// Small checkpoints of families that render a source, converted by `animoctl` and served by the real daemon: what
/// comes back is what the library renders from the same bytes.
@Suite(.enabled(if: Fixtures.available, "needs ../shared"))
struct FamilyServingTests {
    /// A recorded set and the model it belongs to.
    struct Case: Sendable, CustomStringConvertible {
        let checkpoint: String
        let golden: String
        let domain: Wire.Domain
        let side: Int
        /// Where black and white lie in the golden's pictures.
        var range: ClosedRange<Float> = 0...1
        var description: String { checkpoint }
    }

    static let driven = [
        Case(
            checkpoint: "pirender-small.pt", golden: "pirender-golden.safetensors", domain: .vox, side: 64,
            range: -1...1),
        Case(
            checkpoint: "edtn-anime-small.ckpt", golden: "edtn-anime-golden.safetensors", domain: .anime, side: 64),
    ]

    static let firstOrder = Case(
        checkpoint: "fomm-small.pth.tar", golden: "fomm-golden.safetensors", domain: .vox, side: 128)

    /// The daemon with one model, and the same model in this process.
    struct Stage {
        let daemon: RunningDaemon
        let client: AnimoClient
        let model: any HeadModel
        let folder: TemporaryFolder

        init(_ each: Case) async throws {
            folder = try TemporaryFolder()
            let output = folder.path("model.safetensors")
            let checkpoint = try #require(Fixtures.url("families/\(each.checkpoint)")).path
            let convert = try await Command.run(
                Binaries.animoctl,
                ["convert", checkpoint, "--native-size", "\(each.side)", "--output", output])
            #expect(convert.status == 0, "\(convert.errors)")
            model = try ModelFile(path: output).headModel(pool: WorkerPool(threads: 1))
            daemon = try await RunningDaemon.start(["--model", "m=\(output)"])
            client = try await daemon.client()
        }

        func end() async {
            await client.close()
            #expect(await daemon.stop() == 0)
        }
    }

    /// Item 0 of a recorded picture as bytes.
    static func bytes(_ arrays: [String: NamedArray], _ name: String, _ range: ClosedRange<Float>) throws -> [UInt8] {
        let array = try #require(arrays[name])
        let (values, pixels) = (try array.floats(), array.shape[2] * array.shape[3])
        let span = range.upperBound - range.lowerBound
        return (0..<(pixels * 3)).map { place in
            let value = (values[place % 3 * pixels + place / 3] - range.lowerBound) / span
            return UInt8((min(max(value, 0), 1) * 255).rounded())
        }
    }

    static func picture(_ bytes: [UInt8], _ side: Int) -> Wire.Picture {
        Wire.Picture(format: .rgb8, data: bytes, width: UInt32(side), height: UInt32(side))
    }

    static func source(_ bytes: [UInt8], _ each: Case) -> Wire.Source {
        Wire.Source(
            kind: .picture(
                Wire.SourcePicture(
                    picture: picture(bytes, each.side), domain: each.domain, crop: Wire.Crop(mode: .none))))
    }

    static func expectSame(_ reply: Wire.ReenactReply, _ rendered: FloatImage) throws {
        let got = try #require(reply.picture?.data)
        let expected = rendered.rgb8()
        #expect(got.count == expected.count)
        let largest = zip(got, expected).map { abs(Int($0) - Int($1)) }.max() ?? 255
        #expect(largest <= 1)
    }

    @Test(arguments: driven) func whatTheDaemonDrawsFromNumbersIsWhatTheLibraryDraws(each: Case) async throws {
        let stage = try await Stage(each)
        let arrays = try CheckpointReader.read(
            path: try #require(Fixtures.url("families/\(each.golden)")).path
        ).arrays
        let bytes = try Self.bytes(arrays, "s64.source", each.range)
        let recorded = try #require(arrays["s64.motion"])
        let values = try recorded.floats()
        // Recorded windows are (numbers, frames); a motion on the wire is frame after frame.
        let frames = recorded.shape.count == 3 ? recorded.shape[2] : 1
        let count = recorded.shape[1]
        let codes = (0..<frames).map { frame in DriverCode((0..<count).map { values[$0 * frames + frame] }) }
        let driver: Wire.Driver.Kind =
            frames > 1
            ? .motion(Wire.Motion(values: codes.flatMap(\.values)))
            : .pose(Wire.Pose(values: values))
        let reply = try await stage.client.reenact(
            Wire.ReenactRequest(
                source: Self.source(bytes, each), driver: Wire.Driver(kind: driver),
                options: Wire.DrawOptions(format: .rgb8)))
        let image = FloatImage(rgb8: bytes, width: each.side, height: each.side)
        let domain = try #require(stage.model.capabilities.domains.first)
        let prepared = try stage.model.prepare(SourceImages(flow: image, editing: image), domain: domain)
        // Poses are brought into their ranges on the way.
        let pose = try Pose(Array(values.prefix(20)))
        let asked = frames > 1 ? codes : [DriverCode(stage.model.poseMapping.clamped(pose).pose.values)]
        try Self.expectSame(reply, try stage.model.render([RenderRequest(source: prepared, codes: asked)])[0].picture)
        await stage.end()
    }

    @Test(arguments: [true, false])
    func whatTheDaemonDrawsFromFramesIsWhatTheLibraryDraws(isRelative: Bool) async throws {
        let each = Self.firstOrder
        let stage = try await Stage(each)
        let arrays = try CheckpointReader.read(
            path: try #require(Fixtures.url("families/\(each.golden)")).path
        ).arrays
        let bytes = try ["source", "driving", "initial"].map { try Self.bytes(arrays, "s128.\($0)", each.range) }
        func driver(_ index: Int) -> Wire.Driver {
            Wire.Driver(
                kind: .frame(
                    Wire.DrivingFrame(
                        picture: Self.picture(bytes[index], each.side), domain: each.domain,
                        crop: Wire.Crop(mode: .none))))
        }
        let reply = try await stage.client.reenact(
            Wire.ReenactRequest(
                source: Self.source(bytes[0], each), driver: driver(1), options: Wire.DrawOptions(format: .rgb8),
                relative: isRelative ? Wire.Relative(neutral: driver(2), adaptScale: true) : nil))
        let images = bytes.map { FloatImage(rgb8: $0, width: each.side, height: each.side) }
        let source = try stage.model.prepare(SourceImages(flow: images[0], editing: images[0]), domain: .vox)
        let reader = try #require(stage.model.capabilities.reader(of: .vox))
        let context = DriverContext(domain: .vox, source: source, kind: .frame(.vox))
        let codes = try stage.model.read([FrameImage(images[1]), FrameImage(images[2])], by: reader).map {
            try stage.model.code(of: $0, in: context).code
        }
        let code =
            isRelative
            ? try stage.model.relative(codes[0], to: codes[1], of: source, adaptsScale: true) : codes[0]
        try Self.expectSame(reply, try stage.model.render([RenderRequest(source: source, code: code)])[0].picture)
        await stage.end()
    }
}
