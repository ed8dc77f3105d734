import AnimoWire
import Logging
import NIOCore
import Synchronization

/// One client's connection: frames in, calls on tasks of their own, frames out.
///
/// The read loop never waits for a write: replies go into a queue that a writer of its own empties.
final class Connection: Sendable {
    typealias Channel = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// A call in flight.
    private struct Running: Sendable {
        let method: AnimoWire.Method
        var task: Task<Void, Never>?
        var session: (any StreamSession)?
        /// The rule that the client broke on its stream: the call ends with it, whatever comes of it.
        var failure: RPCError?
    }

    private struct State {
        var calls: [UInt32: Running] = [:]
        /// Time at which the last call ended; of no meaning while there are calls.
        var idleSince = NIODeadline.now()
        var frameClock = FrameClock()
        var isDraining = false
        /// nil before it is served.
        var channel: (any NIOCore.Channel)?
        var isDisplaced = false
    }

    private struct Ended: Error {
        let reason: BrokenConnection
    }

    /// Methods that are of use until the end.
    static let servedWhileDraining: Set<AnimoWire.Method> = [
        .healthCheck, .healthWatch, .status, .drain, .cancel,
    ]

    /// Time after which a reader that keeps its peer's pace looks whether it still has to.
    private static let longestWait = TimeAmount.milliseconds(250)

    let number: UInt64
    let peer: PeerIdentity
    private let role: AccessPolicy.Role
    private let dispatcher: Dispatcher
    /// Runs what only passes frames on, and never computes.
    private let loop: LoopExecutor
    private let outbound = OutboundQueue()
    private let state = Mutex(State())
    /// Taken on the event loop alone: requests are decoded under it.
    private let streams: Mutex<ServerStreams>
    private let logger: Logger

    init(
        number: UInt64, peer: PeerIdentity, role: AccessPolicy.Role, dispatcher: Dispatcher, loop: any EventLoop,
        logger: Logger
    ) {
        self.role = role
        self.loop = LoopExecutor(loop)
        self.number = number
        self.peer = peer
        self.dispatcher = dispatcher
        self.logger = logger
        let limits = dispatcher.limits
        streams = Mutex(
            ServerStreams(frameLimit: limits.frameBytes, maximumOpen: limits.callsPerConnection))
    }

