import AnimoWire
import Testing

@testable import AnimoServer

/// What a session reads, why it ends and what it says, step by step.
struct SessionInboxTests {
    private static let broken = RPCError(.invalidArgument, .malformed, "broken")
    private static let unavailable = RPCError(.unavailable, .draining, "gone")
    private static let limits = ServerLimits()

    private static let open = Wire.AnimateInput(kind: .open(Wire.AnimateOpen(policy: .queue, window: 4)))

    private static func frame(_ seq: UInt64) -> Wire.AnimateInput {
        Wire.AnimateInput(kind: .frame(Wire.AnimateFrame(seq: seq)))
    }

    /// A step of a session, as its connection or its own task makes it.
    enum Step {
        case read(Wire.AnimateInput)
        case opened, finish, drain, abandon
        case fail(RPCError)
        case result(UInt64)
    }

    private func inbox(after steps: [Step]) -> SessionInbox {
        var inbox = SessionInbox()
        for step in steps {
            switch step {
            case .read(let message):
                guard inbox.reads else { continue }
                do throws(RPCError) { try inbox.read(message, within: Self.limits) } catch { inbox.fail(error) }
            case .opened: inbox.opened(Wire.AnimateOpened())
            case .finish: inbox.finish()
            case .drain: inbox.drain()
            case .abandon: inbox.abandon()
            case .fail(let error): inbox.fail(error)
            case .result(let seq): inbox.complete(Wire.AnimateResult(seq: seq, outcome: .ok), memory: nil)
            }
        }
        return inbox
    }

    /// What the session says, in order.
    private func said(_ inbox: SessionInbox) -> [String] {
        var inbox = inbox
        var said: [String] = []
        guard inbox.beginSending() else { return said }
        while let next = inbox.nextOutput() {
            switch next.output.kind {
            case .opened: said.append("opened")
            case .result(let result): said.append("\(result.seq)")
            case .changed: said.append("changed")
            case .calibrated: said.append("calibrated")
            case .draining: said.append("draining")
            case nil: said.append("nothing")
            }
        }
        return said
    }

    static let transitions: [(String, [Step], SessionInbox.State)] = [
        ("nothing read", [], .new),
        ("open read", [.read(open)], .opening),
        ("opened", [.read(open), .opened], .open),
        ("closed before it was opened", [.read(open), .finish, .opened], .finished),
        ("closed before anything was read", [.finish], .finished),
        ("drained before it was opened", [.read(open), .drain, .opened], .draining),
        ("drained before anything was read", [.drain], .draining),
        ("a drain after the client has closed changes nothing", [.read(open), .opened, .finish, .drain], .finished),
        ("a client that closes while it drains", [.read(open), .opened, .drain, .finish], .draining),
        ("an error after the client has closed", [.read(open), .finish, .fail(broken)], .failed(broken)),
        ("an error while it drains changes nothing", [.read(open), .drain, .fail(broken)], .draining),
        ("the first error counts", [.fail(broken), .fail(unavailable)], .failed(broken)),
        ("a drain after an error changes nothing", [.fail(broken), .drain], .failed(broken)),
        ("opened after an error", [.read(open), .fail(broken), .opened], .failed(broken)),
        ("abandoned", [.read(open), .opened, .abandon], .abandoned(nil)),
        ("abandoned after an error", [.fail(broken), .abandon], .abandoned(broken)),
        ("abandoned while it drains", [.drain, .abandon], .abandoned(SessionInbox.drained)),
    ]

    @Test(arguments: transitions)
    func everyStepLeadsToItsState(name: String, steps: [Step], expected: SessionInbox.State) {
        let inbox = inbox(after: steps)
        #expect(inbox.state == expected)
        let readsIn: [SessionInbox.State] = [.new, .opening, .open]
        #expect(inbox.reads == readsIn.contains(expected))
    }

    @Test func aSessionThatIsBrokenOffCancelsAndOneThatDrainsDoesNot() {
        #expect(inbox(after: [.fail(Self.broken)]).isBrokenOff)
        #expect(inbox(after: [.drain, .abandon]).isBrokenOff)
        for steps in [[.drain], [.fail(Self.unavailable)], [.finish], [.read(Self.open), .opened]] as [[Step]] {
            #expect(!inbox(after: steps).isBrokenOff)
        }
    }

    @Test func aSessionThatFailedIsNotOpenedAndOneThatDrainsIs() {
        #expect(!inbox(after: [.read(Self.open), .fail(Self.broken)]).mayOpen)
        #expect(inbox(after: [.read(Self.open), .drain]).mayOpen)
        #expect(inbox(after: [.read(Self.open), .finish]).mayOpen)
    }

