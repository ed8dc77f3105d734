import DequeModule

/// Jobs of one priority. The flow of the least virtual time goes first, among peers and then among one peer's
/// sessions; within a session first come is first served.
///
/// Start-time fair queueing (Goyal, Vin and Cheng 1996) at both levels: with jobs of equal cost it is a round-robin,
/// and whoever asks for dear pictures, or gets several into one batch, waits the longer for the next.
struct FairQueue<Job> {
    private var peers: [UInt64: PeerFlow<Job>] = [:]
    /// Virtual time of the flow that was served last; a new flow starts here.
    private var virtualClock = 0.0
    private var places: UInt64 = 0
    private(set) var count = 0
    /// Estimated seconds of all jobs here.
    private(set) var cost = 0.0

    var isEmpty: Bool { count == 0 }

    /// - Parameter cost: estimated seconds, above 0.
    mutating func append(_ job: Job, peer: UInt64, session: UInt64, cost: Double) {
        places += 1
        if peers[peer]?.count ?? 0 == 0 {
            // An idle peer accrues no credit.
            peers[peer, default: PeerFlow()].tag = StartTag(
                virtualTime: max(peers[peer]?.tag.virtualTime ?? 0, virtualClock), place: places)
        }
        peers[peer]?.append(job, session: session, cost: cost, place: places)
        self.cost += cost
        count += 1
    }

    /// Seconds of work here that would be done by the time one more job of this session is, its own included: nobody
    /// waits for more of another's work than it brings itself.
    func ahead(peer: UInt64, session: UInt64, cost: Double) -> Double {
        let ofPeer = peers[peer]?.ahead(session: session, cost: cost) ?? cost
        return peers.reduce(ofPeer) { $1.key == peer ? $0 : $0 + min($1.value.cost, ofPeer) }
    }

    /// Estimated seconds of a peer's jobs here.
    func cost(of peer: UInt64) -> Double { peers[peer]?.cost ?? 0 }

    func peers(withMoreThan seconds: Double) -> Set<UInt64> {
        guard cost > seconds else { return [] }
        return Set(peers.lazy.filter { $0.value.cost > seconds }.map(\.key))
    }

    /// Seconds of work here that goes before less urgent work of a peer: all of its own, and of each other's as much as
    /// has priority, or as that work would share with it.
    ///
    /// - Parameters:
    ///   - own: seconds of the less urgent work.
    ///   - most: seconds of each peer's work that has priority over others'.
    func ahead(ofLessUrgent own: Double, peer: UInt64, most: Double) -> Double {
        peers.reduce(0) { $0 + ($1.key == peer ? $1.value.cost : min($1.value.cost, max(most, own))) }
    }

    /// The peer whose turn it is and the cost of its next job, among the sessions whose heads satisfy `condition`; nil
    /// where there is none.
    func next(where condition: (Job) -> Bool = { _ in true }) -> (peer: UInt64, cost: Double)? {
        guard let (peer, session) = next(lead: .infinity, where: condition) else { return nil }
        return peers[peer]?.head(of: session).map { (peer, $0.cost) }
    }

    /// The first job in turn whose session's head satisfies `condition`.
    ///
    /// - Parameter lead: seconds by which a session may be ahead of another of its peer that waits. Without a bound a
    ///   session that fits everyone's batches would have all that its peer gets.
    mutating func popFirst(lead: Double = .infinity, where condition: (Job) -> Bool = { _ in true }) -> Job? {
        guard let (peer, session) = next(lead: lead, where: condition), let virtualTime = peers[peer]?.tag.virtualTime
        else { return nil }
        places += 1
        guard let (job, cost) = peers[peer]?.popFirst(of: session, place: places) else { return nil }
        virtualClock = max(virtualClock, virtualTime)
        peers[peer]?.tag = StartTag(virtualTime: virtualTime + cost, place: places)
        leave(peer, cost)
        return job
    }

    /// Takes a job out of a session, without giving up anyone's turn.
    mutating func remove(peer: UInt64, session: UInt64, where condition: (Job) -> Bool) -> Job? {
        guard let (job, cost) = peers[peer]?.remove(from: session, where: condition) else { return nil }
        leave(peer, cost)
        return job
    }

