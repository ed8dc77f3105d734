import AnimoWire
import Synchronization

/// Frames on their way to the socket. Putting one in never waits; the writer takes them out as the socket lets it.
///
/// It is bounded by those who fill it: calls hold their place until their reply was handed over, sessions have a
/// window. What nobody counts, answers to what opened no stream, is counted here.
final class OutboundQueue: Sendable {
    struct Item: Sendable {
        let frame: Frame
        /// Reservation of what the frame was encoded from, until it is written.
        let memory: MemoryReservation?
        let isUncounted: Bool
        let handedOver: @Sendable () -> Void
    }

    private struct State {
        var waiting = 0
        var written = 0
        var uncounted = 0
    }

    /// Number of waiting frames whose memory nobody else counts.
    private static let limit = 1024
    let items: AsyncStream<Item>
    private let continuation: AsyncStream<Item>.Continuation
    private let state = Mutex(State())

    init() { (items, continuation) = AsyncStream.makeStream() }

    func put(_ frame: Frame, memory: MemoryReservation? = nil, handedOver: @escaping @Sendable () -> Void = {}) {
        state.withLock { $0.waiting += 1 }
        continuation.yield(Item(frame: frame, memory: memory, isUncounted: false, handedOver: handedOver))
    }

    /// Puts in what nobody else counts.
    func putUncounted(_ frame: Frame) {
        state.withLock {
            $0.waiting += 1
            $0.uncounted += 1
        }
        continuation.yield(Item(frame: frame, memory: nil, isUncounted: true, handedOver: {}))
    }

    /// Whether a client asks and asks and reads no answer.
    var isOverfull: Bool { state.withLock { $0.uncounted > Self.limit } }

    func finish() { continuation.finish() }

    /// Frames that wait, the one that is being written among them, and those that were written.
    var progress: (waiting: Int, written: Int) { state.withLock { ($0.waiting, $0.written) } }

    func wrote(_ item: Item) {
        state.withLock {
            $0.waiting -= 1
            if item.isUncounted { $0.uncounted -= 1 }
            $0.written += 1
        }
    }
}
