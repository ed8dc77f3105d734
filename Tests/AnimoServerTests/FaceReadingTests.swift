import AnimoCheckpoint
import AnimoClient
import AnimoCompute
import AnimoModel
import AnimoModelFile
import AnimoMotion
import AnimoFakeEngine
import AnimoTestSupport
import AnimoWire
import Testing

@testable import AnimoServer

/// What the server makes of a tracker beside a model: who reads a frame, where a head is cropped, and what is said of
/// one that is not there. One tracker sees the same face in every picture, another sees none.
struct FaceReadingTests {
    private enum Kind: CaseIterable {
        case seeing, blind
    }

    private static let trackers = Kind.allCases.map { kind in
        Result {
            let task = FaceTaskBuilder(seed: 5, seesFace: kind == .seeing).task
            let file = try ModelFile(bytes: try ModelConversion.convert(FileBytes(task)))
            return try #require(try file.headTracker(pool: WorkerPool(threads: 1)))
        }
    }

    static func tracker(seesFace: Bool) throws -> HeadTracker { try trackers[seesFace ? 0 : 1].get() }

    private static func engine(_ kind: Kind?) throws -> FakeEngine {
        guard let kind else { return FakeEngine() }
        return FakeEngine(tracker: try trackers[kind == .seeing ? 0 : 1].get())
    }

    private static func frame(
        _ domain: Wire.Domain, reader: Wire.Reader = .unspecified, crop: Wire.Crop? = nil,
        face: Wire.FaceChoice? = nil, picture: Wire.Picture = .plain(9)
    ) -> Wire.Driver {
        Wire.Driver(
            kind: .frame(Wire.DrivingFrame(picture: picture, domain: domain, crop: crop, reader: reader, face: face)))
    }

    private static let source = Wire.Source(kind: .picture(.plain(7)))
    private static let automatic = Wire.Crop(mode: .auto)

    /// A picture without a plain background: two colours side by side.
    private static var halves: Wire.Picture {
        let row = (0..<32).flatMap { x -> [UInt8] in x < 16 ? [200, 0, 0] : [0, 0, 200] }
        return Wire.Picture(format: .rgb8, data: (0..<32).flatMap { _ in row }, width: 32, height: 32)
    }

    // MARK: Readers

    /// An estimator reads how red a frame is, the tracker closed eyes.
    @Test(arguments: [
        (Wire.Domain.vox, Wire.Reader.unspecified, true), (.vox, .tracker, true), (.vox, .estimator, false),
        (.anime, .unspecified, false), (.anime, .tracker, true), (.anime, .estimator, false),
    ])
    func theReaderAskedForReads(domain: Wire.Domain, reader: Wire.Reader, isTracker: Bool) async throws {
        try await withServer(engine: try Self.engine(.seeing)) { server in
            let client = try await server.client()
            let reply = try await client.retarget(Wire.RetargetRequest(driver: Self.frame(domain, reader: reader)))
            let pose = try #require(reply.pose).values
            let closed = try #require(PoseMapping.standardChannels.firstIndex(of: "eye_closed_left"))
            #expect((pose[closed] > 0.9) == isTracker && (pose[closed + 1] > 0.9) == isTracker, "\(pose)")
            #expect((reply.motion?.values.first == 9) == !isTracker)
            await client.close()
        }
    }

    @Test func aReaderThatIsNotThereIsRefusedAndThoseThatAreAreNamed() async throws {
        for (kind, reader, names) in [
            (Kind.seeing, Wire.Reader.deep3d, "tracker, estimator"), (.seeing, .deca, "tracker, estimator"),
            (nil, .tracker, "estimator"),
        ] {
            try await withServer(engine: try Self.engine(kind)) { server in
                let client = try await server.client()
                let request = Wire.ReenactRequest(source: Self.source, driver: Self.frame(.vox, reader: reader))
                let error = await #expect(throws: RPCError.self) { try await client.reenact(request) }
                #expect(error?.code == .failedPrecondition && error?.reason == .noEstimator)
                #expect(error?.message.contains("expected one of \(names) for vox frames") == true)
                await client.close()
            }
        }
    }

    @Test func theReadersOfAModelAreDescribedInTheirOrder() async throws {
        try await withServer(engine: try Self.engine(.seeing)) { server in
            let client = try await server.client()
            let model = try #require(try await client.describe().models.first)
            #expect(model.faceModel == "fake")
            let parts = { (domain: Wire.Domain) in model.estimators.filter { $0.domain == domain }.map(\.part) }
            #expect(parts(.vox) == ["tracker", "estimator"] && parts(.anime) == ["estimator", "tracker"])
            await client.close()
        }
    }

    // MARK: Crops

