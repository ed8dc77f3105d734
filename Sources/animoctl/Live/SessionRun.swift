import AnimoClient
import AnimoWire

/// A session played from poses that are all there, with the time each took.
struct SessionRun: Sendable {
    /// Of the frames that were drawn, in order.
    var results: [Wire.AnimateResult] = []
    /// From sending a frame to having its picture, in seconds.
    var delays: [Double] = []
    /// From the first frame sent to the last picture.
    var seconds = 0.0

    var picturesPerSecond: Double { seconds > 0 ? Double(results.count) / seconds : 0 }

    /// Sends every pose as soon as the window allows and keeps what comes back.
    ///
    /// - Parameter keepPictures: without, results lose their pixels, so that long runs stay small.
    static func play(
        _ poses: [[Float]], in session: AnimateSession, keepPictures: Bool = true,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> SessionRun {
        let clock = ContinuousClock()
        let started = clock.now
        // The window is kept here, so that a frame's time begins when it goes out.
        let permits = Permits(Int(max(session.opened.window, 1)))
        async let sending: Void = {
            for pose in poses {
                try await permits.take()
                let since = UInt64((clock.now - started).seconds * 1e9)
                let driver = Wire.Driver(kind: .pose(Wire.Pose(values: pose)))
                let stamp = withUnsafeBytes(of: since.littleEndian) { Array($0) }
                try await session.send(Wire.AnimateFrame(captureTime: stamp, driver: driver))
            }
            try await session.finish()
        }()
        var run = SessionRun()
        for try await output in session.outputs {
            guard case .result(var result) = output.kind else { continue }
            permits.give()
            // The whole session ends, and says why itself.
            if result.outcome == .cancelled { continue }
            guard result.outcome == .ok else {
                throw Failure(.software, "frame \(result.seq) was not drawn: \(result.message)")
            }
            let since = result.captureTime.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            run.delays.append((clock.now - started).seconds - Double(since) / 1e9)
            if !keepPictures { result.picture?.data = [] }
            run.results.append(result)
            progress(run.results.count)
        }
        try await sending
        run.seconds = (clock.now - started).seconds
        return run
    }
}

/// Percentiles of measured times.
struct Percentiles: Sendable {
    private let sorted: [Double]

    init(_ values: [Double]) { sorted = values.sorted() }

    /// The smallest value that `share` of all do not exceed; 0 where there is none.
    subscript(share: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        let rank = (share * Double(sorted.count)).rounded(.up)
        return sorted[max(0, min(sorted.count - 1, Int(rank) - 1))]
    }
}
