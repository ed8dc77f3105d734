import AnimoClient
import AnimoModel
import AnimoMotion
import AnimoPictures
import AnimoFakeEngine
import AnimoWire
import Testing

@testable import AnimoServer

/// Sizes above the networks' own, alpha, backgrounds and paste-back, as calls and sessions ask for them.
@Suite struct DetailTests {
    private static let native = 32

    /// An engine that draws one grey picture, whose parts come from where they are.
    static func engine(tellsFlow: Bool = true) -> FakeEngine {
        var positions: [Float] = []
        for place in 0..<64 {
            for own in [place % 8, place / 8] { positions.append((2 * Float(own) + 1) / 8 - 1) }
        }
        let grey = FloatImage(
            pixels: [Float](repeating: 0.5, count: native * native * 3), width: native, height: native)
        return FakeEngine(
            head: RenderedHead(
                picture: grey, flow: tellsFlow ? FlowField(positions: positions, width: 8, height: 8) : nil)
        ) { $0.tellsFlow = tellsFlow }
    }

    /// Grey on the left, of other colours on the right, where nothing that is drawn agrees.
    static func source(_ side: Int, alpha: Bool = false) -> Wire.SourcePicture {
        let data = (0..<(side * side)).flatMap { place -> [UInt8] in
            let (x, y) = (place % side, place / side)
            let colour: [UInt8] = x < side / 2 ? [128, 128, UInt8(127 + y % 2)] : [UInt8(y % 256), 0, 255]
            return colour + (alpha ? [y < side / 4 ? 0 : 255] : [])
        }
        return Wire.SourcePicture(
            picture: Wire.Picture(
                format: alpha ? .rgba8 : .rgb8, data: data, width: UInt32(side), height: UInt32(side)),
            domain: .anime)
    }

    static func reenact(
        _ client: AnimoClient, _ source: Wire.SourcePicture, _ options: Wire.DrawOptions = Wire.DrawOptions()
    ) async throws -> Wire.ReenactReply {
        try await client.reenact(
            Wire.ReenactRequest(
                source: Wire.Source(kind: .picture(source)), driver: .motion(1), options: options))
    }

    static func withClient(
        _ engine: FakeEngine = Self.engine(), _ body: @Sendable (AnimoClient) async throws -> Void
    ) async throws {
        try await withServer(engine: engine) { server in
            let client = try await server.client()
            try await body(client)
            await client.close()
        }
    }

    @Test func thePictureIsTheNetworksOwnUnlessItIsLarger() async throws {
        try await Self.withClient { client in
            let cases: [(size: UInt32, asked: Wire.Detail, side: UInt32, detail: Wire.Detail)] = [
                (0, .unspecified, 32, .off), (32, .unspecified, 32, .off), (96, .unspecified, 96, .flow),
                (96, .off, 96, .off), (96, .edit, 96, .edit), (32, .flow, 32, .flow),
            ]
            for each in cases {
                var source = Self.source(96)
                (source.size, source.detail) = (each.size, each.asked)
                let reply = try await Self.reenact(client, source)
                #expect(reply.source?.detail == each.detail && reply.source?.width == each.side)
                // The stand-in's editing network draws no larger.
                if each.asked != .edit { #expect(reply.picture?.width == each.side) }
                #expect((reply.meanAgreement > 0) == (each.detail == .flow))
                let data = try #require(reply.picture?.data)
                if each.detail == .off { #expect(data.allSatisfy { $0 == 128 }) }
                if each.detail == .flow {
                    // Where they agree the source's own pixels are shown, elsewhere what was drawn.
                    let side = Int(each.side)
                    let line = side / 2 * side * 3
                    #expect(data[line + (side - 2) * 3] == 128 && data[line + 1] == 128)
                    #expect(
                        Set(stride(from: 2, to: side * side * 3, by: side * 3).map { data[$0] }).isSubset(of: [
                            127, 128,
                        ]))
                }
            }
        }
    }

    @Test func theSizeOfTheSourceIsAtLeastTheNetworksOwn() async throws {
        try await Self.withClient { client in
            for (side, size) in [(20, 32), (100, 96), (120, 128)] {
                var source = Self.source(side)
                source.sizeOfSource = true
                let reply = try await Self.reenact(client, source, Wire.DrawOptions(format: .png))
                #expect(reply.source?.width == UInt32(size))
            }
        }
    }

    @Test func alphaComesBackWhereTheFormatKeepsIt() async throws {
        try await Self.withClient { client in
            for size: UInt32 in [0, 64] {
                var source = Self.source(64, alpha: true)
                source.size = size
                let raw = try #require(try await Self.reenact(client, source).picture)
                #expect(raw.format == .rgba8)
                let side = Int(raw.width)
                #expect(raw.data[3] == 0 && raw.data[0] == 0)
                #expect(raw.data[(side * side - 1) * 4 + 3] == 255)
                let white = try #require(
                    try await Self.reenact(client, source, Wire.DrawOptions(format: .rgb8)).picture)
                // Bit for bit what the networks drew, or over white where their picture is not all that is shown.
                #expect(white.data[0] == (size == 0 ? 128 : 255))
                let green = Wire.DrawOptions(
                    format: .rgb8, background: Wire.Background(kind: .colour(0x00ff00)))
                #expect(try await Self.reenact(client, source, green).picture?.data.prefix(3) == [0, 255, 0])
                let blue = Wire.Background(
                    kind: .picture(Wire.Picture(format: .rgb8, data: [0, 0, 200], width: 1, height: 1)))
                let over = try await Self.reenact(
                    client, source, Wire.DrawOptions(format: .rgb8, background: blue))
                #expect(over.picture?.data.prefix(3) == [0, 0, 200])
            }
        }
    }

