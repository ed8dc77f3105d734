import AnimoCheckpoint
import AnimoModel
import AnimoFakeEngine
import AnimoTestSupport
import AnimoWire
import Testing

@testable import AnimoServer

/// Recorded results of full resolution, alpha and paste-back, as a client of the daemon gets them.
@Suite(.enabled(if: Fixtures.url("jobs/picture-golden.safetensors") != nil, "needs ../shared"))
struct DetailGoldenTests {
    private let arrays: [String: NamedArray]

    init() throws {
        let url = try #require(Fixtures.url("jobs/picture-golden.safetensors"))
        arrays = try CheckpointReader.read(path: url.path).arrays
    }

    private func array(_ name: String) throws -> NamedArray { try #require(arrays[name], "\(name)") }
    private func bytes(_ name: String) throws -> [UInt8] { try array(name).floats().map { UInt8($0) } }

    /// An engine that draws the recorded picture by the recorded flow.
    private func engine(_ name: String) throws -> FakeEngine {
        let (shape, grid) = (try array(name + ".drawn").shape, try array(name + ".flow").shape)
        let flow = try array(name + ".flow").floats()
        let positions = flow.indices.map { index -> Float in
            let place = index / 2
            let (own, size) = index % 2 == 0 ? (place % grid[1], grid[1]) : (place / grid[1], grid[0])
            return Float(2 * (Double(own) + Double(flow[index])) / Double(size - 1) - 1)
        }
        let head = RenderedHead(
            picture: FloatImage(pixels: try array(name + ".drawn").floats(), width: shape[1], height: shape[0]),
            flow: FlowField(positions: positions, width: grid[1], height: grid[0]))
        return FakeEngine(estimators: [:], head: head) {
            $0.nativeSize = shape[0]
            $0.tellsFlow = true
        }
    }

    @Test(arguments: [("inside", Wire.Domain.vox), ("corner", .vox), ("drawn", .anime), ("alpha", .anime)])
    func aHeadPastedIntoItsOriginal(name: String, domain: Wire.Domain) async throws {
        let own = "paste.\(name).original"
        let key = arrays[own] == nil ? "paste.original" : own
        let shape = try array(key).shape
        let (original, expected) = (try bytes(key), try bytes("paste.\(name).result"))
        let box = try array("paste.\(name).box").floats().map(Double.init)
        var source = Wire.SourcePicture(
            picture: Wire.Picture(
                format: shape[2] == 4 ? .rgba8 : .rgb8, data: original, width: UInt32(shape[1]),
                height: UInt32(shape[0])), domain: domain)
        source.crop = Wire.Crop(
            mode: .box, box: Wire.Box(x: box[0], y: box[1], width: box[2], height: box[3]))
        let asked = source
        try await DetailTests.withClient(try engine("paste." + name)) { client in
            let reply = try await DetailTests.reenact(client, asked, Wire.DrawOptions(pasteBack: true))
            let got = try #require(reply.picture?.data)
            try #require(got.count == expected.count)
            for place in got.indices {
                let (x, y) = (Double(place / shape[2] % shape[1]), Double(place / shape[2] / shape[1]))
                let isInside = x >= box[0] && x < box[0] + box[2] && y >= box[1] && y < box[1] + box[3]
                let wanted = isInside ? expected[place] : original[place]
                #expect(abs(Int(got[place]) - Int(wanted)) <= (isInside ? 1 : 0), "\(x), \(y)")
            }
        }
    }

    /// The recorded source is of single precision, the daemon's of 8 bits: half a step more than otherwise.
    @Test(arguments: ["same", "double"]) func aPictureOfTheSourcesSize(name: String) async throws {
        let shape = try array(name + ".source").shape
        let (colour, alpha) = (try array(name + ".source").floats(), try array(name + ".alpha").floats())
        let expected = try array(name + ".full").floats()
        let (premultiplied, moved) = (
            try array(name + ".colour").floats(), try array(name + ".moved_alpha").floats()
        )
        @Sendable func source(_ format: Wire.PictureFormat, _ data: [UInt8]) -> Wire.SourcePicture {
            Wire.SourcePicture(
                picture: Wire.Picture(
                    format: format, data: data, width: UInt32(shape[1]), height: UInt32(shape[0])),
                domain: .anime, size: UInt32(shape[0]), detail: .flow)
        }
        @Sendable func byte(_ value: Float) -> UInt8 { UInt8(min(max(value, 0), 1) * 255 + 0.5) }
        let straight = alpha.indices.flatMap { place -> [UInt8] in
            let a = Float(byte(alpha[place])) / 255
            let own = (0..<3).map { a > 0 ? byte((colour[3 * place + $0] - 1 + a) / a) : 0 }
            return own + [byte(alpha[place])]
        }
        try await DetailTests.withClient(try engine(name)) { client in
            let opaque = try await DetailTests.reenact(client, source(.rgb8, colour.map(byte)))
            let got = try #require(opaque.picture?.data)
            try #require(got.count == expected.count)
            #expect(zip(got, expected).allSatisfy { abs(Float($0) / 255 - $1) <= 1.6 / 255 })
            let mean = try array(name + ".agreement").floats()
            #expect(abs(opaque.meanAgreement - Double(mean.reduce(0, +)) / Double(mean.count)) < 0.01)
            let clear = try #require(try await DetailTests.reenact(client, source(.rgba8, straight)).picture)
            try #require(clear.format == .rgba8 && clear.data.count == moved.count * 4)
            for place in moved.indices {
                let a = Float(clear.data[4 * place + 3]) / 255
                #expect(abs(a - moved[place]) <= 1.6 / 255)
                for c in 0..<3 {
                    let value = Float(clear.data[4 * place + c]) / 255 * a
                    #expect(abs(value - premultiplied[3 * place + c]) <= 3.2 / 255)
                }
            }
        }
    }
}
