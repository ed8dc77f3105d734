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
