/// One of the numbers that pose a model.
package struct PoseChannel: Sendable, Equatable {
    /// Name of the channel.
    package let name: String
    /// Name of its group of control: brows, eyes, mouth, rotation, body.
    package let group: String
    /// Range of the number.
    package let range: ClosedRange<Float>
    /// "intensity", "degree", or "share" of how far the model goes.
    package let unit: String

    /// Creates one from its fields.
    package init(name: String, group: String, range: ClosedRange<Float>, unit: String) {
        self.name = name
        self.group = group
        self.range = range
        self.unit = unit
    }
}

/// A number of the pose that a name sets, to the value times a factor.
package struct PoseTarget: Sendable, Equatable {
    /// Index of the number in the pose.
    package let index: Int
    /// Factor on the value given.
    package let factor: Float

    /// Creates one from its fields.
    package init(_ index: Int, factor: Float = 1) {
        self.index = index
        self.factor = factor
    }
}

/// The numbers that pose a model, in order, and the names of the standard 20 that set some of them, where those are not
/// the standard ones themselves.
package struct PoseLayout: Sendable {
    /// Channels in order.
    package let channels: [PoseChannel]
    /// By standard names: `pitch`, `eye_closed_left`.
    package let aliases: [String: [PoseTarget]]

    /// Creates one from its fields.
    package init(channels: [PoseChannel], aliases: [String: [PoseTarget]] = [:]) {
        self.channels = channels
        self.aliases = aliases
    }

    /// Number of channels.
    package var count: Int { channels.count }
    /// Names of the channels, in order.
    package var names: [String] { channels.map(\.name) }

    /// 17 morphs and three angles, by the names a model file gives them.
    package static func standard(_ names: [String]) -> PoseLayout {
        let limit = PoseMapping.angleLimit
        return PoseLayout(
            channels: names.enumerated().map { index, name in
                guard index < Pose.morphs else {
                    return PoseChannel(name: name, group: "rotation", range: -limit...limit, unit: "degree")
                }
                return PoseChannel(
                    name: name, group: PoseRegion(ofMorph: index, named: name).rawValue, range: 0...1,
                    unit: "intensity")
            })
    }
}
