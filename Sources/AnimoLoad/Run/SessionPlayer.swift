import AnimoClient
import AnimoWire
import Synchronization

/// Plays a plan's frames in one session and takes the time of each.
package struct SessionPlayer: Sendable {
    /// Called with every result that counts.
    package typealias Observer = @Sendable (Wire.AnimateResult) -> Void

    let session: AnimateSession
    let plan: LoadPlan
    /// Number of the session within the plan, from 0.
    let number: Int

    /// Creates a player of one open session.
    package init(_ session: AnimateSession, plan: LoadPlan, number: Int = 0) {
        self.session = session
        self.plan = plan
        self.number = number
    }

    /// Sends every frame in its time and reads every result; a frame that cannot be sent in time is held back.
    ///
    /// - Parameters:
    ///   - start: common to all sessions of a run.
    ///   - observe: is handed every result that counts, with its picture.
    /// - Throws: `RPCError` where the session ends early or a frame was refused as invalid.
    package func play(
        from start: ContinuousClock.Instant = .now, observe: @escaping Observer = { _ in }
    ) async throws -> SessionSamples {
        let outstanding = Mutex(0)
        let (room, freed) = AsyncStream<Void>.makeStream()
        defer { freed.finish() }
        for _ in 0..<max(session.opened.window, 1) { freed.yield() }
        let (session, plan, number) = (session, plan, number)
        async let sending: Int = {
            var heldBack = 0
            var places = room.makeAsyncIterator()
            for index in 0..<(plan.warmUp + plan.frames) {
                let moment: ContinuousClock.Instant
                if let due = plan.pace.due(frame: index, session: number, of: plan.sessions) {
                    moment = start + due
                    try await Task.sleep(until: moment, tolerance: .zero, clock: .continuous)
                    // Only this task adds to it, so room that is seen stays.
                    guard outstanding.withLock({ $0 }) < Int(session.opened.window) else {
                        if index >= plan.warmUp { heldBack += 1 }
                        continue
                    }
                } else {
                    // The window is kept here, so that a frame's time begins when it goes out.
                    guard await places.next() != nil else { break }
                    moment = .now
                }
                outstanding.withLock { $0 += 1 }
                let stamp = Stamp(index: index, nanoseconds: (moment - start).nanoseconds)
                try await session.send(
                    Wire.AnimateFrame(captureTime: stamp.bytes, driver: plan.drivers[index % plan.drivers.count]))
            }
            try await session.finish()
            return heldBack
        }()
        var played = SessionSamples()
        var began: Double?
        for try await output in session.outputs {
            guard case .result(let result) = output.kind else { continue }
            outstanding.withLock { $0 -= 1 }
            freed.yield()
            let now = Double((ContinuousClock.now - start).nanoseconds) / 1e9
            guard let stamp = Stamp(result.captureTime), stamp.index >= plan.warmUp else { continue }
            if result.outcome == .invalid {
                throw RPCError(code: .invalidArgument, message: result.message, detail: result.detail)
            }
            let sent = Double(stamp.nanoseconds) / 1e9
            if began == nil { began = sent }
            played.seconds = now - (began ?? sent)
            played.samples.append(
                FrameSample(
                    outcome: result.outcome, delay: now - sent, times: result.times ?? Wire.Times(),
                    batchSize: Int(result.batchSize)))
            if result.outcome != .ok, result.outcome != .dropped, played.problem == nil {
                played.problem = result.message
            }
            observe(result)
        }
        played.heldBack = try await sending
        return played
    }
}

/// The tag a frame carries there and back: its number and when it was due.
struct Stamp: Equatable {
    let index: Int
    let nanoseconds: Int64

    init(index: Int, nanoseconds: Int64) {
        self.index = index
        self.nanoseconds = nanoseconds
    }

    init?(_ bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        let numbers = stride(from: 0, to: 16, by: 8).map { start in
            bytes[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        index = Int(truncatingIfNeeded: numbers[0])
        nanoseconds = Int64(bitPattern: numbers[1])
    }

    var bytes: [UInt8] {
        [UInt64(index), UInt64(bitPattern: nanoseconds)].flatMap { number in
            (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
    }
}

extension Duration {
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
