import AnimoCLI
import AnimoJSON
import AnimoWire
import ArgumentParser

struct Retarget: AsyncParsableCommand {
    enum Form: String, ExpressibleByArgument, CaseIterable { case pose, motion }

    static let configuration = CommandConfiguration(
        abstract: "Read a driver as numbers, without rendering a picture.",
        usage: """
            animoctl retarget (--driving <file> | --pose <file> | --motion <file>) \\
                [<options>]
            """,
        discussion: """
            Examples:
              animoctl retarget --driving actor.jpg --driving-domain vox
              animoctl retarget --driving actor.jpg --driving-domain vox --json >pose.json
              animoctl reenact --pose pose.json ...

            A pose cannot show every expression: 'expressed' is the share that it can.
            """)

    @OptionGroup(title: "Driver") var driving: DrivingOptions

    @Option(
        help:
            "Numbers to print: the 20 of a pose, or the motion as the networks read it. (default: a pose, where the model has one)"
    )
    var to: Form?

    @OptionGroup(title: "Daemon") var models: ModelOptions
    @OptionGroup(title: "Daemon") var connection: ConnectionOptions
    @OptionGroup var printing: JSONOptions

    func run() async throws {
        let input = try driving.read()
        let (reply, model) = try await Daemon.with(connection) { daemon in
            let model = try await daemon.model(named: models.model)
            let driver = try input.wire(driving, for: model)
            let request = Wire.RetargetRequest(model: models.model, driver: driver, mapping: driving.mapping.wire)
            return (try await daemon.client.retarget(request, timeout: daemon.timeout), model)
        }
        for clamped in reply.clamped { RenderReport.warn(clamped) }
        try Terminal.print(printing.json ? try json(reply, model).pretty : try table(reply, model))
    }

    /// A pose where something in the model leads from the driver to one, else the numbers its networks read.
    private static func usualForm(_ reply: Wire.RetargetReply) -> Form { reply.pose == nil ? .motion : .pose }

    private static var noPose: Failure {
        Failure(
            .badData, "this model has no mapping from that driver to a pose", hint: "use --to motion")
    }

    private func json(_ reply: Wire.RetargetReply, _ model: ServedModel) throws -> JSONValue {
        var object = JSONObject()
        switch to ?? Self.usualForm(reply) {
        case .pose:
            guard let pose = reply.pose else { throw Self.noPose }
            object["pose"] = PoseNumbers.json(pose, channels: model.channelNames)
        case .motion: object["motion"] = .floats(reply.motion?.values ?? [])
        }
        if let expressed = reply.expressed {
            object["expressed"] = .object([
                "overall": .measured(expressed.overall), "brows": .measured(expressed.brows),
                "eyes": .measured(expressed.eyes), "mouth": .measured(expressed.mouth),
            ])
        }
        if let crop = reply.driverCrop { object["driver_crop"] = RenderReport.json(crop) }
        object["clamped"] = RenderReport.json(reply.clamped)
        return .object(object)
    }

    private func table(_ reply: Wire.RetargetReply, _ model: ServedModel) throws -> String {
        var text = ""
        switch to ?? Self.usualForm(reply) {
        case .pose:
            guard let pose = reply.pose else { throw Self.noPose }
            var table = Table(.left("channel"), .right("value"), .left("unit"))
            for (channel, value) in zip(model.description.channels, pose.values) {
                table.add(channel.name, Quantity.fixed(Double(value), channel.unit == "degree" ? 1 : 3), channel.unit)
            }
            text = table.render()
        case .motion:
            let values = reply.motion?.values ?? []
            let names =
                values.count == 70 || values.count == 73
                ? [
                    ("expression", 0..<64), ("angles", 64..<67), ("translation", 67..<70),
                    ("scale and position in the frame", 70..<73),
                ] : [("numbers that the networks read", values.indices)]
            for (name, range) in names where range.upperBound <= values.count {
                text += name + "\n"
                for start in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
                    let row = values[start..<min(start + 8, range.upperBound)]
                    text += row.map { Self.padded(Quantity.fixed(Double($0), 4), 9) }.joined() + "\n"
                }
            }
        }
        if let expressed = reply.expressed {
            let shares = [
                ("overall", expressed.overall), ("brows", expressed.brows), ("eyes", expressed.eyes),
                ("mouth", expressed.mouth),
            ]
            text += "\nexpressed  " + shares.map { "\($0) \(Quantity.fixed($1 * 100, 0)) %" }.joined(separator: ", ")
            text += "\n"
        }
        return text
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
