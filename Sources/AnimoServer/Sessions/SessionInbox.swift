import AnimoWire
import DequeModule

/// State of a live session's input and output, apart from tasks and sockets: whether it still reads, why it ends, and
/// its outputs in the order in which they leave.
struct SessionInbox: Sendable {
    enum State: Sendable, Equatable {
        /// Nothing was read.
        case new
        /// `open` was read, and is not answered yet.
        case opening
        /// The client was told that the session is open.
        case open
        /// The client has closed its side: what was read is finished.
        case finished
        /// The server stops: what was read is finished, and nothing more is read.
        case draining
        /// A rule was broken, or the session could not be opened; it ends with this.
        case failed(RPCError)
        /// Nobody reads its outputs any more.
        case abandoned(RPCError?)
    }

    private(set) var state = State.new
    /// Frames and their results; nil until `open` was read.
    private(set) var ledger: SessionState?
    private var outbox: Deque<SessionOutput> = []
    /// Memory of results that wait for those before them.
    private var memory: [UInt64: MemoryReservation] = [:]
    private var isSending = false

    static let drained = RPCError(.unavailable, .draining, "the server is stopping")

    // MARK: Reading

    var reads: Bool {
        switch state {
        case .new, .opening, .open: true
        case .finished, .draining, .failed, .abandoned: false
        }
    }

    /// Error that the session ends with; nil where it ends well.
    var failure: RPCError? {
        switch state {
        case .failed(let error): error
        case .abandoned(let error): error
        case .draining: Self.drained
        case .new, .opening, .open, .finished: nil
        }
    }

    /// Whether frames are cancelled because the whole session is, not because newer ones came.
    var isBrokenOff: Bool {
        switch state {
        case .failed(let error): error.code != .unavailable
        case .abandoned: true
        case .new, .opening, .open, .finished, .draining: false
        }
    }

    /// Whether a session whose `open` was read shall still be opened.
    var mayOpen: Bool {
        switch state {
        case .new, .opening, .open, .finished, .draining: true
        case .failed, .abandoned: false
        }
    }

    var window: Int { ledger?.window ?? 0 }
    var isLatest: Bool { ledger?.policy == .latest }

    /// Reads the client's next message in.
    ///
    /// - Throws: the rule that it breaks; `fail` is to be told of it.
    mutating func read(_ message: Wire.AnimateInput, within limits: ServerLimits) throws(RPCError) {
        switch (message.kind, ledger == nil) {
        case (nil, _):
            throw RPCError.invalid("input", .missingField, "expected open, frame or change, got none")
        case (.open(let open), true):
            guard open.window <= limits.windowMaximum else {
                throw RPCError.invalid(
                    "open.window", .outOfRange, limit: Double(limits.windowMaximum), actual: Double(open.window),
                    "expected at most \(limits.windowMaximum), got \(open.window)")
            }
            state = .opening
            ledger = SessionState(window: open.window == 0 ? limits.window : Int(open.window), policy: open.policy)
        case (.open, false): throw RPCError.invalid("input", .malformed, "the session is open already")
        case (_, true): throw RPCError.invalid("input", .malformed, "expected open as the first message")
        case (.frame(let frame), false):
            guard frame.captureTime.count <= 64 else {
                throw RPCError.invalid(
                    "frame.capture_time", .size, limit: 64, actual: Double(frame.captureTime.count),
                    "expected at most 64 bytes, got \(frame.captureTime.count)")
            }
            guard frame.timeoutNano >= 0 else {
                throw RPCError.invalid("frame.timeout_nano", .outOfRange, "expected 0 or more")
            }
            try ledger?.read(frame.seq)
        case (.change, false): try ledger?.readChange()
        }
    }

    /// The client will send no more.
    mutating func finish() { if reads { state = .finished } }

    /// Nothing more is read, and the session ends with `error`, unless it ends otherwise already.
    mutating func fail(_ error: RPCError) {
        switch state {
        case .new, .opening, .open, .finished: state = .failed(error)
        case .draining, .failed, .abandoned: break
        }
    }

    /// Nothing more is read. A client that was told that the session is open is told of this too; one that was not is,
    /// once it is open.
    mutating func drain() {
        guard reads else { return }
        let isOpen = state == .open
        state = .draining
        if isOpen { tellDraining() }
    }

    mutating func abandon() { state = .abandoned(failure) }

    // MARK: Saying

    /// The session was opened.
    mutating func opened(_ opened: Wire.AnimateOpened) {
        outbox.append(SessionOutput(output: Wire.AnimateOutput(kind: .opened(opened))))
        switch state {
        case .opening: state = .open
        case .draining: tellDraining()
        case .new, .open, .finished, .failed, .abandoned: break
        }
    }

    /// A frame has its result.
    ///
    /// - Parameter memory: of the result's picture, until it was sent.
    mutating func complete(_ result: Wire.AnimateResult, memory: MemoryReservation?) {
        self.memory[result.seq] = memory
        append(ledger?.complete(result))
    }

    /// A change has its answer, which stands before the results of the frames after `seq`.
    mutating func answerChange(_ changed: Wire.AnimateChanged, after seq: UInt64) {
        append(ledger?.insert(Wire.AnimateOutput(kind: .changed(changed)), after: seq))
    }

    /// A neutral was measured, which stands before the result of the frame `seq` that completed it.
    mutating func tell(_ calibrated: Wire.Calibrated, before seq: UInt64) {
        append(ledger?.insert(Wire.AnimateOutput(kind: .calibrated(calibrated)), after: seq - 1))
    }

    /// An output was handed to the socket: its place is free.
    mutating func handedOver(_ place: SessionOutput.Place) {
        switch place {
        case .frame: ledger?.handedOver()
        case .change: ledger?.changeHandedOver()
        case .none: break
        }
    }

    /// Whether the caller is the one to send what there is, until `nextOutput` is nil; one does at a time.
    mutating func beginSending() -> Bool {
        guard !isSending, !outbox.isEmpty else { return false }
        isSending = true
        return true
    }

    mutating func nextOutput() -> SessionOutput? {
        guard let next = outbox.popFirst() else {
            isSending = false
            return nil
        }
        return next
    }

    private mutating func append(_ outputs: [Wire.AnimateOutput]?) {
        for output in outputs ?? [] {
            if case .result(let result) = output.kind {
                outbox.append(SessionOutput(output: output, memory: memory.removeValue(forKey: result.seq)))
            } else {
                outbox.append(SessionOutput(output: output))
            }
        }
    }

    private mutating func tellDraining() {
        outbox.append(SessionOutput(output: Wire.AnimateOutput(kind: .draining(Wire.AnimateDraining()))))
    }
}

/// An output of a session in its order.
struct SessionOutput: Sendable {
    /// Bound that an output counts towards until it was handed to the socket.
    enum Place: Sendable { case frame, change, none }

    let output: Wire.AnimateOutput
    /// Reservation of its picture, until it was sent.
    var memory: MemoryReservation?

    var place: Place {
        switch output.kind {
        case .result: .frame
        case .changed: .change
        default: .none
        }
    }
}