    private func next(
        lead: Double, where condition: (Job) -> Bool
    ) -> (peer: UInt64, session: UInt64)? {
        var best: (peer: UInt64, tag: StartTag, session: UInt64)?
        for (id, peer) in peers where peer.count > 0 && best.map({ peer.tag < $0.tag }) != false {
            if let session = peer.next(lead: lead, where: condition) { best = (id, peer.tag, session) }
        }
        return best.map { ($0.peer, $0.session) }
    }

    /// Counts a job out, and forgets whom nothing is held against any more.
    private mutating func leave(_ peer: UInt64, _ jobCost: Double) {
        count -= 1
        cost -= jobCost
        if peers[peer]?.count == 0 {
            peers = peers.filter { $0.value.count > 0 || $0.value.tag.virtualTime > virtualClock }
        }
        if isEmpty { (peers, cost, virtualClock) = ([:], 0, 0) }
    }
}

/// The start tag of a flow's next job.
private struct StartTag {
    /// Compute seconds received, on the virtual clock of the flows it shares with.
    var virtualTime = 0.0
    /// Among equals the flow that was served, or came, the longest ago.
    var place: UInt64 = 0

    static func < (left: Self, right: Self) -> Bool {
        (left.virtualTime, left.place) < (right.virtualTime, right.place)
    }
}

/// One peer's jobs, by session.
private struct PeerFlow<Job> {
    private struct SessionFlow {
        var tag = StartTag()
        var jobs: Deque<(job: Job, cost: Double)> = []
        var cost = 0.0
    }

    var tag = StartTag()
    private var virtualClock = 0.0
    private var sessions: [UInt64: SessionFlow] = [:]
    private(set) var count = 0
    private(set) var cost = 0.0

    mutating func append(_ job: Job, session: UInt64, cost: Double, place: UInt64) {
        if sessions[session]?.jobs.isEmpty != false {
            let virtualTime = max(sessions[session]?.tag.virtualTime ?? 0, virtualClock)
            sessions[session, default: SessionFlow()].tag = StartTag(virtualTime: virtualTime, place: place)
        }
        sessions[session]?.jobs.append((job, cost))
        sessions[session]?.cost += cost
        self.cost += cost
        count += 1
    }

    func ahead(session: UInt64, cost: Double) -> Double {
        let own = (sessions[session]?.cost ?? 0) + cost
        return sessions.reduce(own) { $1.key == session ? $0 : $0 + min($1.value.cost, own) }
    }

    func head(of session: UInt64) -> (job: Job, cost: Double)? { sessions[session]?.jobs.first }

    func next(lead: Double, where condition: (Job) -> Bool) -> UInt64? {
        var best: (session: UInt64, tag: StartTag)?
        var least = Double.infinity
        for (id, session) in sessions {
            guard let head = session.jobs.first else { continue }
            least = min(least, session.tag.virtualTime)
            if best.map({ session.tag < $0.tag }) != false, condition(head.job) { best = (id, session.tag) }
        }
        return best.flatMap { $0.tag.virtualTime <= least + lead ? $0.session : nil }
    }

    mutating func popFirst(of session: UInt64, place: UInt64) -> (job: Job, cost: Double)? {
        guard let virtualTime = sessions[session]?.tag.virtualTime, let first = sessions[session]?.jobs.popFirst()
        else { return nil }
        virtualClock = max(virtualClock, virtualTime)
        sessions[session]?.tag = StartTag(virtualTime: virtualTime + first.cost, place: place)
        leave(session, first.cost)
        return first
    }

    mutating func remove(from session: UInt64, where condition: (Job) -> Bool) -> (job: Job, cost: Double)? {
        guard let index = sessions[session]?.jobs.firstIndex(where: { condition($0.job) }),
            let job = sessions[session]?.jobs.remove(at: index)
        else { return nil }
        leave(session, job.cost)
        return job
    }

    private mutating func leave(_ session: UInt64, _ jobCost: Double) {
        count -= 1
        cost = count == 0 ? 0 : cost - jobCost
        sessions[session]?.cost -= jobCost
        if sessions[session]?.jobs.isEmpty == true {
            sessions[session]?.cost = 0
            sessions = sessions.filter { !$0.value.jobs.isEmpty || $0.value.tag.virtualTime > virtualClock }
        }
    }
}
