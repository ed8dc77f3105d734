import NIOCore
import Synchronization

/// Connections that have not shown what they are for: bounded, so that sockets that say nothing keep no page out.
///
/// Beyond the limit the oldest is closed for the newest, which is more likely to be a browser's.
final class PendingConnections: Sendable {
    private let limit: Int
    /// The oldest first.
    private let channels = Mutex<[(id: ObjectIdentifier, channel: any Channel)]>([])

    init(limit: Int) { self.limit = limit }

    var count: Int { channels.withLock(\.count) }

    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        let excess: (any Channel)? = channels.withLock { channels in
            channels.append((id, channel))
            return channels.count > limit ? channels.removeFirst().channel : nil
        }
        channel.closeFuture.whenComplete { [weak self] _ in self?.remove(channel) }
        excess?.close(promise: nil)
    }

    func remove(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        let removed: (any Channel)? = channels.withLock { channels in
            guard let place = channels.firstIndex(where: { $0.id == id }) else { return nil }
            return channels.remove(at: place).channel
        }
        withExtendedLifetime(removed) {}
    }
}
