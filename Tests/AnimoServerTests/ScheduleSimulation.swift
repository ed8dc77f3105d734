import AnimoMotion
import AnimoFakeEngine
import AnimoTestSupport
import NIOCore

@testable import AnimoServer

/// A schedule, one engine and many clients on a virtual clock: the same seed gives the same run.
///
/// The engine takes what it is given and takes as long as the client's job truly costs, which the schedule can only
/// guess. What came of every job is kept.
struct ScheduleSimulation {
    /// What came of a job.
    enum Outcome: Equatable { case refused, withdrawn, expired, done(began: NIODeadline, ended: NIODeadline) }

    struct Client {
        var priority = Priority.interactive
        var peer: UInt64 = 1
        var session: UInt64 = 1
        var side = 32
        /// True milliseconds of one job alone.
        var cost = 10.0
        var timeout = TimeAmount.seconds(10)
        /// Milliseconds between its jobs, or nil: as many as `window` at a time, a new one for each that ended.
        var interval: Double?
        var window = 1
        /// Share of its jobs that it cancels, some time before their deadline.
        var cancels = 0.0
        /// The virtual time at which it comes, in milliseconds.
        var start = 0.0
    }

    struct Record {
        let client: Int
        let arrived: NIODeadline
        let deadline: NIODeadline
        var cost = 0.0
        var outcomes: [Outcome] = []
        var batch: Int?
    }

    private enum Event { case arrival(client: Int), cancel(UInt64), deadline(UInt64), engineFree }

    let clients: [Client]
    private(set) var schedule: Schedule<Int>
    private(set) var records: [UInt64: Record] = [:]
    private(set) var now = NIODeadline.uptimeNanoseconds(1)
    private(set) var busy = TimeAmount.zero
    /// The engine rested though something waited.
    private(set) var idled = false
    private(set) var mostQueued = 0.0
    private var random: SplitMix64
    private let engine = FakeEngine()
    private let batchLimit: Int
    private var events: [(at: NIODeadline, order: UInt64, event: Event)] = []
    private var ordered: UInt64 = 0
    private var batches = 0
    private var running: [Schedule<Int>.Job] = []
    private var began = NIODeadline.uptimeNanoseconds(1)

    init(seed: UInt64, clients: [Client], limit: Double = 10, batchLimit: Int = 1) {
        self.clients = clients
        self.batchLimit = batchLimit
        random = SplitMix64(state: seed)
        schedule = Schedule(limit: limit)
        for (index, client) in clients.enumerated() {
            let count = client.interval == nil ? client.window : 1
            for _ in 0..<count { plan(.arrival(client: index), in: .of(milliseconds: client.start)) }
        }
    }

    /// Runs for so many virtual seconds; clients that keep a window send nothing more afterwards.
    mutating func run(seconds: Double) {
        let end = now + .of(milliseconds: seconds * 1000)
        while let next = events.last, next.at <= end {
            events.removeLast()
            now = next.at
            handle(next.event)
            mostQueued = max(mostQueued, schedule.queuedSeconds)
            if running.isEmpty {
                select()
                if running.isEmpty, !schedule.isEmpty { idled = true }
            }
        }
        now = end
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .arrival(let client): arrive(client)
        case .cancel(let id), .deadline(let id):
            guard let job = schedule.withdraw(id) else { return }
            if case .cancel = event { end(job, .withdrawn) } else { end(job, .expired) }
        case .engineFree:
            busy = busy + (now - began)
            schedule.finished(running, now: now)
            let done = running
            running = []
            for job in done { end(job, .done(began: began, ended: now)) }
        }
    }

    private mutating func arrive(_ index: Int) {
        let client = clients[index]
        if let interval = client.interval {
            let pause = interval * Double.random(in: 0.5..<1.5, using: &random)
            plan(.arrival(client: index), in: .of(milliseconds: pause))
        }
        ordered += 1
        let id = ordered
        records[id] = Record(client: index, arrived: now, deadline: now + client.timeout)
        let key = BatchKey(
            engine: ObjectIdentifier(engine), stage: .render, domain: .anime, flowSide: 32, side: client.side)
        let job = Schedule<Int>.Job(
            id: id, priority: client.priority, peer: client.peer, session: client.session, key: key,
            deadline: now + client.timeout, payload: index)
        do throws(Schedule<Int>.Refusal) {
            try schedule.admit(job, now: now)
            plan(.deadline(id), in: client.timeout)
            if Double.random(in: 0..<1, using: &random) < client.cancels {
                let left = Double(client.timeout.nanoseconds) / 1e6
                plan(.cancel(id), in: .of(milliseconds: Double.random(in: 0..<left, using: &random)))
            }
        } catch {
            precondition(error.retryAfter > 0)
            end(job, .refused, again: .of(milliseconds: error.retryAfter * 1000))
        }
    }

    private mutating func select() {
        let selection = schedule.next(now: now) { _ in batchLimit }
        for job in selection.expired { end(job, .expired) }
        guard let first = selection.batch.first else { return }
        running = selection.batch
        began = now
        batches += 1
        for job in running {
            records[job.id]?.batch = batches
            records[job.id]?.cost = job.cost
        }
        // Company costs six tenths each.
        let took =
            clients[first.payload].cost * (1 + 0.6 * Double(running.count - 1))
            * Double.random(in: 0.8..<1.2, using: &random)
        plan(.engineFree, in: .of(milliseconds: took))
    }

    private mutating func end(_ job: Schedule<Int>.Job, _ outcome: Outcome, again: TimeAmount = .zero) {
        records[job.id]?.outcomes.append(outcome)
        if clients[job.payload].interval == nil { plan(.arrival(client: job.payload), in: again) }
    }

    private mutating func plan(_ event: Event, in delay: TimeAmount) {
        ordered += 1
        let entry = (at: now + delay, order: ordered, event: event)
        var (low, high) = (0, events.count)
        while low < high {
            let middle = (low + high) / 2
            let isLater = (events[middle].at, events[middle].order) > (entry.at, entry.order)
            (low, high) = isLater ? (middle + 1, high) : (low, middle)
        }
        events.insert(entry, at: low)
    }
}

extension ScheduleSimulation {
    /// Estimated seconds that were computed for those of `clients` that pass.
    func served(where condition: (Client) -> Bool = { _ in true }) -> Double {
        records.values.reduce(0) { condition(clients[$1.client]) ? $0 + $1.cost : $0 }
    }

    func count(where condition: (Client, Record) -> Bool) -> Int {
        records.values.count { condition(clients[$0.client], $0) }
    }

    /// What must hold of every run: one outcome each, nothing computed in vain, no rest while something waits.
    var complaints: [String] {
        var complaints: [String] = []
        for (id, record) in records {
            if record.outcomes.count > 1 { complaints.append("job \(id) had \(record.outcomes)") }
            if record.batch != nil, !record.outcomes.allSatisfy(\.isDone) {
                complaints.append("job \(id) was computed and \(record.outcomes)")
            }
            if case .done(let began, _)? = record.outcomes.first, began >= record.deadline {
                complaints.append("job \(id) began after its deadline")
            }
            if record.outcomes.isEmpty, record.batch == nil, record.deadline < now {
                complaints.append("job \(id) was forgotten")
            }
        }
        if idled { complaints.append("the engine rested though something waited") }
        return complaints
    }
}

extension ScheduleSimulation.Outcome {
    var isDone: Bool { if case .done = self { true } else { false } }
}

extension TimeAmount {
    static func of(milliseconds count: Double) -> TimeAmount { .nanoseconds(Int64(count * 1e6)) }
}
