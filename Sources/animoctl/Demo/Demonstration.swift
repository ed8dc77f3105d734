import AnimoCLI
import AnimoMotion
import AnimoClient
import AnimoDemo
import AnimoLoad
import AnimoPictures
import AnimoReports
import AnimoWire
import Foundation
import Synchronization

/// The sheets of `animoctl demo`, each a few requests to a daemon and a grid of what came back.
struct Demonstration: Sendable {
    struct File: Sendable {
        let path: String
        let title: String
        /// A measurement made on the way.
        var note: String?
    }

    /// Side of the drawn heads, the native size of the built-in model.
    static let side: UInt32 = 256

    let daemon: Daemon
    let folder: String

    /// Renders and writes everything.
    func run() async throws -> [File] {
        let anime = try await heads(.anime)
        let vox = try await heads(.vox)
        var files = [
            try await selfIdentity([anime[0], anime[2], vox[1], vox[3]]),
            try await crossIdentity(Array(anime.prefix(4)), drivenBy: .anime),
            try await crossIdentity(Array(vox.prefix(4)), drivenBy: .vox),
            try await crossIdentity([anime[1], anime[3], anime[4], anime[5]], drivenBy: .vox),
            try await crossIdentity([vox[0], vox[1], vox[4], vox[5]], drivenBy: .anime),
        ]
        for head in [anime[1], vox[3]] {
            files.append(try await channels(head))
            files.append(try await turns(head))
        }
        files += try await detailSheets()
        files.append(try await live(anime[2]))
        files.append(try await live(vox[1]))
        return files
    }

    // MARK: Heads

    /// A sample head that the daemon holds.
    struct Head: Sendable {
        let name: String
        let domain: Domain
        let picture: Picture
        let held: HeldSource
    }

    /// A picture that drives.
    struct Driving: Sendable {
        let caption: String
        let picture: Picture
        let wire: Wire.Driver

        init(caption: String, png: [UInt8], domain: Domain) throws {
            self.caption = caption
            picture = try PictureDecoder.decode(png)
            wire = Wire.Driver(
                kind: .frame(
                    Wire.DrivingFrame(picture: Wire.Picture(format: .png, data: png), domain: domain.wire)))
        }
    }

    private func heads(_ domain: Domain) async throws -> [Head] {
        try await daemon.inOrder(try DemoSamples.sources(domain), label: "\(domain.rawValue) heads") { sample in
            Head(
                name: sample.name, domain: domain, picture: try PictureDecoder.decode(sample.png),
                held: try await hold(sample.png, domain, side: Self.side))
        }
    }

    private func hold(_ png: [UInt8], _ domain: Domain, side: UInt32) async throws -> HeldSource {
        let source = Wire.SourcePicture(
            picture: Wire.Picture(format: .png, data: png), domain: domain.wire, size: side)
        return try await daemon.client.hold(Wire.PutSourceRequest(source: source), timeout: daemon.timeout)
    }

    private func render(_ requests: [(Head, Wire.Driver)], label: String) async throws -> [Picture] {
        try await daemon.inOrder(requests, label: label) { head, driver in
            let reply = try await daemon.client.reenact(
                head.held, driver, options: Wire.DrawOptions(format: .rgb8), timeout: daemon.timeout)
            return try Picture(wire: reply.picture ?? Wire.Picture())
        }
    }

    // MARK: Sheets

    /// Heads driven by frames of themselves: the frames are rendered from known poses first.
    private func selfIdentity(_ heads: [Head]) async throws -> File {
        let samples = try DemoSamples.driving(.anime)
        var rows: [ContactSheet.Row] = []
        for head in heads {
            let posed = try await render(
                samples.map { (head, Wire.Driver(kind: .pose(Wire.Pose(values: $0.pose)))) }, label: "self identity")
            let frames = try zip(samples, posed).map { sample, picture in
                try Driving(
                    caption: "", png: PictureEncoder.encode(picture, as: .png, quality: 90), domain: head.domain)
            }
            let rendered = try await render(frames.map { (head, $0.wire) }, label: "self identity")
            rows.append(
                ContactSheet.Row(
                    label: "frames of \(head.name)",
                    cells: [ContactSheet.Cell(picture: head.picture)] + posed.map { ContactSheet.Cell(picture: $0) }))
            rows.append(
                ContactSheet.Row(
                    label: "\(head.name) driven by them",
                    cells: [ContactSheet.Cell(picture: head.picture)] + rendered.map { ContactSheet.Cell(picture: $0) })
            )
        }
        return try write(
            "self-identity",
            ContactSheet(
                title: "A head driven by frames of itself",
                subtitle:
                    "Upper rows are rendered from the numbers above them; in the lower rows those pictures drive the same head.",
                columns: ["source"] + samples.map { PoseWords.short($0.pose, names: Self.channelNames) },
                rows: rows, cellSide: Int(Self.side)))
    }

