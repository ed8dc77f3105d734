import AnimoMotion
import AnimoTestSupport
import AnimoWire
import Testing

@testable import AnimoServer

struct SessionStateTests {
    private func result(_ seq: UInt64, _ outcome: Wire.Outcome = .ok) -> Wire.AnimateResult {
        Wire.AnimateResult(seq: seq, outcome: outcome)
    }

    private func seqs(_ outputs: [Wire.AnimateOutput]) -> [UInt64] {
        outputs.compactMap { if case .result(let result) = $0.kind { result.seq } else { nil } }
    }

    @Test func resultsLeaveInTheOrderOfTheirFrames() throws {
        var state = SessionState(window: 4, policy: .queue)
        for seq in [1, 2, 5] as [UInt64] { try state.read(seq) }
        #expect(seqs(state.complete(result(5))) == [])
        #expect(seqs(state.complete(result(1))) == [1])
        #expect(seqs(state.complete(result(2))) == [2, 5])
    }

    @Test func theWindowCountsFramesWhoseResultsWereNotHandedOver() throws {
        var state = SessionState(window: 2, policy: .latest)
        try state.read(1)
        try state.read(2)
        _ = state.complete(result(1))
        #expect(throws: RPCError.self) { try state.read(3) }
        state.handedOver()
        try state.read(3)
    }

    @Test(arguments: [0, 1, 7] as [UInt64])
    func aSequenceNumberMustIncrease(seq: UInt64) throws {
        var state = SessionState(window: 4, policy: .latest)
        try state.read(7)
        let error = #expect(throws: RPCError.self) { try state.read(seq) }
        #expect(error?.reason == .sequence)
    }

    @Test func anAnsweredChangeStandsBeforeTheFramesThatObeyIt() throws {
        var state = SessionState(window: 4, policy: .queue)
        try state.read(1)
        try state.readChange()
        try state.read(2)
        let change = Wire.AnimateOutput(kind: .changed(Wire.AnimateChanged()))
        #expect(state.insert(change, after: 1).isEmpty)
        #expect(state.complete(result(2)).isEmpty)
        let outputs = state.complete(result(1))
        #expect(outputs.count == 3)
        #expect(outputs[1] == change)
        #expect(seqs(outputs) == [1, 2])
    }

    @Test func changesAreBounded() throws {
        var state = SessionState(window: 4, policy: .queue)
        for _ in 0..<64 { try state.readChange() }
        #expect(throws: RPCError.self) { try state.readChange() }
    }

    /// A client that changes and changes and reads no answer may not fill the memory with them.
    @Test func changesCountUntilTheirAnswersAreHandedOver() throws {
        var state = SessionState(window: 2, policy: .queue)
        for _ in 0..<64 {
            try state.readChange()
            _ = state.insert(Wire.AnimateOutput(kind: .changed(Wire.AnimateChanged())), after: 0)
        }
        let error = #expect(throws: RPCError.self) { try state.readChange() }
        #expect(error?.reason == .window)
        state.changeHandedOver()
        try state.readChange()
    }

    /// Random orders of reading, completing and handing over: one result for each frame, in order.
    @Test(arguments: 0..<100)
    func everyFrameGetsExactlyOneResult(seed: Int) throws {
        var random = SplitMix64(state: UInt64(seed))
        var state = SessionState(window: 8, policy: .latest)
        var read: [UInt64] = []
        var open: [UInt64] = []
        var sent: [UInt64] = []
        var seq: UInt64 = 0
        for _ in 0..<500 {
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                seq += .random(in: 1...3, using: &random)
                if (try? state.read(seq)) != nil {
                    read.append(seq)
                    open.append(seq)
                }
            case 1:
                guard let index = open.indices.randomElement(using: &random) else { continue }
                sent += seqs(state.complete(result(open.remove(at: index), .dropped)))
            default:
                if state.outstanding > open.count { state.handedOver() }
            }
            #expect(state.outstanding <= 8)
        }
        for seq in open.shuffled(using: &random) { sent += seqs(state.complete(result(seq))) }
        #expect(sent == read, "seed \(seed)")
    }
}
