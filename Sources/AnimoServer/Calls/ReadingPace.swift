import AnimoWire
import NIOCore
import Synchronization

/// Pace at which the connections of one peer are read from while other peers have requests too.
///
/// All calls begin and end on one event loop, whatever they ask for, and those that ask for next to nothing cost it as
/// much as the others. A peer that opens calls as fast as it can would take a core, and with it a part of every
/// rendering. So what is read is charged to its peer by the generic cell rate algorithm (ITU-T I.371), and who is ahead
/// of its rate is read on later; nothing is refused for it. A peer that is alone is read as fast as it sends.
final class ReadingPace: Sendable {
    /// What was read and is to be done for it, in parts of some 15 microseconds of processor time.
    struct Work: Sendable {
        private(set) var units = 0

        /// Work of a connection that has just been opened.
        static var connection: Self { Self(units: 16) }

        /// Adds bytes, which are copied.
        mutating func add(bytes: Int) { units += bytes >> 16 }

        /// Adds what was read; a request makes a call with a task and an answer.
        mutating func add(_ event: FrameEvent) {
            if case .frame(let frame) = event, frame.kind == .request { units += 4 } else { units += 1 }
        }
    }

    private struct State: Sendable {
        /// Time at which each peer's work would have been done at the rate; of peers that are not ahead of it, none.
        var done: [PeerIdentity.Owner: NIODeadline] = [:]
        /// The peer that was read from last, and the last other one.
        var recent: [(owner: PeerIdentity.Owner, at: NIODeadline)] = []

        func isContended(beside owner: PeerIdentity.Owner, at now: NIODeadline) -> Bool {
            recent.contains { $0.owner != owner && now - $0.at < ReadingPace.contention }
        }
    }

    /// A unit's time at the rate of one peer: 2,000 calls a second, an eighth of a core.
    private static let unit = TimeAmount.microseconds(125)
    /// How far a peer may be ahead of its rate.
    private static let burst = TimeAmount.milliseconds(50)
    /// For how long after its work another peer may be expected to come with more.
    fileprivate static let contention = TimeAmount.seconds(1)

    private let state = Mutex(State())

    /// Whether another peer has requests, or had some a moment ago and may have more.
    func isContended(beside owner: PeerIdentity.Owner, at now: NIODeadline) -> Bool {
        state.withLock { $0.isContended(beside: owner, at: now) }
    }

    /// Charges a peer for what was read from it.
    ///
    /// - Returns: time until which the work waits, and that connection is not read from, as long as there are other
    ///   peers; nil where it is done at once.
    func charge(_ work: Work, to owner: PeerIdentity.Owner, at now: NIODeadline) -> NIODeadline? {
        guard work.units > 0 else { return nil }
        return state.withLock { state in
            let isContended = state.isContended(beside: owner, at: now)
            if state.recent.first?.owner == owner {
                state.recent[0].at = now
            } else {
                state.recent = [(owner, now)] + state.recent.filter { $0.owner != owner }.prefix(1)
            }
            if state.done.count > 1024 { state.done = state.done.filter { $0.value > now } }
            let done = max(now, state.done[owner] ?? now) + .nanoseconds(Self.unit.nanoseconds * Int64(work.units))
            guard isContended else {
                state.done[owner] = min(done, now + Self.burst)
                return nil
            }
            state.done[owner] = done
            return done > now + Self.burst ? done - Self.burst : nil
        }
    }
}
