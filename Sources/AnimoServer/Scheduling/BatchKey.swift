import AnimoMotion

/// Key that two jobs must share to be computed together.
package struct BatchKey: Hashable, Sendable {
    /// Kinds of work. The raw values are labels of `animod_compute_duration_seconds`, so they never change.
    package enum Stage: String, Sendable {
        case decode, prepare, read, track, verify, warmUp
        case render = "draw"
    }

    /// Identity of the engine, or of the tracker, that computes it.
    package let engine: ObjectIdentifier
    /// Kind of work.
    package let stage: Stage
    /// Domain of the pictures.
    package let domain: Domain
    /// Sides, in pixels, of the pictures the flow is found at and of those that are rendered.
    package let flowSide: Int
    /// Side of the rendered pictures, in pixels; 0 for work without one.
    package let side: Int

    /// Creates a key from its fields.
    package init(engine: ObjectIdentifier, stage: Stage, domain: Domain, flowSide: Int, side: Int) {
        self.engine = engine
        self.stage = stage
        self.domain = domain
        self.flowSide = flowSide
        self.side = side
    }
}
