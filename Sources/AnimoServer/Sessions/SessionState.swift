import AnimoWire
import DequeModule

/// The bookkeeping of one live session, apart from tasks and sockets.
///
/// Promises: every frame that was read gets exactly one result, in the order of `seq`; at most `window` frames are
/// without one; an acknowledged change stands before the first result that obeys it.
struct SessionState: Sendable {
    /// Output that waits its turn to be sent.
    private enum Entry: Sendable {
        case frame(seq: UInt64, result: Wire.AnimateResult?)
        case output(Wire.AnimateOutput)
    }

    let window: Int
    let policy: Wire.DropPolicy
    private(set) var lastSeq: UInt64 = 0
    /// Frames read whose results have not been handed to the socket.
    private(set) var outstanding = 0
    private(set) var dropped: UInt64 = 0
    /// Changes read whose answers have not been handed to the socket.
    private var changes = 0
    private var entries: Deque<Entry> = []

    init(window: Int, policy: Wire.DropPolicy) {
        self.window = window
        self.policy = policy
    }

    /// Reads a frame in: it will get a result.
    mutating func read(_ seq: UInt64) throws(RPCError) {
        guard seq > lastSeq else {
            throw RPCError(
                .invalidArgument, .sequence, "frame.seq: expected more than \(lastSeq), got \(seq)", field: "frame.seq",
                limit: Double(lastSeq), actual: Double(seq))
        }
        guard outstanding < window else {
            throw RPCError(
                .resourceExhausted, .window, "frame: more than \(window) frames without a result", field: "frame",
                limit: Double(window), actual: Double(outstanding + 1))
        }
        lastSeq = seq
        outstanding += 1
        entries.append(.frame(seq: seq, result: nil))
    }

    /// Reads a change in. They are never dropped, so their number is bounded instead.
    mutating func readChange() throws(RPCError) {
        guard changes < 64 else {
            throw RPCError(
                .resourceExhausted, .window, "change: more than 64 changes waiting", field: "change", limit: 64,
                actual: 65)
        }
        changes += 1
    }

    /// Puts an output before every frame after `seq`, and returns what can be sent now.
    mutating func insert(_ output: Wire.AnimateOutput, after seq: UInt64) -> [Wire.AnimateOutput] {
        let place =
            entries.firstIndex {
                if case .frame(let later, _) = $0 { later > seq } else { false }
            } ?? entries.endIndex
        entries.insert(.output(output), at: place)
        return sendable()
    }

    /// Records a frame's result, and returns what can be sent now, in order.
    mutating func complete(_ result: Wire.AnimateResult) -> [Wire.AnimateOutput] {
        let place = entries.firstIndex {
            if case .frame(let seq, nil) = $0 { seq == result.seq } else { false }
        }
        guard let place else { return [] }
        if result.outcome == .dropped { dropped += 1 }
        entries[place] = .frame(seq: result.seq, result: result)
        return sendable()
    }

    /// A result was handed to the socket: its place in the window is free.
    mutating func handedOver() { outstanding -= 1 }

    /// The answer to a change was handed to the socket: another may come.
    mutating func changeHandedOver() { changes -= 1 }

    private mutating func sendable() -> [Wire.AnimateOutput] {
        var outputs: [Wire.AnimateOutput] = []
        while let first = entries.first {
            switch first {
            case .output(let output): outputs.append(output)
            case .frame(_, nil): return outputs
            case .frame(_, var result?):
                result.dropped = dropped
                outputs.append(Wire.AnimateOutput(kind: .result(result)))
            }
            entries.removeFirst()
        }
        return outputs
    }
}
