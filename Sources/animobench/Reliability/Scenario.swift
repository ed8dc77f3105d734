import ArgumentParser

/// One kind of abuse that the server withstands, measured beside a quiet run.
enum Scenario: String, CaseIterable, ExpressibleByArgument {
    /// Malformed frames from one client, good calls from four.
    case malformed
    /// Connections that are silent, slow, half open or never read, and good calls from four clients.
    case idleConnections = "idle-connections"
    /// Both sides write at the smallest socket buffers.
    case bothWays = "both-ways"
    /// Sessions under random cancels, timeouts and drops: one result for each frame, in order.
    case sessions
    /// Calls at 2, 5 and 10 times the capacity, in an open loop.
    case overload
    /// Everything at once, over and over.
    case soak

    /// Number in the table of the article on reliability, by which scripts may name it too.
    var row: Int {
        switch self {
        case .malformed: 5
        case .idleConnections: 6
        case .bothWays: 7
        case .sessions: 8
        case .overload: 9
        case .soak: 15
        }
    }

    /// - Returns: nil for a number that names no scenario.
    init?(row: Int) {
        guard let scenario = Self.allCases.first(where: { $0.row == row }) else { return nil }
        self = scenario
    }
}
