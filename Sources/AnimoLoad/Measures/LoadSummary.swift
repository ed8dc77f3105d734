import AnimoWire

/// One run in numbers; times of frames that were drawn, in milliseconds where they are printed.
package struct LoadSummary: Sendable {
    package let sessions: Int
    /// Frames a second of each session; nil in a closed loop.
    package let rate: Double?
    /// Frames that were due, or sent in a closed loop.
    package let asked: Int
    package let drawn: Int
    /// Made obsolete by a newer one, at the daemon.
    package let dropped: Int
    package let heldBack: Int
    package let picturesPerSecond: Double
    package let delay: Percentiles
    package let decode: Percentiles
    package let queue: Percentiles
    package let compute: Percentiles
    package let encode: Percentiles
    /// delay − queue − compute
    package let overhead: Percentiles
    /// overhead − decode − encode
    package let wire: Percentiles
    package let meanBatch: Double
    /// The daemon's message for the first frame that it could not render.
    package let problem: String?
    /// Processor seconds of the daemon over the run and its warming up, where they are known.
    package var daemonSeconds: Double?
    /// Frames before those that count.
    private let warmUp: Int

    package init(_ run: LoadRun) {
        self.init(
            sessions: run.sessions, rate: run.plan.pace.framesPerSecond, warmUp: run.plan.warmUp * run.plan.sessions)
    }

    init(sessions: [SessionSamples], rate: Double?, warmUp: Int = 0) {
        self.warmUp = warmUp
        self.sessions = sessions.count
        self.rate = rate
        let samples = sessions.flatMap(\.samples)
        let drawn = samples.filter { $0.outcome == .ok }
        heldBack = sessions.reduce(0) { $0 + $1.heldBack }
        asked = samples.count + heldBack
        self.drawn = drawn.count
        dropped = samples.count { $0.outcome == .dropped }
        let seconds = sessions.map(\.seconds).max() ?? 0
        picturesPerSecond = seconds > 0 ? Double(drawn.count) / seconds : 0
        delay = Percentiles(drawn.map(\.delay))
        decode = Percentiles(drawn.map(\.decode))
        queue = Percentiles(drawn.map(\.queue))
        compute = Percentiles(drawn.map(\.compute))
        encode = Percentiles(drawn.map(\.encode))
        overhead = Percentiles(drawn.map(\.overhead))
        wire = Percentiles(drawn.map(\.wire))
        meanBatch = drawn.isEmpty ? 0 : drawn.reduce(0) { $0 + Double($1.batchSize) } / Double(drawn.count)
        problem = sessions.lazy.compactMap(\.problem).first
    }

    /// Frames that came to nothing else: refused, too late, or an error.
    package var failed: Int { asked - drawn - dropped - heldBack }

    package var shareDrawn: Double { asked > 0 ? Double(drawn) / Double(asked) : 0 }

    /// Processor milliseconds of the daemon for each picture.
    package var daemonMilliseconds: Double? {
        daemonSeconds.flatMap { drawn > 0 ? $0 * 1000 / Double(drawn + warmUp) : nil }
    }
}
