import NIOCore

/// For how long the frame in hand has been coming. While the server does not read from its client the clock stands:
/// what is not read cannot become whole.
struct FrameClock: Sendable {
    /// In which a frame must be whole.
    static let limit = TimeAmount.seconds(10)

    /// Time at which the first byte of a frame came whose last has not, later by the time in which nothing was read.
    private(set) var began: NIODeadline?
    private var unreadSince: NIODeadline?

    /// Bytes were read.
    ///
    /// - Parameters:
    ///   - isInside: whether the last of them is a frame's that is not whole.
    ///   - hasEnded: whether a frame has become whole with them.
    mutating func read(isInside: Bool, hasEnded: Bool, at now: NIODeadline) {
        if hasEnded || !isInside { began = nil }
        if isInside { began = began ?? now }
    }

    /// The client is not read from.
    mutating func stop(at now: NIODeadline) { unreadSince = now }

    /// The client is read from again.
    mutating func resume(at now: NIODeadline) {
        guard let since = unreadSince else { return }
        unreadSince = nil
        began = began.map { $0 + (now - since) }
    }

    /// Whether the client takes too long.
    func isStalled(at now: NIODeadline) -> Bool { began.map { (unreadSince ?? now) - $0 > Self.limit } ?? false }
}
