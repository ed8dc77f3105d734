import AnimoWire
import Logging
import NIOCore
import Synchronization

/// One client's connection: frames in, calls on tasks of their own, frames out.
///
/// The read loop never waits for a write: replies go into a queue that a writer of its own empties.
final class Connection: Sendable {
    typealias Channel = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// A call in the works.
    private struct Running: Sendable {
        let method: AnimoWire.Method
        var task: Task<Void, Never>?
        var session: LiveSession?
        /// The rule that the client broke on its stream: the call ends with it, whatever comes of it.
        var failure: RPCError?
    }

    private struct State {
        var streams: ServerStreams
        var calls: [UInt32: Running] = [:]
        /// When the last call ended; of no meaning while there are calls.
        var idleSince = NIODeadline.now()
        /// When the first byte of a frame came whose last has not.
        var frameBegan: NIODeadline?
        var isDraining = false
    }

    private struct Ended: Error {
        let reason: BrokenConnection
    }

    /// What is of use until the end.
    static let servedWhileDraining: Set<AnimoWire.Method> = [
        .healthCheck, .healthWatch, .status, .drain, .cancel,
    ]

    let number: UInt64
    let peer: PeerIdentity
    private let role: AccessPolicy.Role
    private let dispatcher: Dispatcher
    private let outbound = OutboundQueue()
    private let state: Mutex<State>
    private let logger: Logger

    init(
        number: UInt64, peer: PeerIdentity, role: AccessPolicy.Role, dispatcher: Dispatcher, logger: Logger
    ) {
        self.role = role
        self.number = number
        self.peer = peer
        self.dispatcher = dispatcher
        self.logger = logger
        let limits = dispatcher.limits
        state = Mutex(
            State(streams: ServerStreams(frameLimit: limits.frameBytes, maximumOpen: limits.callsPerConnection)))
    }

    /// Serves until either side has had enough. Queued work of a connection that is gone is withdrawn.
    func run(_ channel: Channel) async {
        do {
            // On the channel's own thread: between a frame and its refusal nobody else is waited for.
            try await withTaskExecutorPreference(LoopExecutor(channel.channel.eventLoop)) {
                try await channel.executeThenClose { inbound, _ in
                    try await withThrowingTaskGroup(of: Bool.self) { group in
                        group.addTask {
                            try await self.write(to: channel.channel)
                            return true
                        }
                        group.addTask { try await self.watch(channel.channel) }
                        group.addTask {
                            try await self.read(from: inbound)
                            await self.finishCalls()
                            self.outbound.finish()
                            return false
                        }
                        // Over when the writer has sent all there is, or at anyone's error.
                        while let isOver = try await group.next(), !isOver {}
                        group.cancelAll()
                    }
                }
            }
        } catch is CancellationError {
        } catch let ended as Ended {
            dispatcher.troubles.note(ended.reason)
        } catch is FrameError {
            dispatcher.troubles.note(BrokenConnection.nonsense)
        } catch {
            logger.debug("connection ended", metadata: ["connection": "\(number)", "reason": "\(error)"])
        }
        let calls = state.withLock { state in state.calls.values.compactMap(\.task) }
        for call in calls { call.cancel() }
        for call in calls { await call.value }
    }

    /// Sessions are told and end; new calls are refused; the connection closes when nothing is left.
    func drain() {
        let sessions = state.withLock { state in
            state.isDraining = true
            return state.calls.values.compactMap(\.session)
        }
        for session in sessions { session.drain() }
    }

    /// New calls are taken again.
    func resume() { state.withLock { $0.isDraining = false } }

    /// Calls and sessions that are not finished, but for those that only ask.
    var callsInTheWorks: Int {
        state.withLock { state in state.calls.values.count { !Connection.servedWhileDraining.contains($0.method) } }
    }

    var isIdle: Bool { state.withLock { $0.calls.isEmpty } && outbound.progress.waiting == 0 }

    // MARK: In