    @Test func whatCannotBeDoneIsRefusedInWords() async throws {
        @Sendable func expect(
            _ client: AnimoClient, _ code: StatusCode, _ words: String, _ options: Wire.DrawOptions = .init(),
            _ change: (inout Wire.SourcePicture) -> Void = { _ in }
        ) async {
            var source = Self.source(64)
            change(&source)
            let asked = source
            let error = await #expect(throws: RPCError.self) { try await Self.reenact(client, asked, options) }
            #expect(error?.code == code && error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
        let clear = Wire.Background(kind: .transparent(true))
        try await Self.withClient { client in
            await expect(client, .failedPrecondition, "the source has no alpha", .init(format: .png, background: clear))
            await expect(client, .invalidArgument, "PNG or RGBA", .init(format: .jpeg, background: clear))
            await expect(client, .invalidArgument, "0.02 to 0.4", .init(pasteBack: true, feather: 0.5))
            await expect(client, .invalidArgument, "0.02 to 0.4", .init(pasteBack: true, feather: .nan))
            for size: UInt32 in [33, 4096] {
                await expect(client, .invalidArgument, "multiple of 32") { $0.size = size }
            }
            await expect(client, .invalidArgument, "from 32 to 2048") { ($0.size, $0.detail) = (4096, .flow) }
            await expect(client, .invalidArgument, "to 1024") { ($0.size, $0.detail) = (2048, .edit) }
        }
        try await Self.withClient(Self.engine(tellsFlow: false)) { client in
            await expect(client, .failedPrecondition, "tells no flow") { $0.detail = .flow }
            await expect(client, .failedPrecondition, "tells no flow", .init(pasteBack: true, paste: .motion))
            let models = try await client.describe().models
            #expect(models.first?.flow == false)
        }
    }

    @Test func aSessionShowsWhatACallShows() async throws {
        try await Self.withClient { client in
            var source = Self.source(64, alpha: true)
            source.size = 64
            let reply = try await Self.reenact(client, source)
            let session = try await client.animate(
                Wire.AnimateOpen(source: Wire.Source(kind: .picture(source)), policy: .queue))
            try await session.send(Wire.AnimateFrame(driver: .motion(1)))
            try await session.finish()
            for try await output in session.outputs {
                guard case .result(let result) = output.kind else { continue }
                #expect(result.picture == reply.picture)
                #expect(result.meanAgreement == reply.meanAgreement && result.meanAgreement > 0)
            }
            let clear = Wire.DrawOptions(format: .png, background: Wire.Background(kind: .transparent(true)))
            let opaque = Wire.AnimateOpen(
                source: Wire.Source(kind: .picture(Self.source(64))), options: clear)
            let error = await #expect(throws: RPCError.self) { _ = try await client.animate(opaque) }
            #expect(error?.message.contains("the source has no alpha") == true)
        }
    }

    @Test func aHeadIsPastedByItsMotionUnlessAFeatherIsAskedFor() async throws {
        try await Self.withClient { client in
            var source = Self.source(64)
            source.crop = Wire.Crop(mode: .box, box: Wire.Box(x: 16, y: 16, width: 40, height: 40))
            let original = try #require(source.picture?.data)
            for paste in [Wire.Paste.unspecified, .motion, .feather] {
                let reply = try await Self.reenact(client, source, Wire.DrawOptions(pasteBack: true, paste: paste))
                let data = try #require(reply.picture?.data)
                #expect((reply.meanAgreement > 0) == (paste != .feather))
                for place in 0..<(64 * 64) where !(16..<56).contains(place % 64) || !(16..<56).contains(place / 64) {
                    #expect(data[(3 * place)..<(3 * place + 3)] == original[(3 * place)..<(3 * place + 3)])
                }
            }
        }
    }

    @Test func aSourceCountsThePixelsItKeeps() async throws {
        try await withServer(engine: Self.engine()) { server in
            let client = try await server.client()
            var source = Self.source(64)
            _ = try await client.hold(Wire.PutSourceRequest(source: source))
            let small = try await client.status().sources?.bytes ?? 0
            source.size = 64
            _ = try await client.hold(Wire.PutSourceRequest(source: source))
            let both = try await client.status().sources?.bytes ?? 0
            #expect(both - 2 * small >= 64 * 64 * 3)
            await client.close()
        }
    }
}
