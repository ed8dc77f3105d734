import AnimoCLI
import AnimoCheckpoint
import AnimoClient
import AnimoCompute
import AnimoDemo
import AnimoModel
import AnimoModelFile
import AnimoMotion
import AnimoPictures
import AnimoTestSupport
import AnimoWire
import Foundation
import Testing

/// Drivers of each family, through the real programs: FLAME coefficients, frames of a session, faces aligned by their
/// landmarks; what comes back is what the networks give when asked directly.
@Suite(.enabled(if: Fixtures.available, "needs ../shared")) struct FamilyDriversTests {
    /// A daemon with one model made by `animoctl convert`, and the same model's networks here.
    private struct Served {
        let daemon: RunningDaemon
        let client: AnimoClient
        let model: any HeadModel
    }

    private static func fixture(_ name: String) throws -> String { try #require(Fixtures.url(name)).path }

    private func serve(_ checkpoint: String, _ options: [String]) async throws -> Served {
        let folder = try TemporaryFolder()
        let file = folder.path("model.safetensors")
        let converted = try await Command.run(
            Binaries.animoctl, ["convert", try Self.fixture(checkpoint), "--output", file] + options)
        try #require(converted.status == 0, "\(converted.errors)")
        let daemon = try await RunningDaemon.start(["--model", file], in: folder)
        return Served(
            daemon: daemon, client: try await daemon.client(),
            model: try ModelFile(path: file).headModel(pool: WorkerPool(threads: 2)))
    }

    private func golden(_ family: String) throws -> ArrayArchive {
        try CheckpointReader.read(path: Self.fixture("families/\(family)-golden.safetensors"))
    }

    /// The first picture of a golden, made one of 8 bits.
    private func picture(_ archive: ArrayArchive, _ name: String, from black: Float = 0) throws -> [UInt8] {
        let array = try #require(archive.arrays[name])
        let (channels, pixels) = (array.shape[1], array.shape[2] * array.shape[3])
        let values = try array.floats()
        return (0..<channels * pixels).map { place in
            let value = values[place % channels * pixels + place / channels]
            return UInt8(min(max((value - black) / (1 - black), 0), 1) * 255 + 0.5)
        }
    }

    private func raw(_ pixels: [UInt8], _ side: Int) -> Wire.Picture {
        Wire.Picture(format: .rgb8, data: pixels, width: UInt32(side), height: UInt32(side))
    }

    private func image(_ pixels: [UInt8], _ side: Int) -> FloatImage {
        FloatImage(rgb8: pixels, width: side, height: side)
    }

    private func check(_ reply: Wire.ReenactReply, against expected: FloatImage) throws {
        let got = try #require(reply.picture).data
        let wanted = expected.rgb8()
        #expect(got.count == wanted.count)
        #expect(zip(got, wanted).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
        // A picture of one colour would prove nothing.
        #expect(Set(got).count > 16)
    }

    private func reenact(
        _ served: Served, source: Wire.SourcePicture? = nil, _ driver: Wire.Driver, relative: Wire.Relative? = nil
    ) async throws -> Wire.ReenactReply {
        try await served.client.reenact(
            Wire.ReenactRequest(
                source: source.map { Wire.Source(kind: .picture($0)) }, driver: driver,
                options: Wire.DrawOptions(format: .rgb8), relative: relative))
    }

    @Test func theAnimeGeneratorDrawsAFaceReadByEDTN() async throws {
        let golden = try golden("edtn-anime")
        let served = try await serve(
            "families/edtn-anime-small.ckpt",
            ["--native-size", "64", "--part", "edtn=\(try Self.fixture("families/edtn-small.pt"))"])
        let source = try picture(golden, "s64.source")
        let head = try served.model.prepare(
            SourceImages(flow: image(source, 64), editing: image(source, 64)), domain: .anime)
        let flame = Array(try #require(golden.arrays["driven.code"]).floats().prefix(156))
        let reply = try await reenact(
            served, source: Wire.SourcePicture(picture: raw(source, 64)),
            Wire.Driver(kind: .motion(Wire.Motion(values: flame))))
        let code = try served.model.code(of: .flame(flame), in: DriverContext(domain: .anime, kind: .motion)).code
        try check(reply, against: try served.model.render([RenderRequest(source: head, code: code)])[0].picture)
        await served.client.close()
    }

    @Test func aSessionMovesAsItsDriverMovesFromTheFirstFrame() async throws {
        let golden = try golden("fomm")
        let served = try await serve("families/fomm-small.pth.tar", ["--native-size", "128"])
        let (source, driving, initial) = (
            try picture(golden, "s128.source"), try picture(golden, "s128.driving"),
            try picture(golden, "s128.initial")
        )
        func frame(_ pixels: [UInt8]) -> Wire.Driver {
            Wire.Driver(kind: .frame(Wire.DrivingFrame(picture: raw(pixels, 128), domain: .vox)))
        }
        let wire = Wire.SourcePicture(picture: raw(source, 128))
        let head = try served.model.prepare(
            SourceImages(flow: image(source, 128), editing: image(source, 128)), domain: .vox)
        let reader = try #require(served.model.capabilities.reader(of: .vox))
        let codes = try [driving, initial].map { pixels in
            let numbers = try #require(
                try served.model.read([FrameImage(image(pixels, 128))], by: reader).first)
            return try served.model.code(of: numbers, in: DriverContext(domain: .vox, kind: .frame(.vox))).code
        }
        let relative = try await reenact(
            served, source: wire, frame(driving), relative: Wire.Relative(neutral: frame(initial), adaptScale: true))
        let code = try served.model.relative(codes[0], to: codes[1], of: head, adaptsScale: true)
        try check(relative, against: try served.model.render([RenderRequest(source: head, code: code)])[0].picture)

        // A session takes its first frame for the neutral.
        let open = Wire.AnimateOpen(
            source: Wire.Source(kind: .picture(wire)), policy: .queue, options: Wire.DrawOptions(format: .rgb8),
            relative: Wire.Relative(adaptScale: true))
        let session = try await served.client.animate(open)
        for pixels in [initial, driving] { try await session.send(Wire.AnimateFrame(driver: frame(pixels))) }
        try await session.finish()
        var pictures: [[UInt8]] = []
        for try await output in session.outputs {
            if case .result(let result) = output.kind { pictures.append(result.picture?.data ?? []) }
        }
        #expect(pictures.count == 2)
        #expect(pictures.last == relative.picture?.data)
        await served.client.close()
    }

    @Test func aStreamIsToldAgainstTheFrameMostLikeTheSource() async throws {
        let served = try await serve("families/fomm-small.pth.tar", ["--native-size", "128"])
        let folder = served.daemon.folder
        var frames = Data()
        for name in ["vox-driving-2.png", "vox-driving-1.png", "vox-driving-3.png"] {
            let picture = try PictureDecoder.decode(try DemoSamples.file(name))
            frames += Data(try PictureEncoder.encode(picture, as: .jpeg, quality: 95))
        }
        try Data(try DemoSamples.file("vox-driving-1.png")).write(to: folder.url.appendingPathComponent("source.png"))
        let result = try await Command.run(
            Binaries.animoctl,
            [
                "stream", "--source", folder.path("source.png"), "--relative", "--adapt-scale", "--best-start", "3",
                "--output", "rgb24",
            ], input: frames, environment: ["ANIMO_CONNECT": "unix:\(served.daemon.socketPath)"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("frame 2 of the first 3"))
        #expect(result.output.count == 3 * 128 * 128 * 3)
        await served.client.close()
    }

    @Test func latentPosesDrawTheIdentityOfTheModel() async throws {
        let golden = try golden("lpd")
        let served = try await serve("families/lpd-small.pth", ["--native-size", "256"])
        let driving = try picture(golden, "one.driving")
        let driver = Wire.Driver(kind: .frame(Wire.DrivingFrame(picture: raw(driving, 256), domain: .vox)))
        let reply = try await reenact(served, driver)
        let blank = FloatImage(pixels: [], width: 256, height: 256)
        let head = try served.model.prepare(SourceImages(flow: blank, editing: blank), domain: .vox)
        let reader = try #require(served.model.capabilities.reader(of: .vox))
        let numbers = try #require(
            try served.model.read([FrameImage(image(driving, 256))], by: reader).first)
        let code = try served.model.code(of: numbers, in: DriverContext(domain: .vox, kind: .frame(.vox))).code
        try check(reply, against: try served.model.render([RenderRequest(source: head, code: code)])[0].picture)
        await served.client.close()
    }

    @Test(arguments: ["deep3d", "deca"])
    func photographedFacesAreReadByTheirLandmarks(part: String) async throws {
        let golden = try golden(part)
        // Deep3D drives AniMo; DECA and EDTN the anime generator.
        let checkpoint = part == "deep3d" ? "animo-small.ckpt" : "families/edtn-anime-small.ckpt"
        let weights = part == "deep3d" ? "families/deep3d-small.pth" : "families/deca-small.tar"
        let edtn =
            part == "deep3d" ? [] : ["--part", "edtn=\(try Self.fixture("families/edtn-small.pt"))"]
        let served = try await serve(
            checkpoint, ["--native-size", "64", "--part", "\(part)=\(try Self.fixture(weights))"] + edtn)
        let photo = try Data(contentsOf: URL(fileURLWithPath: Self.fixture("families/crops/photo-000002.png")))
        let landmarks: [Float] = [142.84, 207.18, 222.02, 203.9, 159.24, 253.57, 146.59, 290.93, 227.52, 284.74]
        let driver = Wire.Driver(
            kind: .frame(
                Wire.DrivingFrame(
                    picture: Wire.Picture(format: .png, data: Array(photo)), domain: .vox,
                    landmarks: Wire.Landmarks(values: landmarks))))
        let got = try #require(
            try await served.client.retarget(Wire.RetargetRequest(driver: driver)).motion
        ).values
        let expected: [Float]
        if part == "deep3d" {
            let all = try #require(golden.arrays["000002.coefficients"]).floats()
            expected = Array(all[80..<144] + all[224..<227] + all[254..<257])
        } else {
            let flame = Array(try #require(golden.arrays["code"]).floats().prefix(156))
            expected = try served.model.code(
                of: .flame(flame), in: DriverContext(domain: .anime, kind: .motion)
            ).code.values
        }
        #expect(got.count == expected.count)
        let largest = zip(got, expected).map { abs($0 - $1) }.max() ?? .infinity
        // DECA's crop is not rounded to bytes, the golden's was.
        #expect(largest <= (part == "deep3d" ? 1e-4 : 0.2), "\(largest)")
        await served.client.close()
    }

    @Test func whatAFamilyLacksIsNamed() async throws {
        let served = try await serve("families/fomm-small.pth.tar", ["--native-size", "128"])
        let source = Wire.SourcePicture(picture: raw([UInt8](repeating: 90, count: 128 * 128 * 3), 128))
        let error = await #expect(throws: RPCError.self) {
            try await reenact(
                served, source: source, Wire.Driver(kind: .motion(Wire.Motion(values: Array(repeating: 0, count: 70)))))
        }
        #expect(error?.code == .failedPrecondition)
        var odd = source
        // Larger ones are made from the source's own pixels, smaller ones by the networks.
        odd.size = 96
        let size = await #expect(throws: RPCError.self) {
            try await reenact(served, source: odd, Wire.Driver(kind: .motion(Wire.Motion(values: []))))
        }
        #expect(size?.code == .invalidArgument)
        #expect(size?.message.contains("source.size: expected a multiple of 128") == true)
        await served.client.close()
    }

    // MARK: What is said of a model

    /// `inspect`, which sees the file, and `describe`, which asks the daemon, agree on what drives it.
    @Test(arguments: [
        ("families/pirender-small.pt", ["--part", "deep3d=families/deep3d-small.pth"]),
        ("families/edtn-anime-small.ckpt", ["--part", "deca=families/deca-small.tar", "--part", "edtn=real/EDTN.pt"]),
        ("families/lpd-small.pth", ["--native-size", "512"]), ("families/fomm-small.pth.tar", []),
    ])
    func inspectAndDescribeAgree(checkpoint: String, options: [String]) async throws {
        let options = try options.map { option in
            guard let equals = option.firstIndex(of: "=") else { return option }
            return option[...equals] + (try Self.fixture(String(option[option.index(after: equals)...])))
        }
        let served = try await serve(checkpoint, options)
        let file = served.daemon.folder.path("model.safetensors")
        let inspection = ModelInspection(of: try ModelFile(path: file))
        let model = try #require(try await served.client.describe().models.first)
        #expect(inspection.nativeSize.map(UInt32.init) == model.nativeSize)
        #expect(inspection.readers.map(\.part) == model.estimators.map(\.part))
        #expect(inspection.readers.map { UInt32($0.side) } == model.estimators.map(\.inputSize))
        #expect(inspection.channels.isEmpty != model.drivers.contains("pose"))
        #expect(model.drivers.contains("flame") == inspection.drivers.contains { $0.hasPrefix("FLAME") })
        let text = try await Command.run(Binaries.animoctl, ["inspect", file]).text
        let line = text.split(separator: "\n").first { $0.hasPrefix("estimators") }
        #expect(line?.contains("none") != true, "\(text)")
        for reader in inspection.readers { #expect(line?.contains("by \(reader.part) from \(reader.side)") == true) }
        #expect(await served.daemon.stop() == 0)
    }

    /// Without --to, frames become what the model has: a pose, or else the numbers its networks read.
    @Test(arguments: ["families/lpd-small.pth", "families/fomm-small.pth.tar"])
    func framesBecomeWhatTheModelHas(checkpoint: String) async throws {
        let served = try await serve(checkpoint, [])
        let frame = served.daemon.folder.path("frame.png")
        try Data(try DemoSamples.file("vox-driving-1.png")).write(to: URL(fileURLWithPath: frame))
        let environment = ["ANIMO_CONNECT": "unix:\(served.daemon.socketPath)"]
        let arguments = ["retarget", "--driving", frame, "--driving-domain", "vox", "--json"]
        let plain = try await Command.run(Binaries.animoctl, arguments, environment: environment)
        #expect(plain.status == 0, "\(plain.errors)")
        let asked = try await Command.run(Binaries.animoctl, arguments + ["--to", "motion"], environment: environment)
        #expect(plain.text == asked.text)
        let pose = try await Command.run(Binaries.animoctl, arguments + ["--to", "pose"], environment: environment)
        #expect(pose.status == 65 && pose.errors.contains("--to motion"))
        #expect(await served.daemon.stop() == 0)
    }

    /// A mapping that the model has not is refused and not passed over.
    @Test func aMappingThatIsNotThereIsRefused() async throws {
        let served = try await serve(
            "families/pirender-small.pt", ["--part", "deep3d=\(try Self.fixture("families/deep3d-small.pth"))"])
        let frame = Wire.DrivingFrame(
            picture: Wire.Picture(format: .png, data: try DemoSamples.file("vox-driving-1.png")), domain: .vox)
        func retarget(_ mapping: Wire.ExpressionMapping) async throws {
            _ = try await served.client.retarget(
                Wire.RetargetRequest(driver: Wire.Driver(kind: .frame(frame)), mapping: mapping))
        }
        let error = await #expect(throws: RPCError.self) { try await retarget(.edtn) }
        #expect(
            error?.code == .failedPrecondition && error?.message.contains("by edtn") == true, "\(error?.message ?? "")")
        let count = await #expect(throws: RPCError.self) {
            let motion = Wire.Driver(kind: .motion(Wire.Motion(values: [Float](repeating: 0, count: 74))))
            _ = try await served.client.retarget(Wire.RetargetRequest(driver: motion))
        }
        #expect(
            count?.message.contains("expected 20, 70, 73, 156 numbers, or 1971 of a window of 27 frames, got 74")
                == true,
            "\(count?.message ?? "")")
        #expect(await served.daemon.stop() == 0)
    }
}
