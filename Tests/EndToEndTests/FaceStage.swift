import AnimoDemo
import AnimoJSON
import AnimoMotion
import AnimoPictures
import AnimoPictureTestSupport
import AnimoTestSupport
import Foundation
import Testing

/// A daemon with the built-in model and the published face tracker, and a folder of pictures.
struct FaceStage {
    let daemon: RunningDaemon
    let folder: TemporaryFolder

    init() async throws {
        folder = try TemporaryFolder()
        try ModelFiles.whole().write(to: folder.url.appendingPathComponent("demo.safetensors"))
        let task = try #require(Fixtures.url("tracker/face_landmarker.task")).path
        let converted = try await Command.run(
            Binaries.animoctl, ["convert", task, "--output", folder.path("face.safetensors")])
        try #require(converted.status == 0, "\(converted.errors)")
        daemon = try await RunningDaemon.start(
            ["--model", folder.path("demo.safetensors"), "--model", folder.path("face.safetensors")], in: folder)
    }

    /// Runs animoctl in the folder's terms: `@name` is a file there.
    func animoctl(_ arguments: [String], input: Data = Data()) async throws -> Command {
        let expanded = arguments.map { $0.hasPrefix("@") ? folder.path(String($0.dropFirst())) : $0 }
        return try await Command.run(
            Binaries.animoctl, expanded + ["--timeout", "120"], input: input,
            environment: ["ANIMO_CONNECT": "unix:\(daemon.socketPath)"])
    }

    func write(_ picture: Picture, _ name: String) throws {
        try Data(PictureEncoder.encode(picture, as: .png, quality: 95))
            .write(to: folder.url.appendingPathComponent(name))
    }

    /// What `track` says of each picture.
    func track(_ names: [String], _ options: [String] = []) async throws -> [JSONObject] {
        let result = try await animoctl(["track"] + names + ["--json"] + options)
        #expect(result.status == 0, "\(result.errors)")
        return try result.text.split(separator: "\n").compactMap { try JSONValue(parsing: $0.utf8).objectValue }
    }

    func end() async { #expect(await daemon.stop() == 0) }

    /// Noise with drawn heads in it.
    static func scene(
        _ heads: [(name: String, x: Int, y: Int, side: Int)], width: Int = 640, height: Int = 480
    ) throws -> Picture {
        var picture = TestPicture.noise(width, height, seed: 4)
        for head in heads {
            let whole = try PictureDecoder.decode(DemoSamples.file(head.name))
            let drawn = try Preparation.prepare(whole, crop: .none, side: head.side, background: .edge).picture
            for y in 0..<head.side {
                for x in 0..<head.side {
                    let (column, row) = (head.x + x, head.y + y)
                    guard (0..<width).contains(column), (0..<height).contains(row) else { continue }
                    for channel in 0..<3 {
                        picture.pixels[(row * width + column) * 3 + channel] =
                            drawn.pixels[(y * head.side + x) * drawn.layout.channels + channel]
                    }
                }
            }
        }
        return picture
    }

    /// x, y, width and height.
    static func box(_ object: JSONObject?) -> [Double] { object?["box"]?.arrayValue?.compactMap(\.doubleValue) ?? [] }
}
