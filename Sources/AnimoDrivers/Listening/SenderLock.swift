import AnimoMotion

/// Choice of one sender among several: the first that completes a frame, until it has completed none for a while.
///
/// Until then every sender is read by itself, a few of them, since some protocols need several datagrams for a frame.
struct SenderLock<Sender: Hashable & Sendable>: Sendable {
    /// Fate of a datagram.
    enum Outcome: Sendable {
        /// It completed a frame.
        case frame(TrackerFrame)
        /// It is what the protocol says and completes nothing.
        case taken
        /// It is not what the protocol says.
        case refused
        /// Another sender is listened to.
        case foreign
    }

    /// Seconds without a frame after which another sender may take over.
    private let idleTimeout: Double
    /// The most senders that are read at a time while none is listened to.
    private static var candidateLimit: Int { 8 }

    private let fresh: TrackerReader
    private var holder: (sender: Sender, heard: Double)?
    private var readers: [Sender: TrackerReader] = [:]

    /// - Parameters:
    ///   - reader: a fresh reader, copied for every sender.
    ///   - idleTimeout: seconds without a frame after which another sender may take over.
    init(_ reader: TrackerReader, idleTimeout: Double = 1) {
        fresh = reader
        self.idleTimeout = idleTimeout
    }

    /// The built-in table for the names that the sender in hand sends.
    var table: MappingTable.BuiltIn { (holder.flatMap { readers[$0.sender] } ?? fresh).table }

    /// - Parameter now: seconds on a clock that never runs back.
    mutating func take(_ datagram: ArraySlice<UInt8>, from sender: Sender, now: Double) -> Outcome {
        if let holder, holder.sender != sender {
            guard now - holder.heard > idleTimeout else { return .foreign }
            self.holder = nil
            readers = [:]
        }
        var reader = readers[sender] ?? fresh
        guard readers[sender] != nil || readers.count < Self.candidateLimit else {
            // Room for whoever speaks now; nobody has completed a frame yet.
            readers = [:]
            return take(datagram, from: sender, now: now)
        }
        do {
            let frame = try reader.take(datagram)
            readers[sender] = reader
            guard let frame else { return .taken }
            holder = (sender, now)
            if readers.count > 1 { readers = [sender: reader] }
            return .frame(frame)
        } catch {
            return .refused
        }
    }
}
