import DequeModule
import NIOCore

/// Order of service. Within one priority peers take turns, and within a peer its sessions.
package enum Priority: Int, Sendable, CaseIterable, Comparable {
    case live, interactive, batch

    /// Orders by urgency, the most urgent first.
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// The order of work, apart from threads and clocks: jobs in, batches out.
///
/// Live goes before interactive before batch, but each lower priority that waits gets a tenth of the compute time. A peer
/// that has more urgent work waiting than a tenth of the queue has no priority over other peers' less urgent work with
/// the rest: they share. The queue is bounded by estimated compute time, and a job that could not finish in time is
/// refused on arrival.
package struct Schedule<Payload> {
    /// Jobs of one key may be computed together.
    package typealias Key = BatchKey

    /// Work that waits for its turn.
    package struct Job {
        /// Number by which a caller withdraws it.
        package let id: UInt64
        /// Urgency.
        package let priority: Priority
        /// Whose turn it takes within its priority.
        package let peer: UInt64
        /// Whose turn it takes within its peer.
        package let session: UInt64
        /// Key of the jobs that it may be computed together with.
        package let key: Key
        /// Time after which it is not begun.
        package let deadline: NIODeadline
        /// The work itself, which the schedule does not look at.
        package let payload: Payload
        /// Estimated seconds, set on admission.
        package fileprivate(set) var cost: Double = 0

        /// Creates a job; its cost is estimated on admission.
        package init(
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

    /// Reason why a job is not admitted.
    package struct Refusal: Error, Equatable {
        /// Estimated seconds until the job would be done, and how much of it is allowed.
        package let queued: Double
        /// Estimated seconds that a job may wait for.
        package let limit: Double
        /// Estimated seconds until the job could be admitted.
        package var retryAfter: Double { max(0.001, queued - limit) }
    }

    /// Jobs taken out of the schedule in one step.
    package struct Selection {
        /// To be computed together; empty when nothing waits.
        package var batch: [Job] = []
        /// Too late to be computed.
        package var expired: [Job] = []
    }

    /// Share of a job's wait that it must have to spare: estimates err, and a reply takes its way. Without it an
    /// overloaded queue is full of jobs that are done the moment their time is up.
    private static var spare: Double { 0.05 }

    /// Estimated seconds of compute that a job may wait for.
    package let limit: Double
    private var queues = Priority.allCases.map { _ in FairQueue<Job>() }
    /// Compute seconds each queue is owed for having waited; it is served first at nine times its next job's cost.
    private var debts = [Double](repeating: 0, count: Priority.allCases.count)
    /// Number of batches that are computed side by side.
    private let workers: Int
    /// Batches that are being computed, by their first job.
    private var running: [UInt64: (cost: Double, since: NIODeadline)] = [:]
    private var costs = CostModel()
    private var places: [UInt64: (queue: Int, peer: UInt64, session: UInt64)] = [:]

    /// - Parameters:
    ///   - limit: estimated seconds of compute that a job may wait for.
    ///   - workers: number of batches that are computed side by side.
    package init(limit: Double, workers: Int = 1) {
        self.limit = limit
        self.workers = max(1, workers)
    }

    /// Number of jobs that wait.
    package var count: Int { places.count }
    /// Whether no job waits.
    package var isEmpty: Bool { places.isEmpty }
    /// Estimated seconds of compute that wait.
    package var queuedSeconds: Double { queues.reduce(0) { $0 + $1.cost } }

    /// Takes a job in, unless it could not be finished in time.
    ///
    /// Ahead of it count the jobs of higher priorities and, of its own, those that go before it in turn: a peer or a
    /// session that has filled the queue is refused, and others are not for its sake.
    package mutating func admit(_ job: Job, now: NIODeadline) throws(Refusal) {
        var job = job
        job.cost = costs.seconds(for: job.key)
        let queue = job.priority.rawValue
        let isProbe = isIdle && !costs.isFresh(job.key, at: now)
        if let refusal = refusal(
            queue, job.peer, job.session, cost: job.cost, deadline: isProbe ? .distantFuture : job.deadline, now: now)
        {
            throw refusal
        }
        places[job.id] = (queue, job.peer, job.session)
        queues[queue].append(job, peer: job.peer, session: job.session, cost: job.cost)
    }

    /// Reason why not even the cheapest rendering that is known could be admitted; nil where one might be. For who has
    /// not read yet what is asked for.
    package func refusal(
        _ priority: Priority, peer: UInt64, session: UInt64, deadline: NIODeadline, now: NIODeadline
    ) -> Refusal? {
        guard !isIdle, let cost = costs.cheapestRendering else { return nil }
        return refusal(priority.rawValue, peer, session, cost: cost, deadline: deadline, now: now)
    }

    private func refusal(
        _ queue: Int, _ peer: UInt64, _ session: UInt64, cost: Double, deadline: NIODeadline, now: NIODeadline
    ) -> Refusal? {
        let own = queues[queue].ahead(peer: peer, session: session, cost: cost)
        let ahead = queues[..<queue].reduce(own - cost) {
            $0 + $1.ahead(ofLessUrgent: own, peer: peer, most: mostUrgent)
        }
        let queued = ahead / Double(workers) + cost
        // One job may take longer than the queue may be.
        if queued > cost, queued > limit { return Refusal(queued: queued, limit: limit) }
        let allowed = (deadline - now).seconds
        let wait = remaining(at: now) + queued - cost
        let done = wait * (1 + Self.spare) + cost
        return done > allowed ? Refusal(queued: done, limit: max(0, allowed)) : nil
    }

    /// Seconds of a peer's waiting work of one priority that goes before other peers' less urgent work.
    private var mostUrgent: Double { limit / 10 }

    /// Nothing waits and a worker is free.
    private var isIdle: Bool { running.count < workers && isEmpty }

    /// Takes a job out that has not been selected; nil when it is not there.
    package mutating func withdraw(_ id: UInt64) -> Job? {
        guard let place = places.removeValue(forKey: id) else { return nil }
        return queues[place.queue].remove(peer: place.peer, session: place.session) { $0.id == id }
    }

    /// The next batch of up to `batchLimit` jobs, and all that were found too late on the way.
    package mutating func next(now: NIODeadline, batchLimit: (Job) -> Int) -> Selection {
        var selection = Selection()
        while selection.batch.isEmpty, let queue = nextQueue() {
            take(from: queue, now: now, into: &selection) { _ in true }
        }
        guard let first = selection.batch.first else { return selection }
        let limit = batchLimit(first)
        for queue in queues.indices {
            while selection.batch.count < limit {
                // Company must not make those late who are there.
                let room = (selection.batch.lazy.map(\.deadline).min().map { $0 - now } ?? .zero).seconds
                let cost = selection.batch.reduce(0) { $0 + $1.cost }
                let lead = Double(limit) * first.cost
                let isTaken = take(from: queue, lead: lead, now: now, into: &selection) {
                    $0.key == first.key && cost + $0.cost <= room
                }
                if !isTaken { break }
            }
        }
        running[first.id] = (selection.batch.reduce(0) { $0 + $1.cost }, now)
        return selection
    }

    /// A batch that was selected has ended.
    package mutating func finished(_ batch: [Job], now: NIODeadline) {
        guard let first = batch.first, let ended = running.removeValue(forKey: first.id) else { return }
        costs.learn(first.key, seconds: (now - ended.since).seconds / Double(batch.count), at: now)
    }

    /// Everything that waits, taken out.
    package mutating func removeAll() -> [Job] {
        var all: [Job] = []
        for queue in queues.indices {
            while let job = queues[queue].popFirst() { all.append(job) }
        }
        places = [:]
        return all
    }

    /// Whether there was one.
    @discardableResult
    private mutating func take(
        from queue: Int, lead: Double = .infinity, now: NIODeadline, into selection: inout Selection,
        where condition: (Job) -> Bool
    ) -> Bool {
        guard let job = queues[queue].popFirst(lead: lead, where: condition) else { return false }
        places[job.id] = nil
        if isTooLate(job, after: selection.batch, now: now) {
            selection.expired.append(job)
        } else {
            selection.batch.append(job)
            pay(job, from: queue)
        }
        return true
    }

    /// Whether a job's deadline has passed, or would before it is done while there is other work to do.
    private func isTooLate(_ job: Job, after batch: [Job], now: NIODeadline) -> Bool {
        let left = (job.deadline - now).seconds
        if left <= 0 { return true }
        if batch.isEmpty, isEmpty { return false }
        return batch.reduce(job.cost) { $0 + $1.cost } > left
    }

    private func remaining(at now: NIODeadline) -> Double {
        running.values.reduce(0) { $0 + max(0, $1.cost - (now - $1.since).seconds) } / Double(workers)
    }

    /// A lower queue that is owed its tenth goes first, else the most urgent that waits.
    private func nextQueue() -> Int? {
        let waiting = queues.indices.filter { !queues[$0].isEmpty }
        let owed = waiting.dropFirst().first { debts[$0] >= priority(over: $0, waiting) * queues[$0].nextCost }
        return owed ?? waiting.first
    }

    /// Seconds that the more urgent queues get for each of a less urgent one.
    private func priority(over queue: Int, _ waiting: [Int]) -> Double {
        guard let urgent = waiting.first, let peer = queues[urgent].nextPeer else { return 9 }
        return queues[urgent].cost(of: peer) > mostUrgent && queues[queue].nextPeer != peer ? 1 : 9
    }

    private mutating func pay(_ job: Job, from queue: Int) {
        debts[queue] = max(0, debts[queue] - 9 * job.cost)
        for other in queues.indices.dropFirst() where other != queue {
            if queues[other].isEmpty { debts[other] = 0 } else { debts[other] += job.cost }
        }
    }
}

extension TimeAmount {
    var seconds: Double { Double(nanoseconds) / 1e9 }
}

extension Schedule.Job: Sendable where Payload: Sendable {}
extension Schedule.Selection: Sendable where Payload: Sendable {}
