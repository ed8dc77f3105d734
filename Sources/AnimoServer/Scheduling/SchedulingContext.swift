import NIOCore

/// Owner, urgency and deadline of a piece of work.
package struct SchedulingContext: Sendable {
    /// Urgency.
    package var priority: Priority
    /// Peers take turns within a priority.
    package var peer: UInt64
    /// Sessions take turns within a peer.
    package var session: UInt64
    /// Work that has not begun by then is refused.
    package var deadline: NIODeadline

    /// Creates a context from its fields.
    package init(priority: Priority, peer: UInt64, session: UInt64, deadline: NIODeadline) {
        self.priority = priority
        self.peer = peer
        self.session = session
        self.deadline = deadline
    }
}
