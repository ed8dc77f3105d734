import AnimoCLI
import AnimoClient
import AnimoDemo
import AnimoMotion
import AnimoPictures
import AnimoReports
import AnimoWire
import Foundation

/// Sheets of `animoctl demo` for fetched weights: drawn anime heads by Talking Head Anime 3, on a checkerboard where
/// they are transparent.
struct CharacterDemonstration: Sendable {
    /// Names of the models of the daemon, which are those of the catalogue.
    static let figures = "tha3"
    static let faces = "face"

    let daemon: Daemon
    let folder: String
    /// Whether a tracker is beside the figures' model.
    let hasTracker: Bool

    /// Renders and writes everything.
    func run() async throws -> [Demonstration.File] {
        let samples = try DemoSamples.sources(.anime)
        let heads = try await daemon.inOrder([samples[1], samples[3], samples[5]], label: "characters", together: 1) {
            (name: $0.name, held: try await hold($0.png))
        }
        var files = [try await groups(heads[0])]
        if hasTracker { files.append(try await driven(heads)) }
        return files
    }

    private typealias Head = (name: String, held: HeldSource)

    private func hold(_ png: [UInt8]) async throws -> HeldSource {
        let source = Wire.SourcePicture(
            picture: Wire.Picture(format: .png, data: png), domain: .anime, crop: Wire.Crop(mode: .auto))
        return try await daemon.client.hold(
            Wire.PutSourceRequest(model: Self.figures, source: source), timeout: daemon.timeout)
    }

    /// One number after another at its end, a row for each group.
    private func groups(_ head: Head) async throws -> Demonstration.File {
        let rows: [(label: String, sets: [[(name: String, value: Double)]])] = [
            ("brows", ["troubled", "angry", "lowered", "raised", "happy", "serious"].map { [("eyebrow_\($0)", 1)] }),
            (
                "eyes",
                ["wink", "happy_wink", "surprised", "relaxed", "unimpressed", "raised_lower_eyelid"].map {
                    [("eye_\($0)", 1)]
                }
            ),
            (
                "irises",
                [
                    [("iris_small", 0.4)], [("iris_rotation_x", 1)], [("iris_rotation_x", -1)],
                    [("iris_rotation_y", 1)], [("iris_rotation_y", -1)], [],
                ]
            ),
            ("mouth", ["aaa", "iii", "uuu", "eee", "ooo", "delta"].map { [("mouth_\($0)", 1)] }),
            (
                "mouth",
                [
                    [("mouth_raised_corner", 1)], [("mouth_lowered_corner", 1)], [("mouth_smirk", 1)],
                    [("mouth_aaa", 1), ("mouth_raised_corner", 1)], [], [],
                ]
            ),
            (
                "head and body",
                [
                    [("head_x", 1)], [("head_x", -1)], [("head_y", 1)], [("head_y", -1)], [("neck_z", 1)],
                    [("body_y", 1), ("body_z", 1), ("breathing", 1)],
                ]
            ),
        ]
        var rendered = try await daemon.inOrder(rows.flatMap(\.sets), label: "numbers of a character", together: 2) {
            set in
            let request = Wire.EditPoseRequest(
                set: set.map { Wire.NamedValue(name: $0.name, value: $0.value) },
                options: Wire.DrawOptions(format: .rgba8))
            return try Self.shown(Picture(rendered: try await daemon.edit(head.held, request)))
        }[...]
        return try write(
            "character-numbers",
            ContactSheet(
                title: "One number at a time, \(head.name) by Talking Head Anime 3",
                subtitle: "animoctl edit --model tha3 --crop auto --set NAME=VALUE; transparent where the board shows",
                rows: rows.map { row in
                    ContactSheet.Row(
                        label: row.label,
                        cells: row.sets.map { set in
                            let words = set.map { "\($0.name.replacing("_", with: " ")) \(Quantity.plain($0.value))" }
                            return ContactSheet.Cell(
                                picture: rendered.popFirst(),
                                caption: words.isEmpty ? "neutral" : words.joined(separator: ", "))
                        })
                }, cellSide: 192))
    }

    /// Characters driven by human heads, which the tracker reads.
    private func driven(_ heads: [Head]) async throws -> Demonstration.File {
        let samples = try DemoSamples.driving(.vox)
        let frames = samples.map { sample in
            Wire.Driver(
                kind: .frame(
                    Wire.DrivingFrame(
                        picture: Wire.Picture(format: .png, data: sample.png), domain: .vox, reader: .tracker)))
        }
        let pairs = heads.flatMap { head in frames.map { (held: head.held, driver: $0) } }
        let rendered = try await daemon.inOrder(pairs, label: "characters driven by heads", together: 2) { pair in
            let reply = try await daemon.client.reenact(
                pair.held, pair.driver, options: Wire.DrawOptions(format: .rgba8), timeout: daemon.timeout)
            return try Self.shown(Picture(rendered: reply))
        }
        let drivers = try samples.map { ContactSheet.Cell(picture: try PictureDecoder.decode($0.png)) }
        return try write(
            "characters-driven",
            ContactSheet(
                title: "Anime characters driven by human heads",
                subtitle: "the face tracker reads the frame above; Talking Head Anime 3 renders",
                rows: [ContactSheet.Row(label: "driving frame", cells: drivers)]
                    + heads.enumerated().map { index, head in
                        ContactSheet.Row(
                            label: head.name,
                            cells: rendered[(index * frames.count)..<((index + 1) * frames.count)].map {
                                ContactSheet.Cell(picture: $0)
                            })
                    }, cellSide: 192))
    }

    /// The head, which lies where its model wants it, over a checkerboard: hair and chin with room for turns.
    private static func shown(_ picture: Picture) throws -> Picture {
        let side = picture.width * 3 / 8
        let (left, top) = ((picture.width - side) / 2, picture.width * 9 / 128)
        let box = Crop.box(x: Double(left), y: Double(top), width: Double(side), height: Double(side))
        let cut = try Preparation.prepareClear(picture, crop: box, side: side, placement: .talkingHead3).picture
        return cut.over(.picture(board(side)))
    }

    private static func board(_ side: Int) -> Picture {
        var board = Picture(width: side, height: side, filledWith: (214, 214, 214))
        for y in 0..<side {
            for x in 0..<side where (x / 16 + y / 16) % 2 == 0 {
                for channel in 0..<3 { board.pixels[(y * side + x) * 3 + channel] = 240 }
            }
        }
        return board
    }

    private func write(_ name: String, _ sheet: ContactSheet) throws -> Demonstration.File {
        try Demonstration(daemon: daemon, folder: folder).write(name, sheet)
    }
}
