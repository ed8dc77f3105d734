import AnimoWire
import Logging
import NIOCore

/// Brings a call to its method and its outcome, whatever it is, into one last frame.
struct Dispatcher: Sendable {
    /// Tasks, streams and buffers of a call that lasts, roughly.
    private static let lastingCallBytes = 16 << 10

    let limits: ServerLimits
    /// Memory of requests, once they are whole.
    let budget: MemoryBudget
    /// Memory of frames that are not whole yet.
    let incoming: IncomingMemory
    let pace = ReadingPace()
    let animo: AnimoService
    let admin: AdminService
    let health: ServerHealth
    let access: AccessPolicy
    let quotas: PeerQuotas
    let scheduler: Scheduler
    let timers: any EventLoop
    let counters: Counters
    let connectionErrors: ConnectionErrorLog
    let logger: Logger

    func session(
        _ call: CallContext,
        send: @escaping LiveSession.Send
    ) -> LiveSession {
        LiveSession(
            admission: animo.admission, renderer: animo.renderer, counters: counters, call: call, send: send)
    }

    func tracking(_ call: CallContext, send: @escaping TrackStream.Send) -> TrackStream {
        TrackStream(
            admission: animo.admission, renderer: animo.renderer, counters: counters, call: call, send: send)
    }

    /// The answer to a call that asks for a picture when there is no time for any: told from the queue alone, before
    /// the message is read, so that refusing costs little however much is asked. nil where it must be looked at.
    func refusal(of call: ServerStreams.Call, _ context: CallContext) -> Frame? {
        guard call.method == .reenact || call.method == .editPose,
            let refusal = scheduler.refusal(of: context.scheduling(.interactive)),
            (try? access.check(call.method, by: context.role, metadata: call.request.metadata)) != nil
        else { return nil }
        let answer = RPCError(mapping: refusal)
        counters.answered(method: call.method.name, code: answer.code.name, took: .zero)
        return .failure(answer, stream: call.stream)
    }

    func reply(
        to call: ServerStreams.Call, _ context: CallContext, session: (any StreamSession)?, on connection: Connection
    ) async -> Reply {
        let begun = NIODeadline.now()
        do {
            let reply = try await serve(call, context, session: session, on: connection)
            counters.answered(method: call.method.name, code: StatusCode.ok.name, took: .now() - begun)
            return reply
        } catch {
            let answer = RPCError(mapping: error, field: "request")
            counters.answered(method: call.method.name, code: answer.code.name, took: .now() - begun)
            if answer.reason == .malformed || answer.reason == .missingField { counters.malformed(.message) }
            if answer.code == .internal {
                logger.error(
                    "call failed", metadata: ["method": "\(call.method.name)", "error": "\(error)"])
            }
            return Reply(frame: .failure(answer, stream: call.stream))
        }
    }

    /// Memory of what a call brings, and of one that lasts, which its client may open many of. What only asks is free.
    private func reserve(for call: ServerStreams.Call, _ context: CallContext) throws(RPCError) -> MemoryReservation? {
        switch call.method {
        case .describe, .putSource, .dropSource, .reenact, .editPose, .retarget, .cancel:
            try context.memory.reserve(call.request.payload.count, field: "request")
        case .animate, .track, .healthWatch: try context.memory.reserve(Self.lastingCallBytes, field: "request")
        case .status, .verify, .reload, .drain, .healthCheck: nil
        }
    }

    private func serve(
        _ call: ServerStreams.Call, _ context: CallContext, session: (any StreamSession)?, on connection: Connection
    ) async throws -> Reply {
        let method = call.method
        let isCounted = !Connection.servedWhileDraining.contains(method)
        do {
            try access.check(method, by: context.role, metadata: call.request.metadata)
            if isCounted { try quotas.begin(method, of: context.peer) }
        } catch {
            try await session?.refuse(error)
            throw error
        }
        defer { if isCounted { quotas.end(method, of: context.peer) } }
        let payload = call.request.payload
        let memory: MemoryReservation?
        do throws(RPCError) { memory = try reserve(for: call, context) } catch {
            try await session?.refuse(error)
            throw error
        }
        defer { withExtendedLifetime(memory) {} }
        func reply(_ message: some WireMessage, memory: MemoryReservation? = nil) -> Reply {
            Reply(frame: .reply(message, stream: call.stream), memory: memory)
        }
        switch call.method {
        case .describe: return reply(try animo.describe(.init(decoding: payload)))
        case .putSource: return reply(try await animo.putSource(.init(decoding: payload), context))
        case .dropSource: return reply(try animo.dropSource(.init(decoding: payload), context))
        case .reenact:
            let encoded = try await animo.reenact(.init(decoding: payload), context)
            return reply(Wire.ReenactReply(encoded), memory: encoded.memory)
        case .editPose:
            let encoded = try await animo.editPose(.init(decoding: payload), context)
            return reply(Wire.EditPoseReply(encoded), memory: encoded.memory)
        case .retarget: return reply(try await animo.retarget(.init(decoding: payload), context))
        case .cancel:
            let request = try Wire.CancelRequest(decoding: payload)
            return reply(Wire.CancelReply(found: connection.cancel(request.stream)))
        case .animate, .track:
            guard counters.openSession(limit: limits.sessions) else {
                let error = RPCError(
                    .resourceExhausted, .tooManySessions, "session limit reached (\(limits.sessions))",
                    limit: Double(limits.sessions), actual: Double(limits.sessions + 1), retryAfterMs: 1000)
                try await session?.refuse(error)
                throw error
            }
            defer { counters.closeSession() }
            let seconds = limits.openSeconds
            let timeout = timers.scheduleTask(in: .nanoseconds(Int64(seconds * 1e9))) { [weak session] in
                session?.endUnlessOpening(after: seconds)
            }
            defer { timeout.cancel() }
            try await session?.run()
            // Not a response with OK: the Go client would hand it to its caller as one more message.
            return Reply(frame: .end(stream: call.stream))
        case .status:
            return reply(await admin.status())
        case .verify:
            return reply(try await admin.verify(.init(decoding: payload), context))
        case .reload:
            return reply(try await admin.reload())
        case .drain:
            return reply(admin.drain(try .init(decoding: payload)))
        case .healthCheck:
            let request = try Wire.HealthCheckRequest(decoding: payload)
            return reply(try health.check(request.service))
        case .healthWatch:
            let request = try Wire.HealthCheckRequest(decoding: payload)
            for await status in health.watch(request.service) { connection.send(status, on: call.stream) }
            try Task.checkCancellation()
            throw RPCError(.unavailable, .draining, "the server is stopping")
        }
    }
}

/// A call's last frame.
struct Reply: Sendable {
    let frame: Frame
    /// Reservation of the picture in it, until it was sent.
    var memory: MemoryReservation?
}