    /// Every head driven by every driving frame of a domain.
    private func crossIdentity(_ heads: [Head], drivenBy domain: Domain) async throws -> File {
        let frames = try DemoSamples.driving(domain).map { sample in
            try Driving(
                caption: PoseWords.short(sample.pose, names: Self.channelNames), png: sample.png, domain: domain)
        }
        let direction = "\(domain.rawValue)-drives-\(heads[0].domain.rawValue)"
        let pairs = heads.flatMap { head in frames.map { (head, $0.wire) } }
        let rendered = try await render(pairs, label: direction)
        let drivers = ContactSheet.Row(
            label: "driving frame",
            cells: [ContactSheet.Cell(picture: nil)]
                + frames.map { ContactSheet.Cell(picture: $0.picture, caption: $0.caption) })
        let rows = heads.enumerated().map { index, head in
            ContactSheet.Row(
                label: head.name,
                cells: [ContactSheet.Cell(picture: head.picture)]
                    + rendered[(index * frames.count)..<((index + 1) * frames.count)].map {
                        ContactSheet.Cell(picture: $0)
                    })
        }
        let kind = domain == heads[0].domain ? "cross identity" : "cross domain"
        return try write(
            direction,
            ContactSheet(
                title: "\(PoseWords.plural(heads[0].domain)) driven by \(PoseWords.plural(domain).lowercased())",
                subtitle: "\(kind): expression and angles come from the frame above, all else from the source",
                columns: ["source"], rows: [drivers] + rows, cellSide: Int(Self.side)))
    }

    /// One channel after another from end to end.
    private func channels(_ head: Head) async throws -> File {
        let sweeps = ["yaw=-20:20:5", "pitch=-20:20:5", "roll=-20:20:5", "mouth_a=0:1:5", "eye_closed=0:1:5"]
            .compactMap { try? Variation(parsing: $0) }
        let requests = sweeps.flatMap { sweep in
            sweep.values.map { [Wire.NamedValue(name: sweep.name, value: $0)] }
        }
        var rendered = try await edit(head, requests, label: "channels")[...]
        let rows = sweeps.map { sweep in
            ContactSheet.Row(
                label: sweep.name,
                cells: sweep.values.map {
                    ContactSheet.Cell(
                        picture: rendered.popFirst(), caption: Quantity.plain($0) + PoseWords.unit(sweep.name))
                })
        }
        return try write(
            "channels-\(head.domain.rawValue)",
            ContactSheet(
                title: "One number at a time, \(head.name)", subtitle: "animoctl edit --set NAME=VALUE",
                rows: rows, cellSide: Int(Self.side)))
    }

    /// Pitch by yaw.
    private func turns(_ head: Head) async throws -> File {
        let yaws = [-20.0, -10, 0, 10, 20]
        let pitches = [-15.0, 0, 15]
        let requests = pitches.flatMap { pitch in
            yaws.map { [Wire.NamedValue(name: "pitch", value: pitch), Wire.NamedValue(name: "yaw", value: $0)] }
        }
        var rendered = try await edit(head, requests, label: "turns")[...]
        let rows = pitches.map { pitch in
            ContactSheet.Row(
                label: "pitch \(Quantity.plain(pitch))°",
                cells: yaws.map { _ in ContactSheet.Cell(picture: rendered.popFirst()) })
        }
        return try write(
            "turns-\(head.domain.rawValue)",
            ContactSheet(
                title: "Looking around, \(head.name)",
                subtitle: "animoctl sweep --vary pitch=-15:15:3 --vary yaw=-20:20:5",
                columns: yaws.map { "yaw \(Quantity.plain($0))°" }, rows: rows, cellSide: Int(Self.side)))
    }

