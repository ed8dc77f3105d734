import AnimoClient
import AnimoMotion
import AnimoWire

/// Motion of one frame as the model reads it and a job controls it.
struct ModelMotion: Sendable {
    /// Numbers that the networks read of one frame.
    let codeCount: Int
    let channels: [String]
    let mapping: PoseMapping
    /// nil where the model's groups cannot be told apart.
    let code: ControlCode?
    /// Kind of driver in recordings of it.
    let kind: RecordingWriter.Kind

    /// Asks the daemon for the rows of the pose basis, which split motions into the groups of control: the motion of
    /// each pose of one morph at 1.
    init(_ model: ServedModel, _ daemon: Daemon) async throws {
        let description = model.description
        codeCount = Int(description.codeCount)
        channels = description.channels.map(\.name)
        var basis: [Float]?
        if codeCount == Motion.count, description.drivers.contains("pose") {
            var rows: [Float] = []
            for morph in 0..<Pose.morphs {
                var values = [Float](repeating: 0, count: Pose.count)
                values[morph] = 1
                let reply = try await daemon.client.retarget(
                    Wire.RetargetRequest(
                        model: model.name, driver: Wire.Driver(kind: .pose(Wire.Pose(values: values))),
                        priority: .batch), timeout: daemon.timeout)
                rows += (reply.motion?.values ?? []).prefix(Motion.expressions)
            }
            basis = rows
        }
        mapping = PoseMapping(channels: channels, basis: basis)
        code = description.groups.isEmpty ? nil : ControlCode(mapping: mapping, codeCount: codeCount)
        kind = code?.isPose == true || codeCount == Pose.count ? .pose : .motion
    }

    /// A reader of recordings of this model, and of its standard channels.
    func reader(rate: Double) -> RecordingReader {
        RecordingReader(
            channels: [channels, PoseMapping.standardChannels].filter { !$0.isEmpty }, rate: rate,
            motionCount: kind == .motion ? codeCount : Motion.count)
    }

    /// Numbers that the daemon read from a driver, as recordings of this kind hold them.
    func numbers(_ reply: Wire.RetargetReply) -> [Float]? {
        let values = reply.motion?.values ?? []
        return values.count == codeCount ? values : nil
    }

    /// Kind of driver in a journal of recorded ones: poses stay poses, since they take the source's own translation.
    func kind(of drivers: [RecordedDriver?]) -> RecordingWriter.Kind {
        guard kind == .motion, code != nil else { return kind }
        switch drivers.lazy.compactMap({ $0 }).first {
        case .pose?, .named?: return .pose
        case .motion?, nil: return .motion
        }
    }

    /// A driver of a recording, as a journal holds it.
    ///
    /// - Returns: nil where the daemon must read it first.
    func numbers(_ driver: RecordedDriver, as kind: RecordingWriter.Kind) throws -> [Float]? {
        switch driver {
        case .motion(let values): kind == .motion && values.count == codeCount ? values : nil
        case .pose(let values): kind == .pose ? try mapping.pose(of: values).values : nil
        case .named(let named):
            kind == .pose ? try mapping.pose(setting: named.map { ($0.name, $0.value) }).values : nil
        }
    }

    /// The driver as a message of the protocol.
    func wire(_ driver: RecordedDriver) -> Wire.Driver {
        switch driver {
        case .pose(let values): Wire.Driver(kind: .pose(Wire.Pose(values: values)))
        case .motion(let values): Wire.Driver(kind: .motion(Wire.Motion(values: values)))
        case .named(let named):
            Wire.Driver(
                kind: .pose(
                    Wire.Pose(channels: named.map { Wire.NamedValue(name: $0.name, value: $0.value) })))
        }
    }
}