    /// Serves until either side has had enough. Queued work of a connection that is gone is withdrawn.
    func run(_ channel: Channel) async {
        let isDisplaced = state.withLock { state in
            state.channel = channel.channel
            return state.isDisplaced
        }
        if isDisplaced { channel.channel.close(promise: nil) }
        do {
            // On the channel's own thread: between a frame and its refusal nobody else is waited for.
            try await withTaskExecutorPreference(loop) {
                try await channel.executeThenClose { inbound, _ in
                    try await withThrowingTaskGroup(of: Bool.self) { group in
                        group.addTask {
                            try await self.write(to: channel.channel)
                            return true
                        }
                        group.addTask { try await self.watch(channel.channel) }
                        group.addTask {
                            let mayAnswer = try await self.read(from: inbound)
                            await self.finishCalls(of: channel.channel, answering: mayAnswer)
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
            dispatcher.connectionErrors.note(ended.reason)
        } catch is FrameError {
            dispatcher.counters.malformed(.frame)
            dispatcher.connectionErrors.note(BrokenConnection.nonsense)
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
    var inFlightCalls: Int {
        state.withLock { state in state.calls.values.count { !Connection.servedWhileDraining.contains($0.method) } }
    }

    /// Since when it has had no call; nil while it has one.
    var idleSince: NIODeadline? { state.withLock { $0.calls.isEmpty ? $0.idleSince : nil } }

    /// Ends a connection that has no call: its place is wanted by another peer.
    func displace() {
        dispatcher.connectionErrors.note(BrokenConnection.displaced)
        let channel = state.withLock { state in
            state.isDisplaced = true
            return state.channel
        }
        channel?.close(promise: nil)
    }

    var isIdle: Bool { state.withLock { $0.calls.isEmpty } && outbound.progress.waiting == 0 }

    // MARK: In

    /// Reads until the client sends no more.
    ///
    /// - Returns: false where the connection ends for what it sent.
    private func read(from inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async throws -> Bool {
        var reader = FrameReader(limit: dispatcher.limits.frameBytes)
        var work = ReadingPace.Work.connection
        let incoming = dispatcher.incoming
        var taken = 0
        defer { incoming.release(taken, from: number) }
        for try await bytes in inbound {
            let events = try reader.receive(bytes)
            work.add(bytes: bytes.readableBytes)
            for event in events { work.add(event) }
            try await keepPace(work)
            work = ReadingPace.Work()
            for event in events {
                for action in streams.withLock({ $0.receive(event) }) where !take(action) { return false }
            }
            if outbound.isOverfull { throw Ended(reason: .outputOverflow) }
            let (isInside, hasEnded) = (reader.isInsideFrame, !events.isEmpty)
            let began = state.withLock { state in
                state.frameClock.read(isInside: isInside, hasEnded: hasEnded, at: .now())
                return state.frameClock.began
            }
            let counted = max(0, reader.heldBytes - IncomingMemory.free)
            if counted < taken {
                incoming.release(taken - counted, from: number)
                taken = counted
            } else if counted > taken {
                // The client is not read on from until there is room: what it sends waits at its end.
                let asked = NIODeadline.now()
                state.withLock { $0.frameClock.stop(at: asked) }
                try await incoming.reserve(counted - taken, for: number, of: peer.owner, began: began ?? asked)
                taken = counted
                state.withLock { $0.frameClock.resume(at: .now()) }
            }
        }
        return true
    }

    /// Waits until the peer may have such work done, where it is ahead of its rate, or until there is no other peer. The
    /// client is not read from meanwhile, and the clock of its frame stands.
    private func keepPace(_ work: ReadingPace.Work) async throws {
        let pace = dispatcher.pace
        var now = NIODeadline.now()
        guard let later = pace.charge(work, to: peer.owner, at: now) else { return }
        dispatcher.counters.delayedRead()
        state.withLock { $0.frameClock.stop(at: now) }
        while now < later, pace.isContended(beside: peer.owner, at: now) {
            try await Task.sleep(for: .nanoseconds(min(later - now, Self.longestWait).nanoseconds))
            now = .now()
        }
        state.withLock { [now] in $0.frameClock.resume(at: now) }
    }

    /// Whether the connection goes on.
    private func take(_ action: ServerStreams.Action) -> Bool {
        switch action {
        case .call(let call): begin(call)
        case .data(let stream, let body): state.withLock { $0.calls[stream]?.session }?.receive(body)
        case .remoteClosed(let stream): state.withLock { $0.calls[stream]?.session }?.finishInput()
        case .fail(let stream, let error):
            dispatcher.counters.malformed(.frame)
            let running = state.withLock { state in
                state.calls[stream]?.failure = error
                return state.calls[stream]
            }
            if let session = running?.session { session.fail(error) } else { running?.task?.cancel() }
        case .reply(let frame):
            dispatcher.counters.malformed(.frame)
            outbound.putUncounted(frame)
        case .close:
            dispatcher.connectionErrors.note(BrokenConnection.nonsense)
            return false
        }
        return true
    }

    // MARK: Calls

    private func begin(_ call: ServerStreams.Call) {
        let stream = call.stream
        let timeout = call.request.timeoutNano
        let context = CallContext(
            peer: peer, role: role, session: number << 32 | UInt64(call.method.shape == .bidirectional ? stream : 0),
            deadline: .now() + (timeout > 0 ? .nanoseconds(timeout) : .seconds(10)),
            memory: dispatcher.budget.account(of: peer.owner))
        let session: (any StreamSession)? =
            switch call.method {
            case .animate:
                dispatcher.session(context) { [outbound] output, memory, handedOver in
                    outbound.put(.data(output, stream: stream), memory: memory, handedOver: handedOver)
                }
            case .track:
                dispatcher.tracking(context) { [outbound] output, handedOver in
                    outbound.put(.data(output, stream: stream), handedOver: handedOver)
                }
            default: nil
            }
        let isDraining = state.withLock { state in
            state.calls[stream] = Running(method: call.method, session: session)
            return state.isDraining
        }
        if isDraining, !Connection.servedWhileDraining.contains(call.method) {
            let error = RPCError(.unavailable, .draining, "the server is draining: it takes no new calls")
            guard let session else { return end(stream, with: Reply(frame: .failure(error, stream: stream))) }
            // It is served as long as it takes to answer the frames that came with it.
            session.fail(error)
        }
        if let refusal = dispatcher.refusal(of: call, context) { return end(stream, with: Reply(frame: refusal)) }
        let task = Task(executorPreference: executor(for: call.method)) { [self] in
            end(stream, with: await dispatcher.reply(to: call, context, session: session, on: self))
        }
        state.withLock { $0.calls[stream]?.task = task }
    }

    /// A session's own task admits frames and waits; calls that render decode and encode; the others need neither.
    private func executor(for method: AnimoWire.Method) -> (any TaskExecutor)? {
        switch method {
        case .animate, .track: loop
        case .putSource, .reenact, .editPose, .retarget: dispatcher.animo.renderer.codecs
        case .describe, .dropSource, .cancel, .status, .verify, .reload, .drain, .healthCheck, .healthWatch: nil
        }
    }

    /// Sends a call's last frame; the call keeps its place until the frame was handed to the socket.
    private func end(_ stream: UInt32, with reply: Reply) {
        let failure = state.withLock { $0.calls[stream]?.failure }
        let frame = failure.map { Frame.failure($0, stream: stream) } ?? reply.frame
        outbound.put(frame, memory: reply.memory) { [weak self] in self?.forget(stream) }
    }

    private func forget(_ stream: UInt32) {
        streams.withLock { $0.finished(stream) }
        let ended = state.withLock { state in
            state.idleSince = .now()
            return state.calls.removeValue(forKey: stream)
        }
        // Freed outside the lock.
        withExtendedLifetime(ended) {}
    }

    /// Sends a message of a streaming call.
    func send(_ message: some WireMessage, on stream: UInt32) { outbound.put(.data(message, stream: stream)) }

    /// Cancels a unary call of this connection; false when there is none.
    func cancel(_ stream: UInt32) -> Bool {
        guard let running = state.withLock({ $0.calls[stream] }), running.session == nil else { return false }
        running.task?.cancel()
        return true
    }

    /// The client sends no more: what it waits for is still sent. Once it has closed both directions, which TCP tells
    /// only when something is sent, what nobody will read is not computed.
    private func finishCalls(of channel: any NIOCore.Channel, answering mayAnswer: Bool) async {
        let calls = state.withLock { state in
            // A frame that the client broke off is no stalled one.
            state.frameClock = FrameClock()
            return Array(state.calls.values)
        }
        let tasks = calls.compactMap(\.task)
        for call in calls {
            call.session?.finishInput()
            // It would never end.
            if call.method == .healthWatch || !mayAnswer { call.task?.cancel() }
        }
        channel.closeFuture.whenComplete { _ in for task in tasks { task.cancel() } }
        await withTaskCancellationHandler {
            for task in tasks { await task.value }
        } onCancel: {
            for task in tasks { task.cancel() }
        }
    }

    // MARK: Out

    /// Each frame is the kernel's before the next is begun: what the channel still holds when it closes is lost, so a
    /// frame counts as waiting until then.
    private func write(to channel: any NIOCore.Channel) async throws {
        for await item in outbound.items {
            // Before the write: the client may have read it and sent its next frame when the write returns. A slow
            // reader holds up the write of the frame before this one.
            item.handedOver()
            try await withTaskCancellationHandler {
                // Two buffers, so that the body is not copied behind its header.
                channel.write(item.frame.header, promise: nil)
                try await channel.writeAndFlush(item.frame.body).get()
            } onCancel: {
                channel.close(promise: nil)
            }
            outbound.wrote(item)
            withExtendedLifetime(item.memory) {}
        }
    }

    // MARK: Time

    /// Ends a connection that stalls: a frame or an output that makes no progress, or nothing at all for long.
    private func watch(_ channel: any NIOCore.Channel) async throws -> Bool {
        var output = (written: 0, left: 0, since: NIODeadline.now())
        while true {
            try await Task.sleep(for: .seconds(1))
            let now = NIODeadline.now()
            let (isStalled, idleSince) = state.withLock { state in
                (state.frameClock.isStalled(at: now), state.calls.isEmpty ? state.idleSince : nil)
            }
            if isStalled { throw Ended(reason: .stalledFrame) }
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
