extension PoseLayout {
    /// The 45 numbers of Talking Head Anime 3 by their published names. Left and right are the character's own: left
    /// is at the image's right, as in the standard 20.
    ///
    /// The standard 20 set them so: morphs by their like; angles over what the networks' trackers divide by, all three
    /// signs turned round; yaw and roll take the body along, as those trackers do.
    package static let talkingHead3: PoseLayout = {
        typealias Names = TalkingHead3Names
        var channels: [PoseChannel] = []
        func add(_ names: [String], _ group: String, _ range: ClosedRange<Float>, _ unit: String) {
            channels += names.map { PoseChannel(name: $0, group: group, range: range, unit: unit) }
        }
        add(Names.sided(Names.brows), "brows", 0...1, "intensity")
        add(Names.sided(Names.eyes + ["iris_small"]), "eyes", 0...1, "intensity")
        add(Names.mouth, "mouth", 0...1, "intensity")
        add(["iris_rotation_x", "iris_rotation_y"], "eyes", -1...1, "share")
        add(["head_x", "head_y", "neck_z"], "rotation", -1...1, "share")
        add(["body_y", "body_z"], "body", -1...1, "share")
        add(["breathing"], "body", 0...1, "intensity")
        let index = Dictionary(uniqueKeysWithValues: channels.enumerated().map { ($1.name, $0) })
        var aliases: [String: [PoseTarget]] = [:]
        for (name, targets) in Names.standard {
            aliases[name] = targets.compactMap { target in
                index[target.name].map { PoseTarget($0, factor: target.factor) }
            }
        }
        return PoseLayout(channels: channels, aliases: aliases)
    }()
}

/// Names of Talking Head Anime 3's numbers, as published.
enum TalkingHead3Names {
    /// Morphs of the brows, without their side.
    static let brows = ["troubled", "angry", "lowered", "raised", "happy", "serious"].map { "eyebrow_\($0)" }
    /// Morphs of the lids, without their side.
    static let eyes = ["wink", "happy_wink", "surprised", "relaxed", "unimpressed", "raised_lower_eyelid"]
        .map { "eye_\($0)" }
    /// Morphs of the mouth, in their order.
    static let mouth =
        ["aaa", "iii", "uuu", "eee", "ooo", "delta"].map { "mouth_\($0)" }
        + sided(["mouth_lowered_corner", "mouth_raised_corner"]) + ["mouth_smirk"]

    /// Each name with `_left`, then `_right`.
    static func sided(_ names: [String]) -> [String] { names.flatMap { ["\($0)_left", "\($0)_right"] } }

    /// Numbers that each of the standard 20 sets.
    static let standard: [String: [(name: String, factor: Float)]] = {
        var standard: [String: [(name: String, factor: Float)]] = [:]
        for (from, to) in [
            ("eyebrow_angry", "eyebrow_angry"), ("eyebrow_raised", "eyebrow_raised"),
            ("eyebrow_lowered", "eyebrow_lowered"), ("eye_closed", "eye_wink"),
            ("eye_unimpressed", "eye_unimpressed"), ("eye_surprised", "eye_surprised"),
        ] {
            for side in ["left", "right"] { standard["\(from)_\(side)"] = [("\(to)_\(side)", 1)] }
        }
        for (from, to) in [("a", "aaa"), ("e", "eee"), ("i", "iii"), ("o", "ooo"), ("u", "uuu")] {
            standard["mouth_\(from)"] = [("mouth_\(to)", 1)]
        }
        standard["pitch"] = [("head_x", -1 / 15)]
        standard["yaw"] = [("head_y", -1 / 10), ("body_y", -1 / 10)]
        standard["roll"] = [("neck_z", -1 / 15), ("body_z", -1 / 15)]
        return standard
    }()
}
