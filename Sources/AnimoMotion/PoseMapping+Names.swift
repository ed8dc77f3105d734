import AnimoJSON

/// Channels by name.
extension PoseMapping {
    /// How far an angle may go. Training saw about ±20°; half as much again is let through, since estimators and
    /// trackers of real heads give a little over and the networks still follow.
    package static let angleLimit: Float = 30

    /// Returns a number's range: 0…1 for morphs, degrees for angles.
    package func range(of index: Int) -> ClosedRange<Float> {
        index < Pose.morphs ? 0...1 : -Self.angleLimit...Self.angleLimit
    }

    /// "intensity" or "degree".
    package func unit(of index: Int) -> String { index < Pose.morphs ? "intensity" : "degree" }

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

    /// The numbers a name sets, or nil where nothing is called so.
    package func index(of name: String) -> [Int]? {
        if let index = channels.firstIndex(of: name) { return [index] }
        return bothSided.first { $0.name == name }?.indices
    }

    /// The names most like an unknown one, the nearest first, at most three.
    package func nearestNames(to name: String) -> [String] {
        let names = bothSided.map(\.name) + channels
        let asked = name.lowercased()
        let ranked = names.enumerated().map { index, candidate in
            (distance: EditDistance.between(asked, candidate.lowercased()), index: index, candidate)
        }
        .sorted { ($0.distance, $0.index) < ($1.distance, $1.index) }
        let nearest = ranked.first?.distance ?? 0
        return ranked.prefix(3).filter { $0.distance <= max(nearest, 2) }.map(\.2)
    }

    /// The numbers a name sets.
    ///
    /// - Throws: an error that names the nearest names.
    package func indices(of name: String) throws(PoseError) -> [Int] {
        if let indices = index(of: name) { return indices }
        let nearest = nearestNames(to: name).joined(separator: ", ")
        throw PoseError(
            .unknownChannel, "pose: expected the name of a channel, such as \(nearest), got \(name.quotedForMessage)")
    }
}

/// A number that was out of its range and what was taken instead.
package struct ClampedChannel: Sendable, Equatable {
    package let name: String
    package let asked: Float
    package let used: Float

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
        setting values: [(String, Double)], over base: Pose = Pose()
    ) throws(PoseError) -> Pose {
        var pose = base
        for (name, value) in values {
            guard Float(value).isFinite else {
                throw PoseError(.notFinite, "pose \(name.quotedForMessage): expected a finite number, got \(value)")
            }
            for index in try indices(of: name) { pose[index] = Float(value) }
        }
        return pose
    }
}
