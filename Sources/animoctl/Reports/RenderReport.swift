import AnimoCLI
import AnimoJSON
import AnimoWire

/// Facts of a rendered picture's reply beside the picture.
struct RenderReport: Sendable {
    let reply: Wire.ReenactReply
    let pose: Wire.Pose?
    let model: ServedModel
    let output: String

    /// Warns of facts a person should know though nothing failed.
    func warn() {
        for clamped in reply.clamped { Self.warn(clamped) }
        if reply.translationAssumed {
            Terminal.note("animoctl: the head's position in the source is unknown; it is assumed to be in the middle")
        }
        if reply.pasteFold > 0 {
            Terminal.note("animoctl: " + Self.foldWarning(reply.pasteFold))
        }
    }

    /// - Parameter share: the motion in the pasted border, as a share of its width.
    static func foldWarning(_ share: Double) -> String {
        "paste_fold: the motion at the pasted edge is \(Quantity.fixed(share, 2)) of its width, expected at most 0.67; "
            + "a larger crop or --feather leaves it more room"
    }

    static func warn(_ clamped: Wire.Clamped) {
        Terminal.note(
            "animoctl: \(clamped.channel): \(Quantity.plain(clamped.asked)) is out of range, "
                + "clamped to \(Quantity.plain(clamped.used))")
    }

    /// One line for a terminal.
    var line: String {
        let size = "\(reply.picture?.width ?? 0)×\(reply.picture?.height ?? 0)"
        let times = reply.times ?? Wire.Times()
        let rendered = times.decode + times.prepare + times.compute + times.encode
        let kept = times.kept.isEmpty ? "" : ", \(times.kept.joined(separator: " and ")) kept"
        return "\(output): \(size), rendered in \(Quantity.microseconds(rendered))\(kept)"
    }

    var json: JSONValue {
        var object = JSONObject()
        object["output"] = .string(output)
        object["width"] = .count(reply.picture?.width ?? 0)
        object["height"] = .count(reply.picture?.height ?? 0)
        if let source = reply.source { object["source"] = Self.json(source) }
        if let pose { object["pose"] = PoseNumbers.json(pose, channels: model.channelNames) }
        if let motion = reply.motion { object["motion"] = .floats(motion.values) }
        if let crop = reply.driverCrop { object["driver_crop"] = Self.json(crop) }
        object["clamped"] = Self.json(reply.clamped)
        object["translation_assumed"] = .bool(reply.translationAssumed)
        object["batch_size"] = .count(reply.batchSize)
        if let source = reply.source, source.detail != .unspecified {
            object["detail"] = .string("\(source.detail)")
        }
        object["mean_agreement"] = .decimal(reply.meanAgreement)
        object["paste_fold"] = .decimal(reply.pasteFold)
        if let times = reply.times { object["microseconds"] = Self.json(times) }
        return .object(object)
    }

    static func json(_ source: Wire.PreparedSource) -> JSONValue {
        var object = JSONObject()
        object["id"] = .string(Quantity.hexadecimal(source.id))
        object["domain"] = .string(source.domain.word)
        object["flow_width"] = .count(source.flowWidth)
        object["flow_height"] = .count(source.flowHeight)
        object["width"] = .count(source.width)
        object["height"] = .count(source.height)
        if let crop = source.crop { object["crop"] = json(crop) }
        if let translation = source.translation {
            object["translation"] = .floats([translation.x, translation.y, translation.z])
        }
        object["model_digest"] = .string(Quantity.hexadecimal(source.modelDigest))
        return .object(object)
    }

    /// original = offset + prepared · scale
    static func json(_ crop: Wire.CropTransform) -> JSONValue {
        .object([
            "scale": .array([.number(crop.scaleX), .number(crop.scaleY)]),
            "offset": .array([.number(crop.offsetX), .number(crop.offsetY)]),
            "width": .count(crop.width), "height": .count(crop.height),
        ])
    }

    static func json(_ clamped: [Wire.Clamped]) -> JSONValue {
        .array(
            clamped.map {
                .object([
                    "channel": .string($0.channel), "asked": .decimal($0.asked), "used": .decimal($0.used),
                ])
            })
    }

    static func json(_ times: Wire.Times) -> JSONValue {
        .object([
            "decode": .count(times.decode), "prepare": .count(times.prepare), "queue": .count(times.queue),
            "compute": .count(times.compute), "encode": .count(times.encode),
            "kept": .array(times.kept.map { .string($0) }),
        ])
    }
}

/// The 20 numbers of a pose, by name.
enum PoseNumbers {
    static func json(_ pose: Wire.Pose, channels: [String]) -> JSONValue {
        guard pose.values.count == channels.count else { return .floats(pose.values) }
        var object = JSONObject()
        for (name, value) in zip(channels, pose.values) { object[name] = .float(value) }
        return .object(object)
    }
}

extension ServedModel {
    var channelNames: [String] { description.channels.map(\.name) }
}
