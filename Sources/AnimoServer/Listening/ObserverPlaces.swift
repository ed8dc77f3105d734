import NIOCore
import Synchronization

/// Places for the connections of one listener of observers.
///
/// A newcomer beyond the limit replaces the observer that has been at its request for longest: a crowd that asks for
/// nothing cannot shut out the one that does. Where all have asked, the newcomer is closed.
final class ObserverPlaces: Sendable {
    private struct State {
        /// Connections whose request is not whole yet, the oldest first.
        var asking: [any Channel] = []
        var answered = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// - Returns: whether there is a place for it; it is to be left in the end.
    func enter(_ channel: any Channel) -> Bool {
        let (isIn, displaced): (Bool, (any Channel)?) = state.withLock { state in
            var displaced: (any Channel)?
            if state.asking.count + state.answered >= limit {
                guard !state.asking.isEmpty else { return (false, nil) }
                displaced = state.asking.removeFirst()
            }
            state.asking.append(channel)
            return (true, displaced)
        }
        displaced?.close(promise: nil)
        return isIn
    }

    /// Its request is whole: it keeps its place until it was answered.
    ///
    /// - Returns: false where it has lost its place.
    func beginAnswer(_ channel: any Channel) -> Bool {
        state.withLock { state in
            guard let index = state.asking.firstIndex(where: { $0 === channel }) else { return false }
            state.asking.remove(at: index)
            state.answered += 1
            return true
        }
    }

    /// - Parameter wasAnswered: whether `beginAnswer` kept its place.
    func leave(_ channel: any Channel, wasAnswered: Bool) {
        state.withLock { state in
            if wasAnswered { state.answered -= 1 } else { state.asking.removeAll { $0 === channel } }
        }
    }
}

/// Keeps an observer's connection short, and within the places there are.
final class ObserverHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Time for a whole request, and for all of a connection.
    static let requestTime = TimeAmount.seconds(5)
    static let connectionTime = TimeAmount.seconds(10)

    /// An inbound event: the request is whole, or will not be read to its end.
    enum Event { case asked }

    private let places: ObserverPlaces
    private var isIn = false
    private var wasAnswered = false
    private var deadlines: [Scheduled<Void>] = []

    init(places: ObserverPlaces) { self.places = places }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        isIn = places.enter(channel)
        guard isIn else { return context.close(promise: nil) }
        deadlines = [Self.requestTime, Self.connectionTime].map { time in
            context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
        }
        context.fireChannelActive()
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is Event else { return context.triggerUserOutboundEvent(event, promise: promise) }
        wasAnswered = places.beginAnswer(context.channel)
        deadlines.first?.cancel()
        promise?.succeed()
    }

    func channelInactive(context: ChannelHandlerContext) {
        for deadline in deadlines { deadline.cancel() }
        if isIn { places.leave(context.channel, wasAnswered: wasAnswered) }
        isIn = false
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

extension ObserverHandler: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
}
