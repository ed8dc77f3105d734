/// The tables that are built in, a file of `Tables` each.
extension MappingTable {
    /// The tables that come with the project.
    package enum BuiltIn: String, Sendable, CaseIterable {
        /// The 52 blend shapes of ARKit, which phones and VMC programs with perfect sync send.
        case arkit
        /// The expressions of VRM 1 (and 0), which VMC programs send.
        case vrm
        /// The features of OpenSeeFace.
        case openseeface
        /// The morphs of MikuMikuDance models that the paper's Table 1 maps.
        case mmd

        /// The table's text, a start for one of one's own.
        package var text: [UInt8] {
            switch self {
            case .arkit: PackageResources.arkit_json
            case .vrm: PackageResources.vrm_json
            case .openseeface: PackageResources.openseeface_json
            case .mmd: PackageResources.mmd_json
            }
        }

        /// The table, read from the embedded file.
        package var table: MappingTable {
            get throws(PoseError) { try MappingTable(parsing: text) }
        }
    }
}
