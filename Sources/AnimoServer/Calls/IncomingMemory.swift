import NIOCore
import Synchronization

/// Memory of frames that have begun and are not whole yet, shared by peers.
///
/// The first bytes of every connection's frame are free, so that a small call never waits. Beyond them a peer may have
/// three quarters of all, and where there is no room left, readers wait: of the peer that has the least the one whose
/// frame began first goes on. While it waits the client is not read from, and its clock stands. Where all of a
/// peer wait for each other the one whose frame began first may exceed the limit until its frame is whole.
final class IncomingMemory: Sendable {
    /// Bytes of a frame that are not counted: all of a call that names its source, most of one that brings a picture.
    static let free = 64 << 10

    private struct Waiter: Sendable {
        let reader: UInt64
        let owner: PeerIdentity.Owner
        let bytes: Int
        /// Time at which its frame began.
        let began: NIODeadline
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct Holding: Sendable {
        let owner: PeerIdentity.Owner
        var bytes = 0
    }

    private struct State: Sendable {
        var used = 0
        /// The most since it was last asked for.
        var highWater = 0
        /// By reader.
        var holdings: [UInt64: Holding] = [:]
        var peers: [PeerIdentity.Owner: Int] = [:]
        var waiters: [Waiter] = []
        /// The reader that may exceed the limit.
        var privileged: UInt64?

        func fits(_ bytes: Int, of owner: PeerIdentity.Owner, within limit: Int) -> Bool {
            let own = peers[owner] ?? 0
            // One that is alone may exceed the limit, or its frame could never be read.
            if own == 0, used == 0 { return true }
            return bytes <= limit - used && (own == 0 || bytes <= limit - limit / 4 - own)
        }

        mutating func reserve(_ bytes: Int, for reader: UInt64, of owner: PeerIdentity.Owner) {
            used += bytes
            highWater = max(highWater, used)
            peers[owner, default: 0] += bytes
            holdings[reader, default: Holding(owner: owner)].bytes += bytes
        }

        mutating func release(_ bytes: Int, from reader: UInt64) {
            guard var holding = holdings[reader] else { return }
            let returned = min(bytes, holding.bytes)
            used -= returned
            holding.bytes -= returned
            holdings[reader] = holding.bytes > 0 ? holding : nil
            let left = (peers[holding.owner] ?? 0) - returned
            peers[holding.owner] = left > 0 ? left : nil
            if holding.bytes == 0, privileged == reader { privileged = nil }
        }

        /// Those that go on now, in their order; their bytes are taken.
        mutating func ready(within limit: Int) -> [Waiter] {
            var ready: [Waiter] = []
            while let next = next(within: limit) {
                reserve(next.bytes, for: next.reader, of: next.owner)
                waiters.removeAll { $0.reader == next.reader }
                ready.append(next)
            }
            return ready
        }

        private mutating func next(within limit: Int) -> Waiter? {
            let fitting = waiters.filter { $0.reader == privileged || fits($0.bytes, of: $0.owner, within: limit) }
            if let next = fitting.min(by: { (peers[$0.owner] ?? 0, $0.began) < (peers[$1.owner] ?? 0, $1.began) }) {
                return next
            }
            guard privileged == nil else { return nil }
            // A reader that does not wait will release its bytes, or be closed in time; where all of a peer wait,
            // nobody would.
            let waiting = Set(waiters.map(\.reader))
            let going = Set(holdings.filter { !waiting.contains($0.key) }.map(\.value.owner))
            let oldest = waiters.filter { !going.contains($0.owner) && peers[$0.owner] != nil }
                .min { $0.began < $1.began }
            privileged = oldest?.reader
            return oldest
        }
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: in bytes.
    init(limit: Int) { self.limit = limit }

    /// Bytes that are reserved.
    var used: Int { state.withLock { $0.used } }
    /// The most that was taken since this was last called, in bytes.
    func takeHighWater() -> Int {
        state.withLock { state in
            defer { state.highWater = state.used }
            return state.highWater
        }
    }

    /// Readers that wait for room.
    var waiting: Int { state.withLock { $0.waiters.count } }

    /// Waits for room and takes it.
    ///
    /// - Parameters:
    ///   - reader: the connection's number; one waits once at a time.
    ///   - began: when its frame did.
    /// - Throws: `CancellationError`.
    func reserve(_ bytes: Int, for reader: UInt64, of owner: PeerIdentity.Owner, began: NIODeadline) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer: Result<Void, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.waiters.isEmpty, state.fits(bytes, of: owner, within: limit) {
                        state.reserve(bytes, for: reader, of: owner)
                        return .success(())
                    }
                    state.waiters.append(
                        Waiter(reader: reader, owner: owner, bytes: bytes, began: began, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(with: answer) } else { serve() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.reader == reader }.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Releases a reader's bytes, and lets those go on for whom there is room now.
    func release(_ bytes: Int, from reader: UInt64) {
        guard bytes > 0 else { return }
        state.withLock { $0.release(bytes, from: reader) }
        serve()
    }

    /// Lets those go on for whom there is room now.
    private func serve() {
        let ready = state.withLock { $0.ready(within: limit) }
        for waiter in ready { waiter.continuation.resume() }
    }
}
