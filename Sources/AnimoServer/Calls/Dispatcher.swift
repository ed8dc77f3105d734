import AnimoWire
import Logging
import NIOCore

/// Brings a call to its method and its outcome, whatever it is, into one last frame.
struct Dispatcher: Sendable {
    let limits: ServerLimits
    /// Of requests, once they are whole.
    let budget: ByteBudget
    /// Of frames that are not whole yet.
    let incoming: ByteBudget
    let animo: AnimoService
    let admin: AdminService
    let health: ServerHealth
    let access: AccessPolicy
    let quotas: PeerQuotas
    let scheduler: Scheduler
    let counters: Counters
    let troubles: ConnectionTroubles
    let logger: Logger

    func session(
        _ call: CallContext,
        send: @escaping LiveSession.Send
    ) -> LiveSession {
        LiveSession(service: animo, counters: counters, call: call, send: send)
    }

    /// The answer to a call that asks for a picture when there is no time for any: told from the queue alone, before
    /// the message is read, so that refusing costs little however much is asked. nil where it must be looked at.
    func refusal(of call: ServerStreams.Call, _ context: CallContext) -> Frame? {
        guard call.method == .reenact || call.method == .editPose,
            let refusal = scheduler.refusal(of: context.standing(.interactive)),
            (try? access.check(call.method, by: context.role, metadata: call.request.metadata)) != nil
        else { return nil }
        let answer = RPCError(answering: refusal)
        counters.answered(method: call.method.name, code: answer.code.name, took: .zero)
        return .failure(answer, stream: call.stream)
    }

    func reply(
        to call: ServerStreams.Call, _ context: CallContext, session: LiveSession?, on connection: Connection
    ) async -> Frame {
        let begun = NIODeadline.now()
        do {
            let frame = try await serve(call, context, session: session, on: connection)
            counters.answered(method: call.method.name, code: StatusCode.ok.name, took: .now() - begun)
            return frame
        } catch {
            let answer = RPCError(answering: error, field: "request")
            counters.answered(method: call.method.name, code: answer.code.name, took: .now() - begun)
            if answer.code == .internal {
                logger.error(
                    "call failed", metadata: ["method": "\(call.method.name)", "error": "\(error)"])
            }
            return .failure(answer, stream: call.stream)
        }
    }

    private func serve(
        _ call: ServerStreams.Call, _ context: CallContext, session: LiveSession?, on connection: Connection
    ) async throws -> Frame {
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
        if call.method.service == Method.reenact.service {
            try context.hold.take(payload.count, field: "request")
        }
        func reply(_ message: some WireMessage) -> Frame { .reply(message, stream: call.stream) }
        switch call.method {
        case .describe: return reply(try animo.describe(.init(decoding: payload)))
        case .putSource: return reply(try await animo.putSource(.init(decoding: payload), context))
        case .dropSource: return reply(try animo.dropSource(.init(decoding: payload)))
        case .reenact: return reply(try await animo.reenact(.init(decoding: payload), context))
        case .editPose: return reply(try await animo.editPose(.init(decoding: payload), context))
        case .retarget: return reply(try await animo.retarget(.init(decoding: payload), context))
        case .cancel:
            let request = try Wire.CancelRequest(decoding: payload)
            return reply(Wire.CancelReply(found: connection.cancel(request.stream)))
        case .animate:
            guard counters.openSession(limit: limits.sessions) else {
                let error = RPCError(
                    .resourceExhausted, .tooManySessions, "all \(limits.sessions) places for sessions are taken",
                    limit: Double(limits.sessions), actual: Double(limits.sessions + 1), retryAfterMs: 1000)
                try await session?.refuse(error)
                throw error
            }
            defer { counters.closeSession() }
            try await session?.run()
            // Not a response with OK: the Go client would hand it to its caller as one more message.
            return .end(stream: call.stream)
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
