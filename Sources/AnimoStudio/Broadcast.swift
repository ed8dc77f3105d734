import Synchronization

/// The picture on air: the newest one of the page that broadcasts, for every overlay that looks.
///
/// A viewer that falls behind sees the newest picture and none of those before; one that comes late, or after the
/// driver has stalled, sees the last there was.
final class Broadcast: Sendable {
    private struct State {
        var last: [UInt8]?
        var next: UInt64 = 0
        var viewers: [UInt64: AsyncStream<Void>.Continuation] = [:]
        /// The page on air; the one that asked last.
        var page: UInt64?
    }

    private let state = Mutex(State())

    /// The newest picture; nil before the first.
    var last: [UInt8]? { state.withLock(\.last) }

    func take(_ page: UInt64) { state.withLock { $0.page = page } }

    func leave(_ page: UInt64) { state.withLock { if $0.page == page { $0.page = nil } } }

    /// - Parameter page: whose picture this is; that of a page that is not on air is ignored, unless nobody is.
    func publish(_ picture: [UInt8], of page: UInt64) {
        let viewers: [AsyncStream<Void>.Continuation] = state.withLock { state in
            guard state.page == nil || state.page == page else { return [] }
            state.last = picture
            return Array(state.viewers.values)
        }
        for viewer in viewers { viewer.yield() }
    }

    /// Yields at once where there is a picture, and whenever there may be a newer ``last``.
    func changes() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let (number, hasPicture) = state.withLock { state in
            state.next += 1
            state.viewers[state.next] = continuation
            return (state.next, state.last != nil)
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.viewers.removeValue(forKey: number) }
        }
        if hasPicture { continuation.yield() }
        return stream
    }
}
