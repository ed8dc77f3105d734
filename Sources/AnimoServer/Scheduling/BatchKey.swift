import AnimoMotion

/// Key that two jobs must share to be computed together.
package struct BatchKey: Hashable, Sendable {
    package enum Stage: Hashable, Sendable { case decode, prepare, read, track, draw, verify, warmUp }

    package let engine: ObjectIdentifier
    package let stage: Stage
    package let domain: Domain
    /// Sides of the pictures the flow is found at and of those that are drawn.
    package let flowSide: Int
    package let side: Int

    package init(engine: ObjectIdentifier, stage: Stage, domain: Domain, flowSide: Int, side: Int) {
        self.engine = engine
        self.stage = stage
        self.domain = domain
        self.flowSide = flowSide
        self.side = side
    }
}
