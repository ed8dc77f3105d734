import AnimoWire

/// The outcome of one frame, with its times in seconds.
package struct FrameSample: Sendable, Equatable {
    /// The frame's outcome.
    package var outcome: Wire.Outcome
    /// From the moment it was due, or sent where none was, to having its result.
    package var delay: Double
    /// Decoding at the daemon, in seconds.
    package var decode = 0.0
    /// Waiting for the engine, in seconds.
    package var queue = 0.0
    /// Computing in the engine, in seconds.
    package var compute = 0.0
    /// Encoding at the daemon, in seconds.
    package var encode = 0.0
    /// Pictures rendered together.
    package var batchSize = 0

    /// Creates a sample from a result's times.
    package init(
        outcome: Wire.Outcome, delay: Double, times: Wire.Times = Wire.Times(), batchSize: Int = 0
    ) {
        self.outcome = outcome
        self.delay = delay
        decode = Double(times.decode) / 1e6
        queue = Double(times.queue) / 1e6
        compute = Double(times.compute) / 1e6
        encode = Double(times.encode) / 1e6
        self.batchSize = batchSize
    }

    /// All but waiting for the networks and the networks: codec, sockets, tasks.
    package var overhead: Double { max(0, delay - queue - compute) }

    /// Time that no stage accounts for: sockets, messages, tasks of both ends, and waiting for an earlier frame's
    /// result.
    package var wire: Double { max(0, overhead - decode - encode) }
}

/// A session's frames, in the order of their results.
package struct SessionSamples: Sendable {
    /// Frames that count.
    package var samples: [FrameSample] = []
    /// Due while the window was full, and not sent.
    package var heldBack = 0
    /// From the first frame that counts to the last result.
    package var seconds = 0.0
    /// The daemon's message for the first frame that it could not render.
    package var problem: String?
}
