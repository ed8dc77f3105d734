import AnimoCLI
import AnimoClient
import AnimoConcurrency
import AnimoJobs
import AnimoWire

/// The second stage: every frame's state is rendered from the source, by a session that outlives its daemon. A frame
/// that shows the same as the one before is not rendered again.
struct RenderStage: Sendable {
    let daemon: Daemon
    let held: HeldSource
    let options: Wire.DrawOptions
    /// Reference of relative motion, for models with relative motion of their own.
    let relative: Wire.Relative?
    /// SHA-256 of the model that the job began with, in hexadecimal.
    let model: String
    /// The output, for warnings.
    let label: String
    let progress: JobProgress
    let stop: JobStop

    /// A frame in flight.
    private enum Step: Sendable {
        case render(Int, Wire.Driver)
        /// The picture before it once more.
        case repeated(Int)
    }

    /// Steps that may wait for their results; each holds a driver's numbers.
    private static let ahead = 256

    /// - Parameters:
    ///   - states: makes what the frames show, from the first on; called on the task that sends.
    ///   - frames: of the item.
    /// - Throws: `CancellationError` where the job was asked to stop, at the end of a segment.
    func render(_ frames: Int, into sink: any FrameSink, states: @escaping @Sendable () throws -> MotionStates)
        async throws
    {
        guard (0..<frames).contains(where: { !sink.has($0) }) else { return }
        let session = try await daemon.client.lasting(
            held, Wire.AnimateOpen(policy: .queue, options: options, relative: relative), timeout: daemon.timeout)
        let steps = Mailbox<Step>(.queue(capacity: Self.ahead))
        let room = AsyncSemaphore(Self.ahead)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await send(frames, sink, try states(), to: session, steps, room) }
                group.addTask { try await receive(from: session, sink, steps, room) }
                while try await group.next() != nil {}
            }
            try await sink.finish()
        } catch {
            await sink.abandon()
            // The session fails with the error that ended it; a task that was cancelled for it says nothing.
            throw error
        }
    }

    private func send(
        _ frames: Int, _ sink: any FrameSink, _ states: MotionStates, to session: ReconnectingSession,
        _ steps: Mailbox<Step>, _ room: AsyncSemaphore
    ) async throws {
        var states = states
        var last: Wire.Driver?
        for frame in 0..<frames {
            try Task.checkCancellation()
            guard let driver = try states.next() else {
                throw Failure(.badData, "expected motion for \(frames) frames, got \(frame)")
            }
            guard !sink.has(frame) else { continue }
            // A permit for each step, so that putting one never waits.
            try await room.wait()
            if driver == last, !sink.begins(at: frame) {
                _ = steps.put(.repeated(frame))
            } else {
                _ = steps.put(.render(frame, driver))
                // Long enough for a daemon that is busy with live sessions; a frame of a job is never late.
                try await session.send(Wire.AnimateFrame(timeoutNano: 600_000_000_000, driver: driver))
            }
            last = driver
        }
        steps.finish()
        try await session.finish()
    }

    private func receive(
        from session: ReconnectingSession, _ sink: any FrameSink, _ steps: Mailbox<Step>, _ room: AsyncSemaphore
    ) async throws {
        var results = session.results.makeAsyncIterator()
        var last: Wire.Picture?
        var isFoldTold = false
        while let step = try await steps.next() {
            let frame: Int
            switch step {
            case .repeated(let repeated):
                frame = repeated
                guard let last else { throw Failure(.software, "frame \(frame + 1): nothing to repeat") }
                try await sink.put(frame, last)
            case .render(let rendered, let driver):
                frame = rendered
                guard let result = try await results.next() else {
                    throw Failure(.unavailable, "the session ended before frame \(frame + 1)")
                }
                let picture = try await picture(of: result, frame, driver)
                try await sink.put(frame, picture)
                last = picture
                if !isFoldTold, result.pasteFold > 0 {
                    progress.warn("\(label): frame \(frame + 1): \(RenderReport.foldWarning(result.pasteFold))")
                    isFoldTold = true
                }
            }
            room.signal()
            progress.advance()
            if stop.rendered(left: sink.left(after: frame)) {
                try await sink.finish()
                throw CancellationError()
            }
        }
        _ = stop.rendered(left: nil)
    }

    private func picture(
        of result: Wire.AnimateResult, _ frame: Int, _ driver: Wire.Driver
    ) async throws -> Wire.Picture {
        switch result.outcome {
        case .ok:
            let digest = Quantity.hexadecimal(result.modelDigest)
            guard digest.isEmpty || digest == model else {
                throw Failure(
                    .badData, "the daemon serves another model than the one that the job began with",
                    hint: "begin anew with --force")
            }
            guard let picture = result.picture, !picture.data.isEmpty else {
                throw Failure(.software, "frame \(frame + 1): the daemon's answer has no picture")
            }
            return picture
        case .invalid: throw Failure(.badData, "frame \(frame + 1): \(result.message)")
        case .dropped, .deadlineExceeded, .cancelled, .error, .unspecified:
            guard result.detail?.reason != .internal else {
                throw Failure(.software, "frame \(frame + 1): \(result.message)")
            }
            // Overloaded, or late: the frame does not depend on the session, so it is requested alone.
            let reply = try await daemon.client.reenact(
                held, driver, options: options, relative: relative, timeout: daemon.timeout)
            guard let picture = reply.picture, !picture.data.isEmpty else {
                throw Failure(.software, "frame \(frame + 1): the daemon's answer has no picture")
            }
            return picture
        }
    }
}
