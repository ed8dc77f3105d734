import Synchronization

/// The picture on air: the newest one of the page that broadcasts, for every overlay that looks.
///
/// A viewer that falls behind sees the newest picture and none of those before; one that comes late, or after the
/// driver has stalled, sees the last there was. Where no page has asked for the air, the first to show a picture has
/// it.
final class Broadcast: Sendable {
    private struct State {
        var last: [UInt8]?
        var next: UInt64 = 0
        var viewers: [UInt64: AsyncStream<Void>.Continuation] = [:]
        /// The page on air.
        var page: UInt64?
        /// Whether that page is closed, and its stage goes on for the viewers.
        var isOrphaned = false
        /// Told when the orphaned stage is no longer needed.
        var orphan: AsyncStream<Void>.Continuation?

        mutating func takeOrphan() -> AsyncStream<Void>.Continuation? {
            defer { orphan = nil }
            return orphan
        }
    }

    private let state = Mutex(State())

    /// The newest picture; nil before the first.
    var last: [UInt8]? { state.withLock(\.last) }

    /// Number of overlays that look.
    var viewerCount: Int { state.withLock(\.viewers.count) }

    /// Puts a page on air.
    func take(_ page: UInt64) {
        let orphan = state.withLock { state in
            state.page = page
            state.isOrphaned = false
            return state.takeOrphan()
        }
        orphan?.finish()
    }

    /// A page has come: it takes the air from a stage that goes on without its page.
    func enter(_ page: UInt64) {
        if state.withLock({ $0.isOrphaned }) { take(page) }
    }

    /// Takes a page off air; its last picture stays. One that is not on air is left as it is.
    func leave(_ page: UInt64) {
        state.withLock { state in
            guard state.page == page else { return }
            state.page = nil
            state.isOrphaned = false
        }
    }

    /// A page is closed. Where overlays show its stage: ends when the last of them has gone, or another page is on air.
    ///
    /// - Returns: nil where nobody looks at it.
    func closed(_ page: UInt64) -> AsyncStream<Void>? {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let goesOn = state.withLock { state in
            guard state.page == page, !state.viewers.isEmpty else { return false }
            state.isOrphaned = true
            state.orphan = continuation
            return true
        }
        return goesOn ? stream : nil
    }

    /// - Parameter page: whose picture this is; that of a page that is not on air is ignored.
    func publish(_ picture: [UInt8], of page: UInt64) {
        let viewers: [AsyncStream<Void>.Continuation] = state.withLock { state in
            if state.page == nil { state.page = page }
            guard state.page == page else { return [] }
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
        continuation.onTermination = { [weak self] _ in self?.viewerLeft(number) }
        if hasPicture { continuation.yield() }
        return stream
    }

    private func viewerLeft(_ number: UInt64) {
        let (viewer, orphan) = state.withLock { state in
            (state.viewers.removeValue(forKey: number), state.viewers.isEmpty ? state.takeOrphan() : nil)
        }
        withExtendedLifetime(viewer) {}
        orphan?.finish()
    }
}
