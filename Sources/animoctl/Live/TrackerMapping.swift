import AnimoDrivers
import AnimoMotion

/// Makes poses of a tracker's frames: by the table that was chosen, else by the one for the names that come.
struct TrackerMapping: Sendable {
    private let chosen: ChannelMapping?
    private let channels: [ChannelMapping.Channel]
    private var builtIn: [MappingTable.BuiltIn: ChannelMapping] = [:]

    /// - Parameters:
    ///   - table: nil for whichever fits.
    ///   - channels: of the model, where it has others than the 20 of a pose.
    init(_ table: MappingTable?, channels: [ChannelMapping.Channel] = ChannelMapping.Channel.pose()) throws {
        self.channels = channels
        chosen = try table.map { table in try ChannelMapping(table, channels: channels) }
    }

    /// The pose of a frame; nil where no head is seen.
    mutating func pose(_ frame: TrackerFrame, by table: MappingTable.BuiltIn) throws -> [Float]? {
        guard frame.isTracking else { return nil }
        return try mapping(table)(frame.inputs).map { Float($0) }
    }

    private mutating func mapping(_ table: MappingTable.BuiltIn) throws -> ChannelMapping {
        if let mapping = chosen ?? builtIn[table] { return mapping }
        let mapping = try ChannelMapping(table.table, channels: channels)
        builtIn[table] = mapping
        return mapping
    }
}
