import AnimoWire
import NIOCore
import Synchronization

/// Pace at which the connections of one peer are read from while other peers have requests too.
///
/// All calls begin and end on one event loop, whatever they ask for, and those that ask for next to nothing cost it as
/// much as the others. A peer that opens calls as fast as it can would take a core, and with it a part of every
/// rendering. So what is read is charged to its peer by the generic cell rate algorithm (ITU-T I.371), and who is ahead
/// of its rate, 2,000 calls a second or an eighth of a core, is read on later; nothing is refused for it. A peer that is
/// alone is read as fast as it sends.
final class ReadingPace: Sendable {
    /// What was read and is to be done for it, as the time that one peer's share of the loop takes for it: eight times
    /// the processor's.
    struct Work: Sendable {
        private(set) var time = TimeAmount.zero

        /// Work of a connection that has just been opened.
        static var connection: Self { Self(time: .milliseconds(2)) }

        /// Adds bytes, which are copied: 125 microseconds for 64 KiB.
        mutating func add(bytes: Int) { time = time + .nanoseconds((Int64(bytes) * 125_000) >> 16) }

        /// Adds what was read; a request makes a call with a task and an answer.
        mutating func add(_ event: FrameEvent) {
            if case .frame(let frame) = event, frame.kind == .request {
                time = time + .microseconds(500)
            } else {
                time = time + .microseconds(125)
            }
        }
    }

    private struct State: Sendable {
        /// Time at which each peer's work would have been done at the rate; of peers that are not ahead of it, none.
        var done: [PeerIdentity.Owner: NIODeadline] = [:]
        var recent = RecentPeers<PeerIdentity.Owner>()
    }

    /// How far a peer may be ahead of its rate.
    private static let burst = TimeAmount.milliseconds(50)

    private let state = Mutex(State())

    /// Whether another peer has requests, or had some a moment ago and may have more.
    func isContended(beside owner: PeerIdentity.Owner, at now: NIODeadline) -> Bool {
        state.withLock { $0.recent.isContended(beside: owner, at: now) }
    }

    /// Charges a peer for what was read from it.
    ///
    /// - Returns: time until which the work waits, and that connection is not read from, as long as there are other
    ///   peers; nil where it is done at once.
    func charge(_ work: Work, to owner: PeerIdentity.Owner, at now: NIODeadline) -> NIODeadline? {
        guard work.time > .zero else { return nil }
        return state.withLock { state in
            let isContended = state.recent.isContended(beside: owner, at: now)
            state.recent.note(owner, at: now)
            if state.done.count > 1024 { state.done = state.done.filter { $0.value > now } }
            let done = max(now, state.done[owner] ?? now) + work.time
            guard isContended else {
                state.done[owner] = min(done, now + Self.burst)
                return nil
            }
            state.done[owner] = done
            return done > now + Self.burst ? done - Self.burst : nil
        }
    }
}
