import DequeModule
import NIOCore

/// Who goes first. Within one priority peers take turns, and within a peer its sessions.
public enum Priority: Int, Sendable, CaseIterable, Comparable {
    case live, interactive, batch

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// The order of work, apart from threads and clocks: jobs in, batches out.
///
/// Live goes before interactive before batch, but each lower priority that waits gets a tenth of the compute
/// time. The queue is bounded by estimated compute time, and a job that could not finish in time is refused on arrival.
public struct Schedule<Payload> {
    /// Jobs of one key may be computed together.
    public typealias Key = BatchKey

    public struct Job {
        public let id: UInt64
        public let priority: Priority
        public let peer: UInt64
        public let session: UInt64
        public let key: Key
        public let deadline: NIODeadline
        public let payload: Payload
        /// Estimated seconds, set on admission.
        fileprivate(set) var cost: Double = 0

        public init(
            id: UInt64, priority: Priority, peer: UInt64, session: UInt64, key: Key, deadline: NIODeadline,
            payload: Payload
        ) {
            self.id = id
            self.priority = priority
            self.peer = peer
            self.session = session
            self.key = key
            self.deadline = deadline
            self.payload = payload
        }
    }

    public struct Refusal: Error, Equatable {
        /// Estimated seconds of work ahead, and how much of it is allowed.
        public let queued: Double
        public let limit: Double
        public var retryAfter: Double { max(0.001, queued - limit) }
    }

    public struct Selection {
        /// To be computed together; empty when nothing waits.
        public var batch: [Job] = []
        /// Too late to be computed.
        public var expired: [Job] = []
    }

    /// Estimated seconds of compute that may wait.
    public let limit: Double
    private var lanes = Priority.allCases.map { _ in Lane<Job>() }
    /// Compute seconds each lane is owed for having waited; it is served first at nine times its next job's cost.
    private var debts = [Double](repeating: 0, count: Priority.allCases.count)
    private var running: (cost: Double, since: NIODeadline)?
    private var costs = CostEstimates()
    private var places: [UInt64: Priority] = [:]

    public init(limit: Double) { self.limit = limit }

    public var count: Int { places.count }
    public var isEmpty: Bool { places.isEmpty }
    /// Estimated seconds of compute that wait.
    public private(set) var queuedSeconds = 0.0

    /// Takes a job in, unless it could not be finished in time.
    public mutating func admit(_ job: Job, now: NIODeadline) throws(Refusal) {
        var job = job
        job.cost = costs.seconds(for: job.key)
        let ahead = lanes.indices.filter { $0 <= job.priority.rawValue }.reduce(remaining(at: now)) {
            $0 + lanes[$1].cost
        }
        if queuedSeconds > 0, queuedSeconds + job.cost > limit {
            throw Refusal(queued: queuedSeconds + job.cost, limit: limit)
        }
        let allowed = Double((job.deadline - now).nanoseconds) / 1e9
        if ahead > 0, ahead + job.cost > allowed { throw Refusal(queued: ahead + job.cost, limit: max(0, allowed)) }
        queuedSeconds += job.cost
        places[job.id] = job.priority
        lanes[job.priority.rawValue].append(job, peer: job.peer, session: job.session, cost: job.cost)
    }

    /// Takes a job out that has not been selected; nil when it is not there.
    public mutating func withdraw(_ id: UInt64) -> Job? {
        guard let priority = places.removeValue(forKey: id),
            let job = lanes[priority.rawValue].remove(where: { $0.id == id }, cost: \.cost)
        else { return nil }
        settle(job)
        return job
    }

    /// The next batch of up to `batchLimit` jobs, and all that were found expired on the way.
    public mutating func next(now: NIODeadline, batchLimit: (Job) -> Int) -> Selection {
        var selection = Selection()
        while let lane = nextLane() {
            guard let first = lanes[lane].popFirst(cost: \.cost) else { break }
            leave(first)
            if first.deadline <= now {
                selection.expired.append(first)
                continue
            }
            pay(first, from: lane)
            selection.batch.append(first)
            let limit = batchLimit(first)
            for lane in lanes.indices {
                while selection.batch.count < limit,
                    let job = lanes[lane].popFirst(where: { $0.key == first.key }, cost: \.cost)
                {
                    leave(job)
                    if job.deadline <= now {
                        selection.expired.append(job)
                    } else {
                        pay(job, from: lane)
                        selection.batch.append(job)
                    }
                }
            }
            running = (selection.batch.reduce(0) { $0 + $1.cost }, now)
            break
        }
        return selection
    }

    /// The batch that was selected last has ended, `seconds` after it was begun.
    public mutating func finished(_ batch: [Job], seconds: Double) {
        running = nil
        guard let key = batch.first?.key else { return }
        costs.learn(key, seconds: seconds / Double(batch.count))
    }

    /// Everything that waits, taken out.
    public mutating func removeAll() -> [Job] {
        var all: [Job] = []
        for lane in lanes.indices {
            while let job = lanes[lane].popFirst(cost: \.cost) {
                leave(job)
                all.append(job)
            }
        }
        return all
    }

    private func remaining(at now: NIODeadline) -> Double {
        guard let running else { return 0 }
        return max(0, running.cost - Double((now - running.since).nanoseconds) / 1e9)
    }

    /// A lower lane that is owed its tenth goes first, else the most urgent that waits.
    private func nextLane() -> Int? {
        let waiting = lanes.indices.filter { !lanes[$0].isEmpty }
        let owed = waiting.dropFirst().first { debts[$0] >= 9 * max(lanes[$0].nextCost(\.cost), 1e-6) }
        return owed ?? waiting.first
    }

    private mutating func pay(_ job: Job, from lane: Int) {
        let cost = max(job.cost, 1e-6)
        debts[lane] = max(0, debts[lane] - 9 * cost)
        for lower in lanes.indices where lower > lane {
            if lanes[lower].isEmpty { debts[lower] = 0 } else { debts[lower] += cost }
        }
    }

    private mutating func leave(_ job: Job) {
        places[job.id] = nil
        settle(job)
    }

    private mutating func settle(_ job: Job) {
        queuedSeconds = places.isEmpty ? 0 : max(0, queuedSeconds - job.cost)
    }
}
