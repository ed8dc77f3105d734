import AnimoModel

/// What two jobs must share to be computed together.
public struct BatchKey: Hashable, Sendable {
    public enum Stage: Hashable, Sendable { case prepare, read, draw, verify, warmUp }

    public let engine: ObjectIdentifier
    public let stage: Stage
    public let domain: Domain
    /// Sides of the pictures the flow is found at and of those that are drawn.
    public let flowSide: Int
    public let side: Int

    public init(engine: ObjectIdentifier, stage: Stage, domain: Domain, flowSide: Int, side: Int) {
        self.engine = engine
        self.stage = stage
        self.domain = domain
        self.flowSide = flowSide
        self.side = side
    }
}

/// Seconds a job of each kind takes, learned from those that were computed.
struct CostEstimates {
    private var seconds: [BatchKey: Double] = [:]

    /// For a size that was never computed, what others of the same stage would take by their area; 0 where there is none.
    func seconds(for key: BatchKey) -> Double {
        if let known = seconds[key] { return known }
        let alike = seconds.filter { $0.key.engine == key.engine && $0.key.stage == key.stage && $0.key.side > 0 }
        let area = Double(key.side * key.side)
        return alike.map { $0.value * area / Double($0.key.side * $0.key.side) }.max() ?? 0
    }

    /// An exponential mean that follows within some ten jobs.
    mutating func learn(_ key: BatchKey, seconds new: Double) {
        seconds[key] = seconds[key].map { $0 + 0.2 * (new - $0) } ?? new
        if seconds.count > 1024 { seconds = [key: seconds[key] ?? new] }
    }
}
