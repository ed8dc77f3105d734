/// Remembers the latest few stream numbers that it was given.
struct RecentStreams: Sendable {
    private let capacity: Int
    private var members: Set<UInt32> = []
    private var order: [UInt32] = []
    private var oldest = 0

    init(capacity: Int) {
        self.capacity = max(capacity, 1)
    }

    func contains(_ stream: UInt32) -> Bool { members.contains(stream) }

    mutating func insert(_ stream: UInt32) {
        guard members.insert(stream).inserted else { return }
        if order.count < capacity {
            order.append(stream)
        } else {
            members.remove(order[oldest])
            order[oldest] = stream
            oldest = (oldest + 1) % capacity
        }
    }

    mutating func remove(_ stream: UInt32) {
        members.remove(stream)
    }
}
