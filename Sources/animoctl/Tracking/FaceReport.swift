import AnimoCLI
import AnimoJSON
import AnimoReports
import AnimoWire
import Foundation

/// Report of the faces in one picture: for scripts, for people, and as marks on the picture.
struct FaceReport: Sendable {
    let name: String
    let result: Wire.TrackResult
    /// In place of the daemon's, where another table was asked for.
    var pose: [Float]?

    /// A line of JSON; see PROTOCOL.md for the fields.
    var json: JSONValue {
        var object = JSONObject()
        object["file"] = .string(name)
        object["width"] = .count(result.width)
        object["height"] = .count(result.height)
        if result.outcome != .ok { object["error"] = .string(result.message) }
        object["faces"] = .array(
            result.faces.map { face in
                .object([
                    "score": .exact(face.score), "box": Self.json(face.box),
                    "keypoints": .points(face.keypoints, of: 2),
                ])
            })
        object["face"] = result.face.map { json($0) } ?? .null
        return .object(object)
    }

    private func json(_ face: Wire.Face) -> JSONValue {
        let region = face.region ?? Wire.FaceRegion()
        let angles = face.angles ?? Wire.FaceAngles()
        let measures = face.measures ?? Wire.FaceMeasures()
        let head = face.head ?? Wire.FaceSquare()
        return .object([
            "how": .string(face.how == .tracked ? "tracked" : "detected"),
            "score": face.how == .tracked ? .null : .exact(face.score), "presence": .exact(face.presence),
            "tongue": .exact(face.tongue), "box": Self.json(face.box),
            "roi": .object([
                "x": .exact(region.x), "y": .exact(region.y), "width": .exact(region.width),
                "height": .exact(region.height), "turn": .exact(region.turn),
            ]),
            "landmarks": .points(face.landmarks, of: 3), "points5": .points(face.points5, of: 2),
            "points68": .points(face.points68, of: 2), "blendshapes": Self.json(face.blendshapes),
            "matrix": .array(
                stride(from: 0, to: face.matrix.count, by: 4).map { row in
                    .array(face.matrix[row..<min(row + 4, face.matrix.count)].map { .exact($0) })
                }),
            "angles": .object([
                "pitch": .exact(angles.pitch), "yaw": .exact(angles.yaw), "roll": .exact(angles.roll),
            ]),
            "measures": .object([
                "mouth_gap": .exact(measures.mouthGap), "eye_ratio_left": .exact(measures.eyeRatioLeft),
                "eye_ratio_right": .exact(measures.eyeRatioRight),
            ]),
            "inputs": Self.json(face.inputs), "pose": .floats(pose ?? face.pose?.values ?? []),
            "head": .object(["x": .exact(head.x), "y": .exact(head.y), "side": .exact(head.side)]),
        ])
    }

    private static func json(_ box: Wire.Box?) -> JSONValue {
        let box = box ?? Wire.Box()
        return .array([box.x, box.y, box.width, box.height].map { .exact($0) })
    }

    private static func json(_ values: [Wire.NamedValue]) -> JSONValue {
        var object = JSONObject()
        for value in values { object[value.name] = .exact(value.value) }
        return .object(object)
    }
}

