import AnimoDrivers
import AnimoMotion

/// Maps a tracker's frames to poses: by the chosen rules, else by those that fit the names it sends.
struct TrackerMapping: Sendable {
    private let chosen: FaceMapping?
    private let channels: [String]
    private var builtIn: [MappingTable.BuiltIn: FaceMapping] = [:]

    /// - Parameters:
    ///   - rules: nil for whichever fit.
    ///   - channels: names of the model's numbers.
    /// - Throws: where the rules are for another family's numbers.
    init(_ rules: MappingRules?, channels: [String] = PoseMapping.standardChannels) throws {
        self.channels = channels
        do {
            chosen = try rules.map { (rules) throws(PoseError) in try FaceMapping(rules, channels: channels) }
        } catch {
            throw Failure(.badData, "--mapping: \(error.message)")
        }
    }

    /// The pose of a frame; nil where no head is seen.
    mutating func pose(_ frame: TrackerFrame, by table: MappingTable.BuiltIn) throws -> [Float]? {
        guard frame.isTracking else { return nil }
        return try mapping(table)(frame.inputs).map { Float($0) }
    }

    private mutating func mapping(_ table: MappingTable.BuiltIn) throws -> FaceMapping {
        if let mapping = chosen ?? builtIn[table] { return mapping }
        let mapping =
            try table == .arkit ? FaceMapping(arkitFor: channels) : FaceMapping(.table(table.table), channels: channels)
        builtIn[table] = mapping
        return mapping
    }
}
