import AnimoDemo
import AnimoJSON
import AnimoPictures
import AnimoTestSupport
import Foundation
import Testing

/// Full resolution, alpha and paste-back by the command line, in single pictures and streams.
@Suite struct AnimoctlDetailTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        let head = try PictureDecoder.decode(DemoSamples.file("vox-1.png")).overWhite()
        try write(head, to: "face.png")
        var figure = head.opaque()
        for y in 0..<figure.height {
            for x in 0..<figure.width {
                let (u, v) = (Double(2 * x - figure.width), Double(2 * y - figure.height))
                let isInside = (u * u + v * v).squareRoot() < 0.9 * Double(figure.width)
                figure.pixels[(y * figure.width + x) * 4 + 3] = isInside ? 255 : 0
            }
        }
        try write(figure, to: "figure.png")
        // The head in a larger picture, which tells where it was touched.
        var pixels: [UInt8] = []
        for y in 0..<320 {
            for x in 0..<320 {
                let (u, v) = (x - 32, y - 24)
                if (0..<head.width).contains(u), (0..<head.height).contains(v) {
                    pixels += head.pixels[(v * head.width + u) * 3..<(v * head.width + u) * 3 + 3]
                } else {
                    pixels += [UInt8(x % 251), UInt8(y % 241), 77]
                }
            }
        }
        try write(Picture(width: 320, height: 320, layout: .rgb, pixels: pixels), to: "photo.png")
    }

    private func path(_ name: String) -> String { folder.path(name) }

    private func write(_ picture: Picture, to name: String) throws {
        try Data(PictureEncoder.encode(picture, as: .png)).write(to: folder.url.appendingPathComponent(name))
    }

    private func picture(_ name: String) throws -> Picture {
        try PictureDecoder.decode([UInt8](Data(contentsOf: folder.url.appendingPathComponent(name))))
    }

    private func edit(
        _ source: String, _ options: [String], to output: String = "o.png", _ daemon: RunningDaemon
    ) async throws -> (picture: Picture, facts: JSONObject, errors: String) {
        let result = try await Command.run(
            Binaries.animoctl,
            [
                "edit", "--source", path(source), "--source-domain", "vox", "--set", "yaw=12", "mouth_a=0.8",
                "--output",
                path(output), "--json", "--connect", "unix:\(daemon.socketPath)",
            ] + options)
        try #require(result.status == 0, "\(result.errors)")
        let facts = try #require(try JSONValue(parsing: Array(result.output)).objectValue)
        return (try picture(output), facts, result.errors)
    }

    private func distance(_ a: Picture, _ b: Picture) -> Double {
        let sum = zip(a.pixels, b.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        return Double(sum) / Double(max(1, a.pixels.count))
    }

    @Test func detailIsWhatWasAskedFor() async throws {
        let daemon = try await RunningDaemon.start()
        var pictures: [String: Picture] = [:]
        for detail in ["flow", "edit", "off"] {
            let (picture, facts, _) = try await edit("face.png", ["--size", "512", "--detail", detail], daemon)
            #expect(picture.width == 512 && facts["source"]?.objectValue?["width"]?.integerValue == 512)
            #expect(facts["detail"]?.stringValue == detail)
            let agreement = try #require(facts["mean_agreement"]?.doubleValue)
            #expect(detail == "flow" ? agreement > 0.5 && agreement <= 1 : agreement == 0)
            pictures[detail] = picture
        }
        let flow = try #require(pictures["flow"])
        for other in ["edit", "off"] { #expect(distance(flow, try #require(pictures[other])) > 0.2) }
        // What nobody chose is flow above the native size, and the networks' own picture at it.
        let usual = try await edit("face.png", ["--size", "512"], daemon)
        #expect(usual.picture == flow && usual.facts["detail"]?.stringValue == "flow")
        let native = try await edit("face.png", [], daemon)
        let published = try await edit("face.png", ["--detail", "off"], daemon)
        #expect(native.picture == published.picture && native.facts["detail"]?.stringValue == "off")
        #expect(await daemon.stop() == 0)
    }

    @Test func backgroundsAreWhatWasAskedFor() async throws {
        let daemon = try await RunningDaemon.start()
        let kept = try await edit("figure.png", [], daemon).picture
        try #require(kept.layout == .rgba)
        let same = try await edit("figure.png", ["--background", "transparent"], daemon).picture
        #expect(same == kept)
        let corner = { (picture: Picture) in (0..<3).map { picture.pixels[$0] } }
        for (word, colour) in [
            ("white", [255, 255, 255]), ("black", [0, 0, 0]), ("green", [0, 255, 0]), ("blue", [0, 0, 255]),
            ("#12a0ff", [18, 160, 255]),
        ] as [(String, [UInt8])] {
            let over = try await edit("figure.png", ["--background", word], daemon).picture
            #expect(over.layout == .rgb && corner(over) == colour, "\(word)")
            // Where the figure is opaque nothing of it shows.
            let middle = (over.height / 2 * over.width + over.width / 2)
            #expect(over.pixels[middle * 3..<middle * 3 + 3] == kept.pixels[middle * 4..<middle * 4 + 3], "\(word)")
        }
        try write(Picture(width: 40, height: 30, filledWith: (9, 99, 199)), to: "wall.png")
        let wall = try await edit("figure.png", ["--background", path("wall.png")], daemon).picture
        #expect(corner(wall) == [9, 99, 199])
        // A JPEG has no alpha: what the networks make of a figure over white, as published.
        let flat = try await edit("figure.png", [], to: "o.jpg", daemon).picture
        #expect(flat.layout == .rgb && flat.width == kept.width)
        let opaque = try await Command.run(
            Binaries.animoctl,
            [
                "edit", "--source", path("face.png"), "--source-domain", "vox", "--set", "yaw=1", "--output",
                path("o.png"), "--background", "transparent", "--connect", "unix:\(daemon.socketPath)",
            ])
        #expect(opaque.status == 65 && opaque.errors.contains("alpha"), "\(opaque.errors)")
        #expect(await daemon.stop() == 0)
    }

    /// Case 24 of jobs: no square is seen.
    @Test func pasteBackLeavesNoSeam() async throws {
        let daemon = try await RunningDaemon.start()
        let (photo, head) = (try picture("photo.png"), try picture("face.png"))
        let box = ["--crop", "box=32,24,\(head.width),\(head.height)"]
        let moved = try await edit("photo.png", box + ["--paste-back"], daemon).picture
        #expect(try await edit("photo.png", box + ["--background", "original"], daemon).picture == moved)
        let feathered = try await edit("photo.png", box + ["--paste-back", "--paste", "feather"], daemon).picture
        #expect(feathered != moved && moved != photo)
        var edge = 0
        for y in 0..<320 {
            for x in 0..<320 {
                let (u, v) = (x - 32, y - 24)
                let step =
                    (0..<3).map { channel -> Int in
                        let place = (y * 320 + x) * 3 + channel
                        return abs(Int(moved.pixels[place]) - Int(photo.pixels[place]))
                    }.max() ?? 0
                if !(0..<head.width).contains(u) || !(0..<head.height).contains(v) {
                    #expect(step == 0)
                } else if u == 0 || v == 0 || u == head.width - 1 || v == head.height - 1 {
                    edge = max(edge, step)
                }
            }
        }
        #expect(edge <= 1)
        #expect(await daemon.stop() == 0)
    }

    /// Where the border is too narrow for the motion, a picture and a stream say so, the stream once.
    @Test func foldingIsWarnedOf() async throws {
        let daemon = try await RunningDaemon.start()
        let options = ["--crop", "box=32,24,256,256", "--paste-back", "--feather", "0.02"]
        let (_, facts, errors) = try await edit("photo.png", options + ["--add", "yaw=12"], daemon)
        #expect((facts["paste_fold"]?.doubleValue ?? 0) > 0.667 && errors.contains("paste_fold"), "\(errors)")
        let still = try await edit("photo.png", Array(options.prefix(3)), daemon)
        #expect(still.facts["paste_fold"]?.doubleValue == 0 && !still.errors.contains("paste_fold"))
        let stream = try await Command.run(
            Binaries.animoctl,
            [
                "stream", "--source", path("photo.png"), "--source-domain", "vox", "--input", "poses", "--output",
                "rgb24", "--timeout", "60", "--connect", "unix:\(daemon.socketPath)",
            ] + options, input: Data("{\"yaw\": 24, \"mouth_a\": 0.8}\n{\"yaw\": 25}\n{\"yaw\": 0}\n".utf8))
        #expect(stream.status == 0 && stream.output.count == 3 * 320 * 320 * 3, "\(stream.errors)")
        let warnings = stream.errors.split(separator: "\n").filter { $0.contains("paste_fold") }
        #expect(warnings.count == 1 && warnings.first?.contains("frame 1:") == true, "\(stream.errors)")
        #expect(stream.errors.contains("folded at the pasted edge"), "\(stream.errors)")
        #expect(await daemon.stop() == 0)
    }
}