extension FaceReport {
    /// A few lines for a terminal.
    var text: String {
        let title = "\(Terminal.printable(name)), \(result.width)×\(result.height): "
        guard result.outcome == .ok else { return title + Terminal.printable(result.message) + "\n" }
        guard let face = result.face else { return title + "no face" + without + "\n" }
        let count = result.faces.count
        let others = count > 1 ? ", of \(count) detections" : ""
        let how = face.how == .tracked ? "tracked" : "detected, score \(Quantity.fixed(face.score, 2))\(others)"
        let box = face.box ?? Wire.Box()
        let angles = face.angles ?? Wire.FaceAngles()
        let measures = face.measures ?? Wire.FaceMeasures()
        var lines = [("face", "\(how), presence \(Quantity.fixed(face.presence, 3))")]
        lines.append(
            (
                "box",
                "\(Self.whole(box.width))×\(Self.whole(box.height)) at \(Self.whole(box.x)), \(Self.whole(box.y))"
            ))
        lines.append(
            (
                "angles",
                "pitch \(Self.degrees(angles.pitch, "down", "up")), yaw \(Self.degrees(angles.yaw, "to image right", "to image left")), "
                    + "roll \(Self.degrees(angles.roll, "clockwise", "counter-clockwise"))"
            ))
        lines.append(
            (
                "mouth, eyes",
                "gap \(Quantity.fixed(measures.mouthGap, 2)), open \(Quantity.fixed(measures.eyeRatioLeft, 2)) own left, "
                    + "\(Quantity.fixed(measures.eyeRatioRight, 2)) own right"
            ))
        let strongest = face.blendshapes.filter { $0.name != "_neutral" && $0.value >= 0.2 }
            .sorted { ($1.value, $0.name) < ($0.value, $1.name) }.prefix(6)
        if !strongest.isEmpty {
            let list = strongest.map { "\(Terminal.printable($0.name)) \(Quantity.fixed($0.value, 2))" }
            lines.append(("expression", list.joined(separator: ", ")))
        }
        if let head = face.head {
            lines.append(("square", "\(Self.whole(head.side)) at \(Self.whole(head.x)), \(Self.whole(head.y))"))
        }
        return title + "\n" + Table.facts(lines.map { ("  " + $0.0, $0.1) })
    }

    /// Reason why there is no face: the best score, or boxes that are no faces.
    private var without: String {
        guard result.faces.isEmpty else {
            return "; \(Quantity.count(result.faces.count, "detection")), none of which is a face"
        }
        return "; the best score is \(Quantity.fixed(result.bestScore, 2))"
    }

    private static func whole(_ value: Double) -> String { Quantity.fixed(value, 0) }

    private static func degrees(_ value: Double, _ above: String, _ below: String) -> String {
        let size = Quantity.fixed(abs(value), 0)
        return size == "0" ? "0°" : "\(size)° \(value > 0 ? above : below)"
    }

    /// Boxes and points to draw on the picture.
    var marks: FaceMarks {
        var marks = FaceMarks()
        func box(_ box: Wire.Box?, _ label: String = "") -> FaceMarks.Box {
            let box = box ?? Wire.Box()
            return FaceMarks.Box(x: box.x, y: box.y, width: box.width, height: box.height, label: label)
        }
        marks.detections = result.faces.map { box($0.box, Quantity.fixed($0.score, 2)) }
        guard let face = result.face else { return marks }
        marks.face = box(face.box)
        marks.landmarks = Self.points(face.landmarks, of: 3)
        marks.points = Self.points(face.points5, of: 2) + Self.points(face.points68, of: 2)
        if let head = face.head {
            marks.square = FaceMarks.Box(x: head.x, y: head.y, width: head.side, height: head.side)
        }
        // Point 4 is the tip of the nose.
        if face.matrix.count == 16, marks.landmarks.count > 4 {
            let (origin, m) = (marks.landmarks[4], face.matrix)
            let scale = max(1e-9, (m[0] * m[0] + m[4] * m[4] + m[8] * m[8]).squareRoot())
            let length = 0.5 * (face.box?.width ?? 0) / scale
            let axis = { (column: Int) in origin + SIMD2(m[column], -m[4 + column]) * length }
            marks.axes = (origin, axis(0), axis(1), axis(2))
        }
        return marks
    }

    private static func points(_ numbers: [Float], of size: Int) -> [SIMD2<Double>] {
        stride(from: 0, to: numbers.count - numbers.count % size, by: size).map {
            SIMD2(Double(numbers[$0]), Double(numbers[$0 + 1]))
        }
    }
}

extension JSONValue {
    /// A number to seven digits, as much as the daemon's arithmetic means.
    fileprivate static func exact(_ value: Double) -> JSONValue {
        guard value.isFinite else { return .null }
        return .decimal(Double(String(format: "%.7g", value)) ?? value)
    }

    /// Arrays of `size` numbers each.
    fileprivate static func points(_ numbers: [Float], of size: Int) -> JSONValue {
        .array(
            stride(from: 0, to: numbers.count - numbers.count % size, by: size).map { first in
                .array(numbers[first..<first + size].map { .float($0) })
            })
    }
}
