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
/// Live goes before interactive before batch, but each lower priority that waits gets a tenth of the compute
/// time. A peer that has more work of one priority waiting than a tenth of the queue, a surplus, has no priority over
/// other peers' less urgent work: that has three parts of the time and the surplus one, and its jobs join nobody else's
/// batch. A batch that takes long lets short work of other peers in between, half of the time at most. The queue is
/// bounded by estimated compute time, and a job that could not finish in time is refused on arrival.
package struct Schedule<Payload> {
    /// Jobs of one key may be computed together.
    package typealias Key = BatchKey

    /// Work that waits for its turn.
    package struct Job {
        /// Number by which a caller withdraws it.
        package let id: UInt64
        /// Urgency.
        package let priority: Priority
        /// Peer among whose jobs it queues within its priority.
        package let peer: UInt64
        /// Session among whose jobs it queues within its peer.
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

    /// A batch that is being computed.
    private struct Running {
        let priority: Priority
        let peer: UInt64
        let hasSurplus: Bool
        /// Estimated seconds.
        let cost: Double
        let deadline: NIODeadline
        /// Beginning, put later by the time that was given to others in between.
        var since: NIODeadline
        /// Seconds that were given to others in between.
        var given = 0.0

        func spent(at now: NIODeadline) -> Double { max(0, (now - since).seconds) }

        /// Remaining seconds; a job that takes longer than expected is expected to take as long again.
        func left(at now: NIODeadline) -> Double {
            let spent = spent(at: now)
            return spent < cost ? cost - spent : spent
        }
    }

    /// Choice of the next job, and the right by which it is chosen.
    private struct Turn {
        enum Right {
            /// Its work is the most urgent that waits.
            case urgent
            /// The queue has waited long enough for its tenth.
            case tenth
            /// The queue's work of others than this peer, which has a surplus, has waited long enough for its share.
            case share(beside: UInt64)

            var isShare: Bool { if case .share = self { true } else { false } }

            func allows(_ peer: UInt64) -> Bool {
                if case .share(let excluded) = self { peer != excluded } else { true }
            }
        }

        let queue: Int
        let right: Right
        let cost: Double
    }

    /// Share of a job's wait that it must have to spare: estimates err, and a reply takes its way. Without it an
    /// overloaded queue is full of jobs that are done the moment their time is up.
    private static var spare: Double { 0.05 }

    /// Seconds that others' less urgent work may have for each second of peers with a surplus.
    private static var othersPart: Double { 3 }

    /// Seconds of a batch that lets others in between: those that are shorter are not worth it.
    private static var longest: Double { 0.05 }

    /// Estimated seconds of compute that a job may wait for.
    package let limit: Double
    private var queues = Priority.allCases.map { _ in FairQueue<Job>() }
    /// Compute seconds each queue is owed for having waited; it is served first at nine times its next job's cost.
    private var debts = [Double](repeating: 0, count: Priority.allCases.count)
    /// Compute seconds that each queue's work of others is owed beside a surplus, for the time that this had while they
    /// waited, or for its last job where none did; it is served first at its next job's cost.
    private var shares = [Double](repeating: 0, count: Priority.allCases.count)
    private var served = RecentPeers<UInt64>()
    /// Number of batches that are computed side by side.
    private let workers: Int
    /// Batches that are being computed, by their first job.
    private var running: [UInt64: Running] = [:]
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

    private func peersWithSurplus(in queue: Int) -> Set<UInt64> { queues[queue].peers(withMoreThan: mostUrgent) }

    /// Whether others than a peer have work, or had some a moment ago and may have more.
    private func isContended(beside peer: UInt64, now: NIODeadline) -> Bool {
        queues.contains { $0.next { $0.peer != peer } != nil }
            || served.isContended(beside: peer, at: now)
    }

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
        var right = Turn.Right.urgent
        var surplus: Set<UInt64> = []
        while selection.batch.isEmpty, let turn = nextTurn() {
            right = turn.right
            surplus = peersWithSurplus(in: turn.queue)
            take(from: turn.queue, by: right, now: now, into: &selection) { right.allows($0.peer) }
        }
        guard let first = selection.batch.first else { return selection }
        let hasSurplus = surplus.contains(first.peer)
        let isAlone = hasSurplus && isContended(beside: first.peer, now: now)
        fill(&selection, upTo: isAlone ? 1 : batchLimit(first), by: right, now: now)
        begin(selection.batch, hasSurplus: hasSurplus, now: now)
        return selection
    }

    /// Takes company for the first job of a batch.
    private mutating func fill(_ selection: inout Selection, upTo limit: Int, by right: Turn.Right, now: NIODeadline) {
        guard let first = selection.batch.first else { return }
        let own = first.priority.rawValue
        for queue in queues.indices {
            while selection.batch.count < limit {
                // Company must not make those late who are there.
                let room = (selection.batch.lazy.map(\.deadline).min().map { $0 - now } ?? .zero).seconds
                let cost = selection.batch.reduce(0) { $0 + $1.cost }
                let lead = Double(limit) * first.cost
                let owed: Double
                switch right {
                case .urgent: owed = .infinity
                // It goes before more urgent work, and no further than it may.
                case .tenth: owed = queue == own ? debts[queue] / 9 : 0
                case .share: owed = queue == own ? shares[queue] : 0
                }
                let surplus = peersWithSurplus(in: queue)
                let isTaken = take(from: queue, by: right, lead: lead, now: now, into: &selection) {
                    $0.key == first.key && cost + $0.cost <= room && $0.cost <= owed && right.allows($0.peer)
                        && ($0.peer == first.peer || !surplus.contains($0.peer))
                }
                if !isTaken { break }
            }
        }
    }

    private mutating func begin(_ batch: [Job], hasSurplus: Bool, now: NIODeadline) {
        guard let first = batch.first else { return }
        running[first.id] = Running(
            priority: first.priority, peer: first.peer, hasSurplus: hasSurplus, cost: batch.reduce(0) { $0 + $1.cost },
            deadline: batch.lazy.map(\.deadline).min() ?? first.deadline, since: now)
        served.note(first.peer, at: now)
    }

    /// A batch that was selected has ended.
    package mutating func finished(_ batch: [Job], now: NIODeadline) {
        guard let first = batch.first, let ended = running.removeValue(forKey: first.id) else { return }
        costs.learn(first.key, seconds: ended.spent(at: now) / Double(batch.count), at: now)
    }

    // MARK: In the midst of a batch

    /// Whether a batch takes so long that short work of others is let in between.
    package func isLong(_ batch: [Job]) -> Bool { batch.reduce(0) { $0 + $1.cost } > Self.longest }

    /// Short work of another peer to be computed in the midst of a batch, and all that was found too late on the way;
    /// empty where it had better wait.
    ///
    /// It is let in when the batch has had as much time as it is like to take, nine times as much where the batch is
    /// more urgent and without a surplus; when the batch would take longer than that yet, and is not made late.
    package mutating func interlude(in batch: [Job], now: NIODeadline) -> Selection {
        var selection = Selection()
        guard let first = batch.first, let current = running[first.id] else { return selection }
        let (spent, left) = (current.spent(at: now), current.left(at: now))
        while selection.batch.isEmpty, let turn = nextTurn(without: current.peer) {
            let goesBefore = turn.queue > current.priority.rawValue && !current.hasSurplus
            let credit = (goesBefore ? spent / 9 : spent) - current.given
            guard turn.cost <= min(credit, left, (current.deadline - now).seconds - left) else { break }
            take(from: turn.queue, by: turn.right, now: now, into: &selection) {
                $0.peer != current.peer && turn.right.allows($0.peer)
            }
        }
        begin(selection.batch, hasSurplus: false, now: now)
        return selection
    }

    /// Work that was let in has ended, and the batch goes on.
    ///
    /// - Parameter began: when it was selected.
    package mutating func finished(_ interlude: [Job], in batch: [Job], began: NIODeadline, now: NIODeadline) {
        finished(interlude, now: now)
        guard let first = batch.first, var current = running[first.id] else { return }
        current.since = current.since + (now - began)
        current.given += (now - began).seconds
        running[first.id] = current
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
        from queue: Int, by right: Turn.Right, lead: Double = .infinity, now: NIODeadline,
        into selection: inout Selection,
        where condition: (Job) -> Bool
    ) -> Bool {
        let surplus = peersWithSurplus(in: queue)
        guard let job = queues[queue].popFirst(lead: lead, where: condition) else { return false }
        places[job.id] = nil
        if isTooLate(job, after: selection.batch, now: now) {
            selection.expired.append(job)
        } else {
            selection.batch.append(job)
            pay(job, from: queue, by: right, hadSurplus: surplus.contains(job.peer))
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
        running.values.reduce(0) { $0 + max(0, $1.cost - $1.spent(at: now)) } / Double(workers)
    }

    /// A lower queue that is owed its tenth goes first, then others' work that is owed its share beside a surplus, else
    /// the most urgent that waits; of peers but `excluded`.
    private func nextTurn(without excluded: UInt64? = nil) -> Turn? {
        let waiting = queues.indices.compactMap { index in
            queues[index].next { $0.peer != excluded }.map { (queue: index, peer: $0.peer, cost: $0.cost) }
        }
        guard let urgent = waiting.first else { return nil }
        if let owed = waiting.dropFirst().first(where: { debts[$0.queue] >= 9 * $0.cost }) {
            return Turn(queue: owed.queue, right: .tenth, cost: owed.cost)
        }
        if queues[urgent.queue].cost(of: urgent.peer) > mostUrgent {
            for (queue, _, _) in waiting.dropFirst() {
                let other = queues[queue].next { $0.peer != excluded && $0.peer != urgent.peer }
                // A sum of costs less some of them may fall short of the last one by its rounding.
                if let other, shares[queue] >= 0.999 * other.cost {
                    return Turn(queue: queue, right: .share(beside: urgent.peer), cost: other.cost)
                }
            }
        }
        return Turn(queue: urgent.queue, right: .urgent, cost: urgent.cost)
    }

    private mutating func pay(_ job: Job, from queue: Int, by right: Turn.Right, hadSurplus: Bool) {
        // The tenth is the whole queue's, those who have the surplus among it.
        if !right.isShare { debts[queue] = max(0, debts[queue] - 9 * job.cost) }
        if right.isShare || !hadSurplus { shares[queue] = max(0, shares[queue] - job.cost) }
        for other in queues.indices.dropFirst() where other != queue {
            if queues[other].isEmpty { debts[other] = 0 } else { debts[other] += job.cost }
            let share = hadSurplus ? Self.othersPart * job.cost : 0
            // Who comes next finds what the job before it is owed for, and does not wait for one more.
            let isWaiting = queues[other].next { $0.peer != job.peer } != nil
            shares[other] = isWaiting ? shares[other] + share : share
        }
    }
}

extension TimeAmount {
    var seconds: Double { Double(nanoseconds) / 1e9 }
}

extension Schedule.Job: Sendable where Payload: Sendable {}
extension Schedule.Selection: Sendable where Payload: Sendable {}