    @Test func aDrainIsToldOnceAndAfterOpened() {
        #expect(said(inbox(after: [.read(Self.open), .opened, .drain, .drain])) == ["opened", "draining"])
        #expect(said(inbox(after: [.read(Self.open), .drain, .opened])) == ["opened", "draining"])
        #expect(said(inbox(after: [.read(Self.open), .drain])) == [])
        #expect(said(inbox(after: [.read(Self.open), .finish, .opened, .drain])) == ["opened"])
    }

    static let breaches: [(String, [Step], Wire.Reason)] = [
        ("no message", [.read(Wire.AnimateInput())], .missingField),
        ("a frame first", [.read(frame(1))], .malformed),
        ("open twice", [.read(open), .read(open)], .malformed),
        ("the same number twice", [.read(open), .read(frame(2)), .read(frame(2))], .sequence),
        (
            "a window beyond the limit",
            [.read(Wire.AnimateInput(kind: .open(Wire.AnimateOpen(window: 65))))], .outOfRange
        ),
        (
            "a long capture time",
            [
                .read(open),
                .read(
                    Wire.AnimateInput(
                        kind: .frame(Wire.AnimateFrame(seq: 1, captureTime: [UInt8](repeating: 0, count: 65))))),
            ], .size
        ),
        (
            "a negative timeout",
            [.read(open), .read(Wire.AnimateInput(kind: .frame(Wire.AnimateFrame(seq: 1, timeoutNano: -1))))],
            .outOfRange
        ),
        ("a frame beyond the window", [.read(open)] + (1...5).map { .read(frame($0)) }, .window),
    ]

    @Test(arguments: breaches)
    func aBreachEndsTheSession(name: String, steps: [Step], reason: Wire.Reason) {
        let inbox = inbox(after: steps)
        #expect(inbox.failure?.reason == reason)
        #expect(inbox.isBrokenOff)
    }

    @Test func resultsLeaveInOrderWhateverTheInputHasComeTo() {
        let read: [Step] = [.read(Self.open), .opened, .read(Self.frame(1)), .read(Self.frame(2))]
        for end in [[], [.finish], [.fail(Self.broken)], [.abandon]] as [[Step]] {
            #expect(said(inbox(after: read + end + [.result(2), .result(1)])) == ["opened", "1", "2"])
        }
        #expect(said(inbox(after: read + [.result(1), .drain, .result(2)])) == ["opened", "1", "draining", "2"])
    }

    @Test func oneSendsAtATimeAndLeavesNothing() {
        var inbox = inbox(after: [.read(Self.open), .opened])
        let isFirst = inbox.beginSending()
        inbox.drain()
        // What came meanwhile is left to the one at it.
        let isSecond = inbox.beginSending()
        #expect((isFirst, isSecond) == (true, false))
        var count = 0
        while inbox.nextOutput() != nil { count += 1 }
        #expect(count == 2)
        let isThird = inbox.beginSending()
        #expect(!isThird)
    }

    @Test func aResultKeepsItsPlaceInTheWindowUntilItIsHandedOver() throws {
        var inbox = inbox(
            after: [.read(Self.open), .opened] + (1...4).map { .read(Self.frame($0)) } + [.result(1)])
        let isSender = inbox.beginSending()
        #expect(isSender)
        _ = inbox.nextOutput()
        let next = inbox.nextOutput()
        let result = try #require(next)
        var full = inbox
        let error = #expect(throws: RPCError.self) { try full.read(Self.frame(5), within: Self.limits) }
        #expect(error?.reason == .window)
        inbox.handedOver(result.place)
        try inbox.read(Self.frame(6), within: Self.limits)
    }

    @Test func theMemoryOfAResultGoesWithIt() throws {
        let budget = MemoryBudget(limit: 100) { 0 }
        var inbox = inbox(after: [.read(Self.open), .read(Self.frame(1)), .read(Self.frame(2))])
        inbox.complete(
            Wire.AnimateResult(seq: 2, outcome: .ok),
            memory: try budget.account(of: .user(1)).reserve(60, field: "picture"))
        let isEarly = inbox.beginSending()
        #expect(!isEarly)
        inbox.complete(Wire.AnimateResult(seq: 1, outcome: .ok), memory: nil)
        let isSender = inbox.beginSending()
        #expect(isSender)
        let first = inbox.nextOutput()
        #expect(first?.memory == nil)
        #expect(budget.used == 60)
        var second = inbox.nextOutput()
        #expect(second?.memory?.bytes == 60)
        second = nil
        #expect(second == nil && budget.used == 0)
    }
}
