import AnimoCLI
import AnimoClient
import AnimoDemo
import AnimoMotion
import AnimoPictures
import AnimoReports
import AnimoWire

/// The sheets of full resolution, alpha and paste-back, of a head that is rendered at 1024×1024.
extension Demonstration {
    private static let largeSide: UInt32 = 1024
    private static let poses: [(label: String, set: [Wire.NamedValue])] = [
        ("mouth open", [value("mouth_a", 0.7)]),
        ("turned", [value("yaw", 14), value("pitch", 6), value("mouth_i", 0.6)]),
        ("eyes shut", [value("eye_closed", 1), value("roll", 6)]),
    ]

    /// All three sheets.
    func detailSheets() async throws -> [File] {
        [try await fullResolution(), try await alpha(), try await pasteBack()]
    }

    /// The middle of the face at 1024, made in each way.
    private func fullResolution() async throws -> File {
        let ways: [(name: String, detail: Wire.Detail)] = [("off: enlarged", .off), ("edit", .edit), ("flow", .flow)]
        var rows: [ContactSheet.Row] = []
        for domain in Domain.allCases {
            for pose in Self.poses.prefix(2) {
                var cells = [
                    ContactSheet.Cell(picture: try source(domain).overWhite().part(left: 256, top: 448, side: 512))
                ]
                for way in ways {
                    var wire = try sourcePicture(domain)
                    (wire.size, wire.detail) = (Self.largeSide, way.detail)
                    let picture = try await render(wire, pose.set, Wire.DrawOptions(format: .rgb8)).picture
                    cells.append(ContactSheet.Cell(picture: picture.part(left: 256, top: 448, side: 512)))
                }
                rows.append(ContactSheet.Row(label: "\(domain.rawValue), \(pose.label)", cells: cells))
            }
        }
        return try write(
            "full-resolution",
            ContactSheet(
                title: "Full resolution, the middle of pictures of 1024×1024",
                subtitle: "animoctl edit --size 1024 --detail off|edit|flow: flow shows the source's own pixels, moved",
                columns: ["source"] + ways.map(\.name), rows: rows, cellSide: 512))
    }

    /// Figures with alpha over backgrounds.
    private func alpha() async throws -> File {
        let backgrounds: [(name: String, kind: Wire.Background.Kind)] = [
            ("black", .colour(0)), ("white", .colour(0xffffff)), ("green", .colour(0x00ff00)),
            ("a picture", .picture(Self.checkerboard)),
        ]
        var rows: [ContactSheet.Row] = []
        for domain in Domain.allCases {
            var wire = try sourcePicture(domain)
            wire.size = 512
            var cells: [ContactSheet.Cell] = []
            for background in backgrounds {
                let options = Wire.DrawOptions(
                    format: .rgb8, background: Wire.Background(kind: background.kind))
                cells.append(
                    ContactSheet.Cell(picture: try await render(wire, Self.poses[1].set, options).picture))
            }
            rows.append(ContactSheet.Row(label: domain.rawValue, cells: cells))
        }
        return try write(
            "alpha",
            ContactSheet(
                title: "A head with alpha over backgrounds",
                subtitle: "animoctl edit --background black|white|green|FILE",
                columns: backgrounds.map(\.name), rows: rows, cellSide: 384))
    }

    /// A head set in motion inside a larger picture: a human one, since the built-in model knows anime heads on white
    /// alone.
    private func pasteBack() async throws -> File {
        var rows: [ContactSheet.Row] = []
        let scene = Self.scene(with: try source(.vox))
        let wire = Wire.SourcePicture(
            picture: Wire.Picture(format: .png, data: try PictureEncoder.encode(scene, as: .png)),
            domain: Domain.vox.wire, crop: Wire.Crop(mode: .box, box: Wire.Box(x: 230, y: 60, width: 500, height: 500)))
        for (name, paste) in [("motion", Wire.Paste.motion), ("feather", .feather)] {
            var cells = [ContactSheet.Cell(picture: scene)]
            for pose in Self.poses {
                let options = Wire.DrawOptions(format: .png, pasteBack: true, paste: paste)
                cells.append(ContactSheet.Cell(picture: try await render(wire, pose.set, options).picture))
            }
            rows.append(ContactSheet.Row(label: name, cells: cells))
        }
        return try write(
            "paste-back",
            ContactSheet(
                title: "A head set in motion in its picture",
                subtitle: "animoctl edit --paste-back --paste motion|feather",
                columns: ["original"] + Self.poses.map(\.label), rows: rows, cellSide: 480))
    }

    // MARK: Pictures

    private static func value(_ name: String, _ value: Double) -> Wire.NamedValue {
        Wire.NamedValue(name: name, value: value)
    }

    private func source(_ domain: Domain) throws -> Picture {
        try PictureDecoder.decode(try DemoSamples.large(domain).png)
    }

    private func sourcePicture(_ domain: Domain) throws -> Wire.SourcePicture {
        Wire.SourcePicture(
            picture: Wire.Picture(format: .png, data: try DemoSamples.large(domain).png), domain: domain.wire)
    }

    private func render(
        _ source: Wire.SourcePicture, _ set: [Wire.NamedValue], _ options: Wire.DrawOptions
    ) async throws -> (picture: Picture, reply: Wire.EditPoseReply) {
        let held = try await daemon.client.hold(Wire.PutSourceRequest(source: source), timeout: daemon.timeout)
        let reply = try await daemon.edit(held, Wire.EditPoseRequest(set: set, options: options))
        return (try Picture(rendered: reply), reply)
    }

    private static var checkerboard: Wire.Picture {
        let (side, cell) = (512, 32)
        let data = (0..<(side * side)).flatMap { place -> [UInt8] in
            let isDark = (place % side / cell + place / side / cell).isMultiple(of: 2)
            return isDark ? [120, 120, 130] : [210, 210, 220]
        }
        return Wire.Picture(format: .rgb8, data: data, width: UInt32(side), height: UInt32(side))
    }

    /// A figure in front of stripes, 960×640, its head in the middle.
    private static func scene(with figure: Picture) -> Picture {
        let (width, height, side) = (960, 640, 600)
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                let stripe: Int = ((x + y / 2) / 24).isMultiple(of: 2) ? 0 : 18
                let colour: [Int] = [70 + stripe + y / 12, 110 + stripe + x / 20, 150 - stripe]
                pixels += colour.map { UInt8(clamping: $0) }
            }
        }
        var scene = Picture(width: width, height: height, layout: .rgb, pixels: pixels)
        let (left, top) = ((width - side) / 2, height - side)
        for y in 0..<side {
            for x in 0..<side {
                let from = (y * figure.height / side * figure.width + x * figure.width / side) * 4
                let to = ((y + top) * width + x + left) * 3
                let alpha = Int(figure.pixels[from + 3])
                for channel in 0..<3 {
                    let (over, under) = (Int(figure.pixels[from + channel]), Int(scene.pixels[to + channel]))
                    scene.pixels[to + channel] = UInt8((over * alpha + under * (255 - alpha) + 127) / 255)
                }
            }
        }
        return scene
    }
}

extension Picture {
    /// A square part of an RGB picture, in whole pixels inside it.
    fileprivate func part(left: Int, top: Int, side: Int) -> Picture {
        guard layout == .rgb, left + side <= width, top + side <= height else { return self }
        var rows: [UInt8] = []
        for y in top..<(top + side) {
            let first = (y * width + left) * 3
            rows += pixels[first..<(first + side * 3)]
        }
        return Picture(width: side, height: side, layout: .rgb, pixels: rows)
    }
}
