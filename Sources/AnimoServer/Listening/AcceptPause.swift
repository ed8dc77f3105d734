import Foundation
import NIOCore

/// Turns connections away while descriptors are scarce, and lets their listening socket rest for a second then.
///
/// Some must always be left: libdispatch ends a process in which it cannot open one of its own. Without a rest the
/// event loop would try to accept over and over, and take a processor from those who compute.
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let note: @Sendable () -> Void
    private var pause: Scheduled<Void>?

    /// - Parameter note: told of each connection that was rejected, and of each try to accept one that failed.
    init(note: @escaping @Sendable () -> Void) { self.note = note }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard DescriptorLimit.isNear else { return context.fireChannelRead(data) }
        note()
        unwrapInboundIn(data).close(promise: nil)
        rest(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is IOError {
            note()
            rest(context)
        }
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        pause?.cancel()
        context.fireChannelInactive()
    }

    private func rest(_ context: ChannelHandlerContext) {
        guard pause == nil, let options = context.channel.syncOptions else { return }
        try? options.setOption(ChannelOptions.autoRead, value: false)
        let bound = NIOLoopBound((handler: self, options: options), eventLoop: context.eventLoop)
        pause = context.eventLoop.scheduleTask(in: .seconds(1)) {
            bound.value.handler.pause = nil
            try? bound.value.options.setOption(ChannelOptions.autoRead, value: true)
        }
    }
}
