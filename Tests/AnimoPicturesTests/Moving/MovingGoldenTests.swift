import AnimoCheckpoint
import AnimoTestSupport
import Testing

@testable import AnimoPictures

/// Full resolution, alpha and paste-back against recorded results of an independent implementation.
@Suite(.enabled(if: Fixtures.url("jobs/picture-golden.safetensors") != nil, "needs ../shared"))
struct MovingGoldenTests {
    private let arrays: [String: NamedArray]

    init() throws {
        let url = try #require(Fixtures.url("jobs/picture-golden.safetensors"))
        arrays = try CheckpointReader.read(path: url.path).arrays
    }

    private func array(_ name: String) throws -> NamedArray { try #require(arrays[name], "\(name)") }
    private func floats(_ name: String) throws -> [Float] { try array(name).floats() }
    private func bytes(_ name: String) throws -> [UInt8] { try floats(name).map { UInt8($0) } }

    /// AniMo's and PIRenderer's flow, in pixels of itself, as positions.
    private func grid(_ name: String) throws -> FlowGrid {
        let shape = try array(name).shape
        let flow = try floats(name)
        let (height, width) = (shape[0], shape[1])
        let positions = flow.indices.map { index -> Float in
            let (place, axis) = (index / 2, index % 2)
            let (own, size) = axis == 0 ? (place % width, width) : (place / width, height)
            return Float(2 * (Double(own) + Double(flow[index])) / Double(size - 1) - 1)
        }
        return FlowGrid(positions: positions, width: width, height: height)
    }

    private func head(_ name: String) throws -> RenderedPicture {
        let shape = try array(name + ".drawn").shape
        return RenderedPicture(
            pixels: try floats(name + ".drawn"), width: shape[1], height: shape[0], flow: try grid(name + ".flow"))
    }

    /// The recorded source over white and its alpha as levels.
    private func withLevels<Value>(
        _ name: String, _ body: (LevelPixels, _ width: Int, _ height: Int) throws -> Value
    ) throws -> Value {
        let shape = try array(name + ".source").shape
        let (colour, alpha) = (try floats(name + ".source"), try floats(name + ".alpha"))
        let levels = alpha.indices.map {
            SIMD4(colour[3 * $0], colour[3 * $0 + 1], colour[3 * $0 + 2], alpha[$0]) * 255
        }
        return try levels.withUnsafeBufferPointer { try body(LevelPixels($0), shape[1], shape[0]) }
    }

    private func difference(_ got: [Float], _ name: String) throws -> Float {
        let expected = try floats(name)
        try #require(got.count == expected.count && !got.isEmpty, "\(name)")
        return zip(got, expected).map { $0.isFinite ? abs($0 - $1) : .infinity }.max() ?? .infinity
    }

    @Test(arguments: ["same", "double", "odd"]) func aPictureOfTheSourcesSize(name: String) throws {
        let head = try head(name)
        try withLevels(name) { pixels, width, height in
            let blend = FullResolution.blend(head, pixels, width, height, true)
            var (colour, alpha, straight) = ([Float](), [Float](), [UInt8]())
            let map = blend.forEachRow { _, levels in
                for x in 0..<width {
                    let premultiplied = StraightPixel.premultiplied(levels[x]) * (1 / 255)
                    colour += [premultiplied.x, premultiplied.y, premultiplied.z]
                    alpha.append(levels[x].w / 255)
                    var pixel = [UInt8](repeating: 0, count: 4)
                    pixel.withUnsafeMutableBufferPointer { buffer in
                        if let base = buffer.baseAddress { StraightPixel.write(levels[x], to: base) }
                    }
                    straight += pixel
                }
            }
            #expect(try difference(map.agreement, name + ".agreement") <= 2e-5)
            #expect(try difference(colour, name + ".colour") <= 2e-5)
            #expect(try difference(alpha, name + ".moved_alpha") <= 2e-5)
            let expected = try bytes(name + ".straight")
            let steps = zip(straight, expected).map { abs(Int($0) - Int($1)) }
            #expect(straight.count == expected.count && steps.allSatisfy { $0 <= 1 })
            #expect(steps.count { $0 == 0 } * 1000 >= steps.count * 995)
        }
    }

    @Test(arguments: ["same", "double", "odd"]) func anOpaquePictureOfTheSourcesSize(name: String) throws {
        let head = try head(name)
        try withLevels(name) { pixels, width, height in
            let opaque = OpaqueLevels(pixels: pixels)
            let rows = FullResolution.blend(head, opaque, width, height, true)
            var full: [Float] = []
            rows.forEachRow { _, levels in
                for x in 0..<width { full += [levels[x].x / 255, levels[x].y / 255, levels[x].z / 255] }
            }
            let fullDifference = try difference(full, name + ".full")
            #expect(fullDifference <= 2e-5)
            let frame = MotionFrame(
                columns: MotionFrame.Axis(whole: width), rows: MotionFrame.Axis(whole: height), stride: width,
                fades: false)
            let moved = MotionRows(opaque, frame, head.flow)
            let room = MotionRoom(width: width, flow: head.flow.width)
            defer { room.free() }
            var warped: [Float] = []
            for y in 0..<height {
                moved.carry(y, room)
                moved.locate(y, 0..<width, fades: false, room)
                for x in 0..<width {
                    let level = moved.level(room.places[x])
                    warped += [level.x / 255, level.y / 255, level.z / 255]
                }
            }
            let warpedDifference = try difference(warped, name + ".warped")
            #expect(warpedDifference <= 2e-5)
        }
    }

    @Test(arguments: [("inside", 0.16), ("corner", 0.16), ("drawn", 0.10), ("alpha", 0.10)])
    func aHeadPastedIntoItsOriginal(name: String, fade: Double) throws {
        let own = "paste.\(name).original"
        let key = arrays[own] == nil ? "paste.original" : own
        let shape = try array(key).shape
        let original = Picture(
            width: shape[1], height: shape[0], layout: shape[2] == 4 ? .rgba : .rgb, pixels: try bytes(key))
        let box = try floats("paste.\(name).box").map(Double.init)
        let head = try head("paste.\(name)")
        let (_, transform) = try Preparation.prepare(
            original, crop: .box(x: box[0], y: box[1], width: box[2], height: box[3]), side: head.width,
            background: .edge)
        let pasted = try #require(PasteMotion.paste(head, into: original, at: transform, fade: fade))
        let expected = try bytes("paste.\(name).result")
        try #require(pasted.picture.pixels.count == expected.count)
        let channels = shape[2]
        for (place, (got, wanted)) in zip(pasted.picture.pixels, expected).enumerated() {
            let (x, y) = (Double(place / channels % shape[1]), Double(place / channels / shape[1]))
            let isInside = x >= box[0] && x < box[0] + box[2] && y >= box[1] && y < box[1] + box[3]
            if isInside {
                #expect(abs(Int(got) - Int(wanted)) <= 1, "\(x), \(y)")
            } else {
                #expect(got == original.pixels[place], "\(x), \(y)")
            }
        }
    }
}

/// Levels whose alpha means nothing.
private struct OpaqueLevels: SourcePixels {
    static var hasAlpha: Bool { false }
    let pixels: LevelPixels

    func pair(_ pixel: Int) -> (SIMD4<Float>, SIMD4<Float>) { pixels.pair(pixel) }
}
