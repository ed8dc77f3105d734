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
    /// Health changes while clients that watch it leave.
    case watchers
    /// Pictures that are small to send and slow to decode, of clients that leave, and good calls with a picture each.
    case decodeFlood = "decode-flood"
    /// Large frames but for their last byte, and good calls from four clients.
    case halfFrames = "half-frames"
    /// One peer that takes all it can have, and good calls from four clients of another.
    case hogs
    /// All of these abuses at once, and two good clients.
    case siege

    /// Number in the table of the article on reliability, by which scripts may name it too.
    var row: Int {
        switch self {
        case .malformed: 5
        case .idleConnections: 6
        case .bothWays: 7
        case .sessions: 8
        case .overload: 9
        case .soak: 15
        case .watchers: 21
        case .decodeFlood: 22
        case .halfFrames: 23
        case .hogs: 24
        case .siege: 25
        }
    }

    /// Whether its abusers are peers of their own, who come over TCP from addresses of the loopback.
    var hasPeers: Bool {
        switch self {
        case .malformed, .idleConnections, .bothWays, .sessions, .overload, .soak: false
        case .watchers, .decodeFlood, .halfFrames, .hogs, .siege: true
        }
    }

    /// - Returns: nil for a number that names no scenario.
    init?(row: Int) {
        guard let scenario = Self.allCases.first(where: { $0.row == row }) else { return nil }
        self = scenario
    }
}