    /// The face is as large as its framing says, with its middle where the framing wants it.
    @Test(arguments: [(Wire.Domain.anime, HeadFraming.animeCeleb), (.vox, .voxCeleb)])
    func theHeadIsPlacedByItsFace(domain: Wire.Domain, framing: HeadFraming) async throws {
        try await withServer(engine: try Self.engine(.seeing)) { server in
            let client = try await server.client()
            let session = try await client.track(Wire.TrackOpen(domain: domain))
            #expect(
                session.opened.framing == Wire.FaceFraming(share: framing.share, x: framing.x, y: framing.y))
            try await session.send(Wire.TrackFrame(picture: Self.halves))
            session.finish()
            var heads: [Wire.FaceSquare] = []
            for try await result in session.results { if let head = result.face?.head { heads.append(head) } }
            let head = try #require(heads.first)
            let reply = try await client.putSource(
                Wire.PutSourceRequest(
                    source: Wire.SourcePicture(picture: Self.halves, domain: domain, crop: Self.automatic)))
            let crop = try #require(reply.source?.crop)
            #expect(abs(crop.scaleX * Double(crop.width) - head.side) < 1e-6)
            // Crops count from pixels' edges, squares from their middles.
            #expect(abs(crop.offsetX - head.x - 0.5) < 1e-6 && abs(crop.offsetY - head.y - 0.5) < 1e-6)
            await client.close()
        }
    }

    /// Without a face the outline before a plain background says where the head is; nothing does before another one.
    @Test(arguments: [Wire.Domain.anime, .vox])
    func withoutAFaceAPlainBackgroundMustTell(domain: Wire.Domain) async throws {
        try await withServer(engine: try Self.engine(.blind)) { server in
            let client = try await server.client()
            var block = [UInt8](repeating: 255, count: 64 * 64 * 3)
            for y in 20..<64 { for x in 20..<44 { block[(y * 64 + x) * 3 + 1] = 0 } }
            let drawn = Wire.Picture(format: .rgb8, data: block, width: 64, height: 64)
            func put(_ picture: Wire.Picture) async throws -> Wire.PutSourceReply {
                try await client.putSource(
                    Wire.PutSourceRequest(
                        source: Wire.SourcePicture(picture: picture, domain: domain, crop: Self.automatic)))
            }
            #expect(try await put(drawn).source?.crop != nil)
            let error = await #expect(throws: RPCError.self) { try await put(Self.halves) }
            #expect(error?.reason == .noHead)
            #expect(error?.message.contains("background") == true)
            await client.close()
        }
    }

    // MARK: No head

    @Test func aHeadThatIsNotThereIsToldWithTheScore() async throws {
        try await withServer(engine: try Self.engine(.blind)) { server in
            let client = try await server.client()
            for driver in [Self.frame(.vox), Self.frame(.anime, reader: .tracker)] {
                let error = await #expect(throws: RPCError.self) {
                    try await client.reenact(Wire.ReenactRequest(source: Self.source, driver: driver))
                }
                #expect(error?.code == .failedPrecondition && error?.reason == .noHead)
                #expect(error?.message.hasPrefix("NO_HEAD: driver.frame.picture: no face found") == true)
                #expect(error?.message.contains("score") == true)
                #expect(error?.detail?.limit == 0.5 && (0...1).contains(error?.detail?.actual ?? -1))
            }
            await client.close()
        }
    }

    @Test func aFaceThatIsNotAmongThoseSeenIsNoHead() async throws {
        try await withServer(engine: try Self.engine(.seeing)) { server in
            let client = try await server.client()
            let driver = Self.frame(.vox, face: Wire.FaceChoice(kind: .index(999)))
            let error = await #expect(throws: RPCError.self) {
                try await client.reenact(Wire.ReenactRequest(source: Self.source, driver: driver))
            }
            #expect(error?.reason == .noHead)
            await client.close()
        }
    }

    /// Results of a session that is given frames of a domain, and a pose last.
    private func results(
        _ kind: Kind, lost: Wire.Lost?, frames: Int = 2
    ) async throws -> [Wire.AnimateResult] {
        try await withServer(engine: try Self.engine(kind)) { server in
            let client = try await server.client()
            let control = lost.map { Wire.Control(lost: $0) }
            let session = try await client.animate(
                Wire.AnimateOpen(source: Self.source, policy: .queue, window: 8, control: control))
            for index in 0..<frames {
                try await session.send(
                    Wire.AnimateFrame(driver: Self.frame(.vox), timeUs: Int64(1 + index * 40_000)))
            }
            let pose = Wire.Pose(channels: [Wire.NamedValue(name: "yaw", value: 10)])
            try await session.send(
                Wire.AnimateFrame(driver: Wire.Driver(kind: .pose(pose)), timeUs: Int64(1 + frames * 40_000)))
            try await session.finish()
            var results: [Wire.AnimateResult] = []
            for try await output in session.outputs {
                if case .result(let result) = output.kind { results.append(result) }
            }
            await client.close()
            return results
        }
    }

    @Test func framesWithoutAHeadAreFlaggedAndTheSessionGoesOn() async throws {
        let results = try await results(.blind, lost: nil)
        #expect(results.map(\.outcome) == [.invalid, .invalid, .ok])
        #expect(results.prefix(2).allSatisfy { $0.detail?.reason == .noHead && $0.picture == nil })
    }

    @Test func framesWithoutAHeadAreDrawnWhereTheSessionSaysHow() async throws {
        let results = try await results(.blind, lost: Wire.Lost(holdMs: 1000))
        #expect(results.map(\.outcome) == [.ok, .ok, .ok])
        #expect(results.map(\.tracking) == [.idle, .idle, .ok])
        #expect(results.allSatisfy { $0.picture != nil })
    }

    @Test func framesTellTheFaceThatDrivesThem() async throws {
        let results = try await results(.seeing, lost: nil, frames: 3)
        #expect(results.map { $0.face?.how } == [.detected, .tracked, .tracked, nil])
        #expect(results.first?.face?.score ?? 0 > 0.9)
        #expect(results.prefix(3).allSatisfy { $0.face?.presence ?? 0 > 0.9 && $0.face?.box != nil })
    }
}
