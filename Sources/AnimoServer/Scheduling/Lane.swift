import DequeModule

/// Jobs of one priority: peers take turns, within a peer its sessions, within a session first come first served.
struct Lane<Job> {
    private struct Peer {
        var order: Deque<UInt64> = []
        var sessions: [UInt64: Deque<Job>] = [:]
    }

    private var order: Deque<UInt64> = []
    private var peers: [UInt64: Peer] = [:]
    /// Estimated seconds of all jobs here.
    private(set) var cost = 0.0

    var isEmpty: Bool { order.isEmpty }

    mutating func append(_ job: Job, peer: UInt64, session: UInt64, cost: Double) {
        if peers[peer] == nil { order.append(peer) }
        if peers[peer]?.sessions[session] == nil { peers[peer, default: Peer()].order.append(session) }
        peers[peer]?.sessions[session, default: []].append(job)
        self.cost += cost
    }

    /// Cost of the job whose turn it is; 0 when empty.
    func nextCost(_ cost: KeyPath<Job, Double>) -> Double {
        guard let peer = order.first.flatMap({ peers[$0] }), let session = peer.order.first else { return 0 }
        return peer.sessions[session]?.first?[keyPath: cost] ?? 0
    }

    /// The first job in turn whose session's head satisfies `condition`; its peer and session go to the end of their rings.
    mutating func popFirst(where condition: (Job) -> Bool = { _ in true }, cost: KeyPath<Job, Double>) -> Job? {
        for (place, id) in order.enumerated() {
            guard let peer = peers[id] else { continue }
            for (inner, session) in peer.order.enumerated() {
                guard let head = peer.sessions[session]?.first, condition(head) else { continue }
                take(peer: id, at: place, session: session, at: inner, index: 0, cost: head[keyPath: cost])
                return head
            }
        }
        return nil
    }

    /// Takes one job out without giving up anyone's turn.
    mutating func remove(where condition: (Job) -> Bool, cost: KeyPath<Job, Double>) -> Job? {
        for id in order {
            guard let peer = peers[id] else { continue }
            for session in peer.order {
                guard let jobs = peer.sessions[session], let index = jobs.firstIndex(where: condition) else { continue }
                let job = jobs[index]
                peers[id]?.sessions[session]?.remove(at: index)
                self.cost -= job[keyPath: cost]
                prune(peer: id, session: session)
                return job
            }
        }
        return nil
    }

    private mutating func take(peer: UInt64, at place: Int, session: UInt64, at inner: Int, index: Int, cost: Double) {
        peers[peer]?.sessions[session]?.remove(at: index)
        peers[peer]?.order.remove(at: inner)
        peers[peer]?.order.append(session)
        order.remove(at: place)
        order.append(peer)
        self.cost -= cost
        prune(peer: peer, session: session)
    }

    private mutating func prune(peer: UInt64, session: UInt64) {
        if peers[peer]?.sessions[session]?.isEmpty == true {
            peers[peer]?.sessions[session] = nil
            peers[peer]?.order.removeAll { $0 == session }
        }
        if peers[peer]?.order.isEmpty == true {
            peers[peer] = nil
            order.removeAll { $0 == peer }
        }
        if order.isEmpty { cost = 0 }
    }
}
