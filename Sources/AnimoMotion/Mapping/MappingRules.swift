/// Mapping of a tracker's numbers to poses: a table, or rules that no table can write.
package enum MappingRules: Sendable, Equatable {
    /// A table, built in or the user's.
    case table(MappingTable)
    /// ARKit's blendshapes to the 45 numbers of Talking Head Anime 3.
    case talkingHead3

    /// The name of the rules that are no table.
    package static let talkingHead3Name = "tha3"
    /// Names that come with the project.
    package static var builtInNames: [String] { MappingTable.BuiltIn.allCases.map(\.rawValue) + [talkingHead3Name] }

    /// Those of a name; nil for one that is not built in.
    package init?(named name: String) throws(PoseError) {
        if name == Self.talkingHead3Name {
            self = .talkingHead3
        } else if let builtIn = MappingTable.BuiltIn(rawValue: name) {
            self = .table(try builtIn.table)
        } else {
            return nil
        }
    }

    /// Their own name.
    package var name: String {
        switch self {
        case .table(let table): table.name
        case .talkingHead3: Self.talkingHead3Name
        }
    }

    /// The numbers that they make where no model says otherwise.
    package var channels: [String] {
        switch self {
        case .table: PoseMapping.standardChannels
        case .talkingHead3: PoseLayout.talkingHead3.names
        }
    }
}

/// Rules made ready for the channels of one model.
package enum FaceMapping: Sendable {
    /// A table with its terms laid out for the channels.
    case table(ChannelMapping)
    /// The rules of Talking Head Anime 3, with 45 numbers.
    case talkingHead3(TalkingHead3Mapping)

    /// - Parameter channels: names of the model's numbers. Tables make the standard 20 where there are as many or they
    ///   stand for some of them.
    /// - Throws: where the rules do not make these numbers.
    package init(_ rules: MappingRules, channels: [String]) throws(PoseError) {
        switch rules {
        case .table(let table):
            let names = channels.count == Pose.count ? channels : PoseMapping.standardChannels
            self = .table(try ChannelMapping(table, channels: ChannelMapping.Channel.pose(names)))
        case .talkingHead3:
            guard channels == PoseLayout.talkingHead3.names else {
                throw PoseError(
                    .count,
                    "mapping tha3 makes the \(PoseLayout.talkingHead3.count) numbers of Talking Head Anime 3; expected "
                        + "a model of that family, got one of \(channels.count) numbers")
            }
            self = .talkingHead3(TalkingHead3Mapping())
        }
    }

    /// The rules for a face in ARKit's blendshapes that suit a model: its family's own, else the table ARKit.
    package init(arkitFor channels: [String]) throws(PoseError) {
        let isTalkingHead3 = channels == PoseLayout.talkingHead3.names
        try self.init(isTalkingHead3 ? .talkingHead3 : .table(MappingTable.BuiltIn.arkit.table), channels: channels)
    }

    /// The numbers of a pose.
    package func callAsFunction(_ inputs: [InputName: Double]) -> [Double] {
        switch self {
        case .table(let mapping): mapping(inputs)
        case .talkingHead3(let mapping): mapping(inputs)
        }
    }

    /// Inputs for these rules of a face whose mouth was measured.
    ///
    /// - Parameter mouthGap: between the lips, in distances between the eyes' inner corners.
    package func inputs(_ inputs: [InputName: Double], mouthGap: Double) -> [InputName: Double] {
        switch self {
        case .table: inputs
        case .talkingHead3: TalkingHead3Mapping.measured(inputs, mouthGap: mouthGap)
        }
    }

    /// Share of a face's expression that the pose shows; nil where the rules do not tell.
    package func expressed(_ inputs: [InputName: Double]) -> Expressed? {
        switch self {
        case .table: nil
        case .talkingHead3(let mapping): mapping.expressed(inputs)
        }
    }
}
