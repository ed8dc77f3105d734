/// A mapping table made ready for the channels of one model.
package struct ChannelMapping: Sendable {
    /// A number of a pose.
    package struct Channel: Sendable, Equatable {
        /// Name of the channel.
        package let name: String
        /// Range that the mapped number is clamped to.
        package let range: ClosedRange<Double>

        /// Creates one from its fields.
        package init(name: String, range: ClosedRange<Double>) {
            self.name = name
            self.range = range
        }
    }

    private let channels: [Channel]
    /// A rule for each channel, with the sides written in.
    private let rules: [Rule]
    private let limits: [(indices: [Int], sum: Double)]

    private struct Rule: Sendable {
        var takesMaximum = false
        var terms: [Term] = []
    }

    fileprivate struct Term: Sendable {
        let names: [InputName]
        let absent: Double
        let shape: MappingTable.Shape
        let gain: Double
        let factors: [Term]
    }

    /// - Throws: where the table names a channel that is not among `channels`, or writes `{side}` where no side is.
    package init(_ table: MappingTable, channels: [Channel]) throws(PoseError) {
        self.channels = channels
        let indices = Dictionary(
            channels.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
        let sides = [("left", "Left"), ("right", "Right")]
        var rules = [Rule?](repeating: nil, count: channels.count)
        // A channel named itself comes before the name of its pair, whatever the order in the file.
        for (name, rule) in table.rules {
            if let index = indices[name] {
                let side = sides.first { name.hasSuffix("_\($0.0)") }?.1
                rules[index] = try Self.rule(rule, side: side, at: "channels.\(name)")
            } else {
                guard sides.contains(where: { indices["\(name)_\($0.0)"] != nil }) else {
                    throw Self.unknown(name, among: channels, at: "channels.\(name)")
                }
            }
        }
        for (name, rule) in table.rules where indices[name] == nil {
            for (suffix, side) in sides {
                guard let index = indices["\(name)_\(suffix)"], rules[index] == nil else { continue }
                rules[index] = try Self.rule(rule, side: side, at: "channels.\(name)")
            }
        }
        self.rules = rules.map { $0 ?? Rule() }
        var limits: [([Int], Double)] = []
        for (number, limit) in table.limits.enumerated() {
            let sided = limit.channels.contains { $0.contains(Self.placeholder) }
            for side in sided ? sides.map(\.0) : [""] {
                var members: [Int] = []
                for name in limit.channels {
                    let name = name.replacing(Self.placeholder, with: side)
                    if let index = indices[name] {
                        members.append(index)
                    } else {
                        let pair = sides.compactMap { indices["\(name)_\($0.0)"] }
                        guard !pair.isEmpty else {
                            throw Self.unknown(name, among: channels, at: "limits[\(number)].of")
                        }
                        members += pair
                    }
                }
                limits.append((members, limit.sum))
            }
        }
        self.limits = limits
    }

    /// The numbers of a pose, in the order of the channels: terms summed or their maximum taken, cut to the channel's
    /// range, then the limits in their order.
    package func callAsFunction(_ inputs: [InputName: Double]) -> [Double] {
        var pose = zip(channels, rules).map { channel, rule in
            let values = rule.terms.lazy.map { $0.value(inputs) }
            let total = rule.takesMaximum ? values.max() ?? 0 : values.reduce(0, +)
            // Sums of finite numbers far outside any tracker's can overflow in both directions.
            return total.isNaN ? 0 : min(max(total, channel.range.lowerBound), channel.range.upperBound)
        }
        for (indices, sum) in limits {
            let total = indices.reduce(0) { $0 + pose[$1] }
            guard total > sum else { continue }
            for index in indices { pose[index] *= sum / total }
        }
        return pose
    }

    private static let placeholder = "{side}"

    private static func rule(
        _ rule: MappingTable.Rule, side: String?, at place: String
    ) throws(PoseError) -> Rule {
        Rule(takesMaximum: rule.combination == .max, terms: try terms(rule.terms, side: side, at: place))
    }

    private static func terms(
        _ terms: [MappingTable.Term], side: String?, at place: String
    ) throws(PoseError) -> [Term] {
        var result: [Term] = []
        for term in terms {
            var names: [InputName] = []
            for name in term.names {
                guard let side else {
                    guard !name.contains(placeholder) else {
                        throw PoseError(
                            .malformed,
                            "\(place): expected {side} only in a channel that has sides, got \(name.quotedForMessage)")
                    }
                    names.append(InputName(name))
                    continue
                }
                names.append(InputName(name.replacing(placeholder, with: side)))
            }
            let factors = try Self.terms(term.factors, side: side, at: place)
            result.append(
                Term(names: names, absent: term.absent, shape: term.shape, gain: term.gain, factors: factors))
        }
        return result
    }

    private static func unknown(_ name: String, among channels: [Channel], at place: String) -> PoseError {
        let names = channels.map(\.name)
        let nearest = names.min { EditDistance.between(name, $0) < EditDistance.between(name, $1) } ?? "none"
        return PoseError(
            .unknownChannel,
            "\(place): expected the name of a channel, such as \(nearest), got \(name.quotedForMessage)")
    }
}

extension ChannelMapping.Term {
    fileprivate func value(_ inputs: [InputName: Double]) -> Double {
        factors.reduce(gain * shaped(inputs)) { $0 * $1.shaped(inputs) }
    }

    private func shaped(_ inputs: [InputName: Double]) -> Double {
        shape(names.reduce(0) { $0 + (inputs[$1] ?? absent) } / Double(names.count))
    }
}

extension ChannelMapping.Channel {
    /// The 20 numbers of a pose: 17 intensities, and angles that are cut to ±90° here and to what a model takes later.
    package static func pose(_ names: [String] = PoseMapping.standardChannels) -> [Self] {
        names.enumerated().map { Self(name: $1, range: $0 < Pose.morphs ? 0...1 : -90...90) }
    }
}