    private func read(from inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async throws {
        var reader = FrameReader(limit: dispatcher.limits.frameBytes)
        let unfinished = dispatcher.incoming.hold()
        var held = 0
        for try await bytes in inbound {
            let events = try reader.receive(bytes)
            for event in events {
                for action in state.withLock({ $0.streams.receive(event) }) where !take(action) { return }
            }
            if outbound.isOverfull { throw Ended(reason: .outputOverflow) }
            let (isInside, isAnother) = (reader.isInsideFrame, !events.isEmpty)
            state.withLock { state in
                if isAnother || !isInside { state.frameBegan = nil }
                if isInside { state.frameBegan = state.frameBegan ?? .now() }
            }
            if reader.heldBytes < held { unfinished.giveBack(held - reader.heldBytes) }
            // The client is not read on from until there is room: what it sends waits at its end.
            while reader.heldBytes > held, (try? unfinished.take(reader.heldBytes - held, field: "frame")) == nil {
                try await Task.sleep(for: .milliseconds(20))
            }
            held = reader.heldBytes
        }
    }

    /// Whether the connection goes on.
    private func take(_ action: ServerStreams.Action) -> Bool {
        switch action {
        case .call(let call): begin(call)
        case .data(let stream, let body):
            state.withLock { $0.calls[stream]?.session }?.receive(Array(body.readableBytesView))
        case .remoteClosed(let stream): state.withLock { $0.calls[stream]?.session }?.finishInput()
        case .fail(let stream, let error):
            let running = state.withLock { state in
                state.calls[stream]?.failure = error
                return state.calls[stream]
            }
            if let session = running?.session { session.fail(error) } else { running?.task?.cancel() }
        case .reply(let frame): outbound.putUncounted(frame)
        case .close:
            dispatcher.troubles.note(BrokenConnection.nonsense)
            return false
        }
        return true
    }

    // MARK: Calls

    private func begin(_ call: ServerStreams.Call) {
        let stream = call.stream
        let timeout = call.request.timeoutNano
        let context = CallContext(
            peer: peer, role: role, session: number << 32 | UInt64(call.method == .animate ? stream : 0),
            deadline: .now() + (timeout > 0 ? .nanoseconds(timeout) : .seconds(10)),
            hold: dispatcher.budget.hold())
        let session: LiveSession?
        if call.method == .animate {
            session = dispatcher.session(context) { [outbound] output, hold, handedOver in
                outbound.put(.data(output, stream: stream), hold: hold, handedOver: handedOver)
            }
        } else {
            session = nil
        }
        let isDraining = state.withLock { state in
            state.calls[stream] = Running(method: call.method, session: session)
            return state.isDraining
        }
        if isDraining, !Connection.servedWhileDraining.contains(call.method) {
            let error = RPCError(.unavailable, .draining, "the server is draining: it takes no new calls")
            guard let session else { return end(stream, with: .failure(error, stream: stream)) }
            // It is served as long as it takes to answer the frames that came with it.
            session.fail(error)
        }
        if let refusal = dispatcher.refusal(of: call, context) { return end(stream, with: refusal) }
        let task = Task { [self] in
            let frame = await dispatcher.reply(to: call, context, session: session, on: self)
            end(stream, with: frame, hold: context.hold)
        }
        state.withLock { $0.calls[stream]?.task = task }
    }

    /// Sends a call's last frame; the call keeps its place until the frame was handed to the socket.
    private func end(_ stream: UInt32, with frame: Frame, hold: ByteHold? = nil) {
        let failure = state.withLock { $0.calls[stream]?.failure }
        outbound.put(failure.map { .failure($0, stream: stream) } ?? frame, hold: hold) { [weak self] in
            self?.forget(stream)
        }
    }

    private func forget(_ stream: UInt32) {
        state.withLock { state in
            state.streams.finished(stream)
            state.calls[stream] = nil
            state.idleSince = .now()
        }
    }

    /// Sends a message of a streaming call.
    func send(_ message: some WireMessage, on stream: UInt32) { outbound.put(.data(message, stream: stream)) }

    /// Cancels a unary call of this connection; false when there is none.
    func cancel(_ stream: UInt32) -> Bool {
        guard let running = state.withLock({ $0.calls[stream] }), running.session == nil else { return false }
        running.task?.cancel()
        return true
    }

    /// The client has closed its side: what it waits for is still sent, what nobody will read is not computed.
    private func finishCalls() async {
        let calls = state.withLock { $0.calls.values.compactMap(\.task) }
        for call in calls { call.cancel() }
        for call in calls { await call.value }
    }

    // MARK: Out

    /// Each frame is the kernel's before the next is begun: what the channel still holds when it closes is lost, so a
    /// frame counts as waiting until then.
    private func write(to channel: any NIOCore.Channel) async throws {
        for await item in outbound.items {
            var bytes = ByteBuffer()
            item.frame.write(into: &bytes)
            // Before the write: the client may have read it and sent its next frame when the write returns. A slow
            // reader holds up the write of the frame before this one.
            item.handedOver()
            try await withTaskCancellationHandler {
                try await channel.writeAndFlush(bytes).get()
            } onCancel: {
                channel.close(promise: nil)
            }
            outbound.wrote(item)
            withExtendedLifetime(item.hold) {}
        }
    }

    // MARK: Time

    /// Ends a connection that stalls: a frame or an output that makes no progress, or nothing at all for long.
    private func watch(_ channel: any NIOCore.Channel) async throws -> Bool {
        var output = (written: 0, left: 0, since: NIODeadline.now())
        while true {
            try await Task.sleep(for: .seconds(1))
            let now = NIODeadline.now()
            let (frameBegan, idleSince) = state.withLock { ($0.frameBegan, $0.calls.isEmpty ? $0.idleSince : nil) }
            if let frameBegan, now - frameBegan > .seconds(10) { throw Ended(reason: .stalledFrame) }
            if let idleSince, now - idleSince > .minutes(10) { throw Ended(reason: .idle) }
            let progress = outbound.progress
            // Bytes of the frame in hand: a reader may be slow, as long as it reads.
            let left = try await channel.getOption(ChannelOptions.bufferedWritableBytes).get()
            if progress.waiting == 0 || progress.written != output.written || left != output.left {
                output = (progress.written, left, now)
            } else if now - output.since > .seconds(10) {
                throw Ended(reason: .stalledOutput)
            }
        }
    }
}
