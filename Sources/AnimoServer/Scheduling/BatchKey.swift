import AnimoModel

/// What two jobs must share to be computed together.
public struct BatchKey: Hashable, Sendable {
    public enum Stage: Hashable, Sendable { case prepare, estimate, draw, verify }

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

    /// 0 for what was never computed.
    func seconds(for key: BatchKey) -> Double { seconds[key] ?? 0 }

    /// An exponential mean that follows within some ten jobs.
    mutating func learn(_ key: BatchKey, seconds new: Double) {
        seconds[key] = seconds[key].map { $0 + 0.2 * (new - $0) } ?? new
        if seconds.count > 1024 { seconds = [key: seconds[key] ?? new] }
    }
}
