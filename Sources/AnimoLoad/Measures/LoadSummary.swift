import AnimoWire

/// One run in numbers; times of frames that were rendered, in milliseconds where they are printed.
package struct LoadSummary: Sendable {
    /// Concurrent sessions.
    package let sessions: Int
    /// Frames a second of each session; nil in a closed loop.
    package let rate: Double?
    /// Frames that were due, or sent in a closed loop.
    package let asked: Int
    /// Frames that came back as pictures.
    package let rendered: Int
    /// Made obsolete by a newer one, at the daemon.
    package let dropped: Int
    /// Frames that were due while the window was full.
    package let heldBack: Int
    /// Pictures a second of all sessions.
    package let picturesPerSecond: Double
    /// From due, or sent, to the result.
    package let delay: Percentiles
    /// Decoding at the daemon.
    package let decode: Percentiles
    /// Waiting for the engine.
    package let queue: Percentiles
    /// Computing in the engine.
    package let compute: Percentiles
    /// Encoding at the daemon.
    package let encode: Percentiles
    /// delay − queue − compute
    package let overhead: Percentiles
    /// overhead − decode − encode
    package let wire: Percentiles
    /// Mean number of pictures rendered together.
    package let meanBatch: Double
    /// The daemon's message for the first frame that it could not render.
    package let problem: String?
    /// Processor seconds of the daemon over the run and its warming up, where they are known.
    package var daemonSeconds: Double?
    /// Frames before those that count.
    private let warmUp: Int

    /// Summarises a run.
    package init(_ run: LoadRun) {
        self.init(
            sessions: run.sessions, rate: run.plan.pace.framesPerSecond, warmUp: run.plan.warmUp * run.plan.sessions)
    }

    init(sessions: [SessionSamples], rate: Double?, warmUp: Int = 0) {
        self.warmUp = warmUp
        self.sessions = sessions.count
        self.rate = rate
        let samples = sessions.flatMap(\.samples)
        let rendered = samples.filter { $0.outcome == .ok }
        heldBack = sessions.reduce(0) { $0 + $1.heldBack }
        asked = samples.count + heldBack
        self.rendered = rendered.count
        dropped = samples.count { $0.outcome == .dropped }
        let seconds = sessions.map(\.seconds).max() ?? 0
        picturesPerSecond = seconds > 0 ? Double(rendered.count) / seconds : 0
        delay = Percentiles(rendered.map(\.delay))
        decode = Percentiles(rendered.map(\.decode))
        queue = Percentiles(rendered.map(\.queue))
        compute = Percentiles(rendered.map(\.compute))
        encode = Percentiles(rendered.map(\.encode))
        overhead = Percentiles(rendered.map(\.overhead))
        wire = Percentiles(rendered.map(\.wire))
        meanBatch = rendered.isEmpty ? 0 : rendered.reduce(0) { $0 + Double($1.batchSize) } / Double(rendered.count)
        problem = sessions.lazy.compactMap(\.problem).first
    }

    /// Frames that came to nothing else: refused, too late, or an error.
    package var failed: Int { asked - rendered - dropped - heldBack }

    /// Share of all frames that were due which were rendered.
    package var shareRendered: Double { asked > 0 ? Double(rendered) / Double(asked) : 0 }

    /// Processor milliseconds of the daemon for each picture.
    package var daemonMilliseconds: Double? {
        daemonSeconds.flatMap { rendered > 0 ? $0 * 1000 / Double(rendered + warmUp) : nil }
    }
}
