import AnimoJSON

/// Channels by name.
extension PoseMapping {
    /// Largest angle that is let through, in degrees. Training saw about ±20°; half as much again is allowed, since
    /// estimators and trackers of real heads give a little over and the networks still follow.
    package static let angleLimit: Float = 30

    /// Returns a number's range: 0…1 for morphs, degrees for angles.
    package func range(of index: Int) -> ClosedRange<Float> {
        layout.channels.indices.contains(index) ? layout.channels[index].range : 0...1
    }

    /// "intensity", "degree" or "share".
    package func unit(of index: Int) -> String {
        layout.channels.indices.contains(index) ? layout.channels[index].unit : "intensity"
    }

    /// Names that set a left and a right channel together, with the channels they set: `eye_closed` sets
    /// `eye_closed_left` and `eye_closed_right`.
    package var bothSided: [(name: String, indices: [Int])] {
        channels.indices.compactMap { left in
            guard channels[left].hasSuffix("_left") else { return nil }
            let name = String(channels[left].dropLast("_left".count))
            guard let right = channels.firstIndex(of: "\(name)_right"), !channels.contains(name) else { return nil }
            return (name, [left, right])
        }
    }

    /// Returns the numbers that a name sets, nil for an unknown one: a channel, both sides of one, or those for one of
    /// the standard 20.
    package func targets(named name: String) -> [PoseTarget]? {
        if let index = channels.firstIndex(of: name) { return [PoseTarget(index)] }
        if let both = bothSided.first(where: { $0.name == name }) { return both.indices.map { PoseTarget($0) } }
        if let alias = layout.aliases[name] { return alias }
        guard let left = layout.aliases["\(name)_left"], let right = layout.aliases["\(name)_right"] else { return nil }
        return left + right
    }

    /// The names most like an unknown one, the nearest first, at most three.
    package func nearestNames(to name: String) -> [String] {
        let names = bothSided.map(\.name) + channels + layout.aliases.keys.sorted()
        let asked = name.lowercased()
        let ranked = names.enumerated().map { index, candidate in
            (distance: EditDistance.between(asked, candidate.lowercased()), index: index, candidate)
        }
        .sorted { ($0.distance, $0.index) < ($1.distance, $1.index) }
        let nearest = ranked.first?.distance ?? 0
        return ranked.prefix(3).filter { $0.distance <= max(nearest, 2) }.map(\.2)
    }

    /// Returns the numbers that a name sets.
    ///
    /// - Throws: an error that names the nearest names.
    package func targets(of name: String) throws(PoseError) -> [PoseTarget] {
        if let targets = targets(named: name) { return targets }
        let nearest = nearestNames(to: name).joined(separator: ", ")
        throw PoseError(
            .unknownChannel, "pose: expected the name of a channel, such as \(nearest), got \(name.quotedForMessage)")
    }

    /// The same, but the standard 20 leave the body as it is.
    package var keepingBodyStill: PoseMapping {
        let aliases = layout.aliases.mapValues { $0.filter { layout.channels[$0.index].group != "body" } }
        return PoseMapping(PoseLayout(channels: layout.channels, aliases: aliases), basis: basis)
    }

    /// The neutral pose.
    package var neutral: Pose { Pose(count: layout.count) }

    /// A pose of this layout's numbers, or of the standard 20 where they stand for some of these.
    ///
    /// - Throws: where there are neither as many, or one is not finite.
    package func pose(of values: [Float]) throws(PoseError) -> Pose {
        guard values.count == Pose.count, layout.count != Pose.count, !layout.aliases.isEmpty else {
            guard values.count == layout.count else {
                let counts = layout.aliases.isEmpty ? "\(layout.count)" : "\(layout.count) or \(Pose.count)"
                throw PoseError(.count, "pose: expected \(counts) numbers, got \(values.count)")
            }
            return try Pose(values, count: layout.count)
        }
        let standard = try Pose(values)
        var pose = neutral
        for (name, value) in zip(Self.standardChannels, standard.values) where value != 0 {
            for target in layout.aliases[name] ?? [] { pose[target.index] = value * target.factor }
        }
        return pose
    }
}

/// A number that was out of its range and what was taken instead.
package struct ClampedChannel: Sendable, Equatable {
    /// Name of the channel.
    package let name: String
    /// The number given.
    package let asked: Float
    /// The number in range that replaced it.
    package let used: Float

    /// Creates one from its fields.
    package init(name: String, asked: Float, used: Float) {
        self.name = name
        self.asked = asked
        self.used = used
    }
}

extension PoseMapping {
    /// The pose with every number in its range, and what had to be changed.
    package func clamped(_ pose: Pose) -> (pose: Pose, clamped: [ClampedChannel]) {
        var result = pose
        var clamped: [ClampedChannel] = []
        for (index, asked) in pose.values.enumerated() {
            let range = range(of: index)
            let used = min(max(asked, range.lowerBound), range.upperBound)
            guard used != asked else { continue }
            result[index] = used
            clamped.append(ClampedChannel(name: channels[index], asked: asked, used: used))
        }
        return (result, clamped)
    }

    /// - Throws: where a number is out of its range.
    package func requireInRange(_ pose: Pose) throws(PoseError) {
        for (index, value) in pose.values.enumerated() where !range(of: index).contains(value) {
            let range = range(of: index)
            throw PoseError(
                .outOfRange,
                "pose \(channels[index]): expected \(range.lowerBound) to \(range.upperBound), got \(value)")
        }
    }

    /// A pose with some numbers set by name, the rest as in `base`.
    package func pose(
        setting values: [(String, Double)], over base: Pose? = nil
    ) throws(PoseError) -> Pose {
        var pose = base ?? neutral
        for (name, value) in values {
            guard Float(value).isFinite else {
                throw PoseError(.notFinite, "pose \(name.quotedForMessage): expected a finite number, got \(value)")
            }
            for target in try targets(of: name) { pose[target.index] = Float(value) * target.factor }
        }
        return pose
    }
}
