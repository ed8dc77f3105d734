import NIOCore
import Synchronization

/// Connections before their first request: bounded, so that silent sockets keep no page out.
///
/// Beyond the limit the oldest is closed for the newest, which is more likely to be a browser's.
final class PendingConnections: Sendable {
    private let limit: Int
    /// The oldest first.
    private let channels = Mutex<[(id: ObjectIdentifier, channel: any Channel)]>([])

    /// - Parameter limit: connections kept at once.
    init(limit: Int) { self.limit = limit }

    /// Connections at this moment.
    var count: Int { channels.withLock(\.count) }

    /// Adds a connection until it closes; beyond the limit closes the oldest.
    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        let excess: (any Channel)? = channels.withLock { channels in
            channels.append((id, channel))
            return channels.count > limit ? channels.removeFirst().channel : nil
        }
        channel.closeFuture.whenComplete { [weak self] _ in self?.remove(channel) }
        excess?.close(promise: nil)
    }

    /// Removes a connection that has become a page's or an overlay's, or has closed.
    func remove(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        let removed: (any Channel)? = channels.withLock { channels in
            guard let place = channels.firstIndex(where: { $0.id == id }) else { return nil }
            return channels.remove(at: place).channel
        }
        withExtendedLifetime(removed) {}
    }
}