    private func edit(_ head: Head, _ requests: [[Wire.NamedValue]], label: String) async throws -> [Picture] {
        try await daemon.inOrder(requests, label: label) { set in
            let request = Wire.EditPoseRequest(set: set, options: Wire.DrawOptions(format: .rgb8))
            return try Picture(rendered: try await daemon.edit(head.held, request))
        }
    }

    /// A session of 60 frames at the native size, as fast as it goes.
    private func live(_ head: Head) async throws -> File {
        let motion = try DemoSamples.motion()
        let request = Wire.PutSourceRequest(
            source: Wire.SourcePicture(
                picture: Wire.Picture(format: .png, data: try DemoSamples.file(head.name + ".png")),
                domain: head.domain.wire))
        let plan = LoadPlan(
            frames: motion.poses.count, warmUp: 0, source: request,
            drivers: motion.poses.map { Wire.Driver(kind: .pose(Wire.Pose(values: $0))) },
            output: Wire.DrawOptions(format: .rgb8))
        let session = try await daemon.client.animate(
            try await daemon.client.hold(request, timeout: daemon.timeout),
            Wire.AnimateOpen(policy: plan.policy, options: plan.output))
        let rendered = Mutex<[Wire.Picture]>([])
        let samples = try await SessionPlayer(session, plan: plan).play { result in
            let done = rendered.withLock { rendered in
                rendered.append(result.picture ?? Wire.Picture())
                return rendered.count
            }
            ProgressLine.shared.show("live session", done: done, of: plan.frames)
        }
        let pictures = try rendered.withLock { try $0.map { try Picture(wire: $0) } }
        let delays = Percentiles(samples.samples.map(\.delay))
        let rate = Quantity.fixed(Double(pictures.count) / max(samples.seconds, 1e-9), 1)
        let measured =
            "\(rate) pictures/s at \(pictures.first?.width ?? 0)×\(pictures.first?.height ?? 0), "
            + "delay \(Quantity.seconds(delays[0.5])) median, \(Quantity.seconds(delays[0.99])) p99"
        let across = 10
        let rows = stride(from: 0, to: pictures.count, by: across).map { start in
            ContactSheet.Row(
                label: Quantity.fixed(Double(start) / motion.framesPerSecond, 1) + " s",
                cells: pictures[start..<min(start + across, pictures.count)].map { ContactSheet.Cell(picture: $0) })
        }
        var file = try write(
            "live-\(head.domain.rawValue)",
            ContactSheet(
                title: "A live session of \(pictures.count) frames, \(head.name)",
                subtitle: "left to right at \(Quantity.plain(motion.framesPerSecond)) frames a second; " + measured,
                rows: rows, cellSide: 128))
        file.note = "\(head.domain.rawValue) session: " + measured
        return file
    }

    // MARK: Files

    private static let channelNames = (try? DemoSamples.motion().channels) ?? []

    func write(_ name: String, _ sheet: ContactSheet) throws -> File {
        let path = folder + (folder.hasSuffix("/") ? "" : "/") + name + ".png"
        try OutputFile(checking: path).write(try PictureEncoder.encode(sheet.render(), as: .png, quality: 90))
        return File(path: path, title: sheet.title)
    }
}

/// Poses in a few words, for captions.
enum PoseWords {
    /// `yaw 16, pitch 8, mouth_a 0.9`: angles first, both sides as one.
    static func short(_ pose: [Float], names: [String]) -> String {
        let named = zip(names, pose).filter { $0.1 != 0 }
        var words: [String] = []
        for name in ["yaw", "pitch", "roll"] {
            if let value = named.first(where: { $0.0 == name })?.1 {
                words.append("\(name) \(Quantity.plain(Double(value)))°")
            }
        }
        for (name, value) in named where unit(name).isEmpty {
            var shown = name
            for (side, other) in [("_left", "_right"), ("_right", "_left")] where name.hasSuffix(side) {
                let both = String(name.dropLast(side.count))
                if named.contains(where: { $0.0 == both + other && $0.1 == value }) { shown = both }
            }
            let word = "\(shown.replacingOccurrences(of: "_", with: " ")) \(Quantity.plain(Double(value)))"
            if !words.contains(word) { words.append(word) }
        }
        return words.isEmpty ? "neutral" : words.joined(separator: ", ")
    }

    static func unit(_ channel: String) -> String { ["yaw", "pitch", "roll"].contains(channel) ? "°" : "" }

    static func plural(_ domain: Domain) -> String { domain == .anime ? "Anime heads" : "Human heads" }
}
