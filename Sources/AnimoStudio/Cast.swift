import Synchronization

/// The heads on one page's stage, by place: whoever drives sends to all of them alike, from any thread.
final class Cast: Sendable {
    private let sessions = Mutex<[Int: HeadSession]>([:])

    /// Session of the head at a place, 0 to 3; nil where there is none.
    subscript(place: Int) -> HeadSession? {
        get { sessions.withLock { $0[place] } }
        set { sessions.withLock { $0[place] = newValue } }
    }

    /// Sessions at this moment, in no order.
    var all: [HeadSession] { sessions.withLock { Array($0.values) } }

    /// - Parameter place: of the one head that is meant; nil for all.
    func send(_ drive: HeadSession.Drive, to place: Int? = nil) {
        for session in all where place == nil || place == session.index { session.send(drive) }
    }
}
