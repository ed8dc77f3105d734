import AnimoWire

/// `LoadReport` as machines read it; names are the contract, in snake case.
struct LoadDocument: Encodable {
    struct Run: Encodable {
        let sessions: Int
        let fps: Double?
        let asked, drawn, dropped, heldBack, failed: Int
        let picturesPerSecond: Double
        let delayP50Ms, delayP90Ms, delayP99Ms, delayMaxMs: Double
        let decodeP50Ms, queueP50Ms, computeP50Ms, encodeP50Ms, wireP50Ms: Double
        let overheadP50Ms, overheadP99Ms: Double
        let meanBatch: Double
        let daemonCpuMs: Double?

        init(_ run: LoadSummary) {
            sessions = run.sessions
            fps = run.rate
            (asked, drawn, dropped) = (run.asked, run.rendered, run.dropped)
            (heldBack, failed) = (run.heldBack, run.failed)
            picturesPerSecond = run.picturesPerSecond.thousandths
            delayP50Ms = (run.delay[0.5] * 1000).thousandths
            delayP90Ms = (run.delay[0.9] * 1000).thousandths
            delayP99Ms = (run.delay[0.99] * 1000).thousandths
            delayMaxMs = (run.delay.largest * 1000).thousandths
            decodeP50Ms = (run.decode[0.5] * 1000).thousandths
            queueP50Ms = (run.queue[0.5] * 1000).thousandths
            computeP50Ms = (run.compute[0.5] * 1000).thousandths
            encodeP50Ms = (run.encode[0.5] * 1000).thousandths
            wireP50Ms = (run.wire[0.5] * 1000).thousandths
            overheadP50Ms = (run.overhead[0.5] * 1000).thousandths
            overheadP99Ms = (run.overhead[0.99] * 1000).thousandths
            meanBatch = run.meanBatch.thousandths
            daemonCpuMs = run.daemonMilliseconds?.thousandths
        }
    }

    struct Fit: Encodable {
        let fps: Double
        let sessions: Int
        let tried: [Run]
    }

    struct Memory: Encodable {
        struct Reading: Encodable {
            let frames, bytes: Int
        }

        let frames, beforeBytes, afterBytes: Int
        let bytesPerFrame: Double
        let readings: [Reading]
    }

    let model, modelDigest, domain, input: String
    let width, height, flowWidth, flowHeight: UInt32
    let frames, window: Int
    let loadAverages: [Double]
    let runs: [Run]
    let sessionsAtFps: [String: Int]
    let fits: [Fit]
    let memory: Memory?

    init(_ report: LoadReport) {
        model = report.model.name
        modelDigest = report.model.digest.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        domain = report.source.domain == .vox ? "vox" : "anime"
        input = report.input
        (width, height) = (report.source.width, report.source.height)
        (flowWidth, flowHeight) = (report.source.flowWidth, report.source.flowHeight)
        (frames, window) = (report.frames, report.window)
        loadAverages = report.loadAverages.map(\.thousandths)
        runs = report.runs.map(Run.init)
        fits = report.capacities.map {
            Fit(fps: $0.framesPerSecond, sessions: $0.sessions, tried: $0.tried.map(Run.init))
        }
        sessionsAtFps = Dictionary(
            report.capacities.map { ($0.framesPerSecond.plain, $0.sessions) }, uniquingKeysWith: { $1 })
        memory = report.memory.map { memory in
            Memory(
                frames: memory.frames, beforeBytes: memory.before, afterBytes: memory.after,
                bytesPerFrame: memory.slope.thousandths,
                readings: memory.readings.map { Memory.Reading(frames: $0.frames, bytes: $0.bytes) })
        }
    }
}

extension Double {
    fileprivate var thousandths: Double { (self * 1000).rounded() / 1000 }
}
