import AnimoCLI
import AnimoJSON
import AnimoWire
import ArgumentParser

struct Describe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the daemon's models, their channels with range and unit, limits, version.",
        usage: "animoctl describe [<options>]",
        discussion: """
            Examples:
              animoctl describe
              animoctl describe --json | jq -r '.models[0].channels[].name'
            """)

    @OptionGroup(title: "Daemon") var models: ModelOptions
    @OptionGroup(title: "Daemon") var connection: ConnectionOptions
    @OptionGroup var printing: JSONOptions

    func run() async throws {
        let reply = try await Daemon.with(connection) { daemon in
            try await daemon.client.describe(model: models.model, timeout: daemon.timeout)
        }
        try Terminal.print(printing.json ? Self.json(reply).pretty : Self.text(reply))
    }

    static func text(_ reply: Wire.DescribeReply) -> String {
        var text = Table.facts([
            ("animod", reply.serverVersion),
            ("protocol", "\(reply.protocolMinimum) to \(reply.protocolMaximum)"),
            ("default model", reply.defaultModel),
        ])
        for model in reply.models {
            text += "\n\(Terminal.printable(model.name))\n"
            text += indented(Table.facts(facts(of: model)))
            guard model.drivers.contains("pose") else { continue }
            var channels = Table(.left("channel"), .right("from"), .right("to"), .left("unit"), .left(""))
            for channel in model.channels {
                channels.add(
                    channel.name, Quantity.plain(channel.minimum), Quantity.plain(channel.maximum), channel.unit,
                    channel.inferred ? "position inferred" : "")
            }
            text += "\n" + indented(channels.render())
        }
        if let limits = reply.limits { text += "\nlimits\n" + indented(Table.facts(facts(of: limits))) }
        return text
    }

    private static func facts(of model: Wire.ModelDescription) -> [(String, String)] {
        let estimators = model.estimators.map {
            "\($0.domain.word) by \($0.part) from \($0.inputSize)×\($0.inputSize)"
                + ($0.mapping == .unspecified ? "" : ", mapping \($0.mapping.word)")
        }
        let step = "a multiple of \(model.sizeStep)"
        return [
            ("title", model.title), ("family", model.family + (model.builtin ? ", built in" : "")),
            ("licence", model.licence), ("digest", Quantity.hexadecimal(model.digest)),
            ("domains", model.domains.map(\.word).joined(separator: ", ")),
            (
                "native size",
                model.domains.isEmpty
                    ? ""
                    : "\(model.nativeSize)×\(model.nativeSize), others " + (model.fixedSize ? "not supported" : step)
            ),
            ("source", model.needsSource ? "" : "none: one identity of its own"),
            ("window", model.window > 1 ? "\(model.window) frames for each picture" : ""),
            ("motion", model.relative ? "absolute, or relative to a neutral" : ""),
            ("drivers", model.drivers.joined(separator: ", ")),
            ("frames read by", estimators.joined(separator: ", ")),
            (
                "faces found by",
                model.faceModel == model.name ? "its own tracker" : model.faceModel
            ),
        ].filter { !$0.1.isEmpty }
    }

    private static func facts(of limits: Wire.Limits) -> [(String, String)] {
        [
            ("frame", Quantity.bytes(limits.frameBytes)),
            ("picture", "\(limits.picturePixels) pixels, \(limits.pictureSide) a side"),
            ("rendered side", "\(limits.sizeMaximum)"), ("sessions", "\(limits.sessions)"),
            ("window", "\(limits.window), at most \(limits.windowMaximum)"),
            ("queue", Quantity.seconds(limits.queueSeconds)),
            ("source cache", Quantity.bytes(limits.sourceCacheBytes)),
        ]
    }

    private static func indented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "  " + $0 }
            .joined(separator: "\n")
    }

    static func json(_ reply: Wire.DescribeReply) -> JSONValue {
        var object = JSONObject()
        object["server_version"] = .string(reply.serverVersion)
        object["protocol"] = .array([.count(reply.protocolMinimum), .count(reply.protocolMaximum)])
        object["default_model"] = .string(reply.defaultModel)
        object["models"] = .array(reply.models.map(json))
        if let limits = reply.limits {
            object["limits"] = .object([
                "frame_bytes": .count(limits.frameBytes), "picture_pixels": .count(limits.picturePixels),
                "picture_side": .count(limits.pictureSide), "sessions": .count(limits.sessions),
                "queue_seconds": .decimal(limits.queueSeconds),
                "source_cache_bytes": .count(limits.sourceCacheBytes), "window": .count(limits.window),
                "window_maximum": .count(limits.windowMaximum), "size_maximum": .count(limits.sizeMaximum),
            ])
        }
        return .object(object)
    }

    static func json(_ model: Wire.ModelDescription) -> JSONValue {
        let channels = model.channels.map { channel in
            JSONValue.object([
                "name": .string(channel.name), "minimum": .decimal(channel.minimum),
                "maximum": .decimal(channel.maximum), "unit": .string(channel.unit),
                "inferred": .bool(channel.inferred),
            ])
        }
        let estimators = model.estimators.map { estimator in
            JSONValue.object([
                "domain": .string(estimator.domain.word), "input_size": .count(estimator.inputSize),
                "part": .string(estimator.part), "alignment": .string(estimator.alignment),
                "mapping": .string(estimator.mapping.word),
            ])
        }
        return .object([
            "name": .string(model.name), "digest": .string(Quantity.hexadecimal(model.digest)),
            "family": .string(model.family), "builtin": .bool(model.builtin), "title": .string(model.title),
            "licence": .string(model.licence), "domains": .array(model.domains.map { .string($0.word) }),
            "native_size": .count(model.nativeSize), "drivers": .array(model.drivers.map { .string($0) }),
            "estimators": .array(estimators), "channels": .array(channels),
            "needs_source": .bool(model.needsSource), "code_count": .count(model.codeCount),
            "window": .count(model.window), "relative": .bool(model.relative),
            "size_step": .count(model.sizeStep), "fixed_size": .bool(model.fixedSize),
            "face_model": .string(model.faceModel),
        ])
    }
}

extension Wire.ExpressionMapping {
    var word: String {
        switch self {
        case .unspecified: ""
        case .edtn: "edtn"
        case .basis: "basis"
        }
    }
}
