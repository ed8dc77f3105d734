import AnimoClient
import AnimoWire
import Testing

@Suite struct RetryPolicyTests {
    static let unavailable = RPCError(code: .unavailable, message: "")
    static let overloaded = RPCError(.resourceExhausted, .overloaded, "", retryAfterMs: 700)

    @Test func doublesFromATenthToASecond() {
        var policy = RetryPolicy.standard
        let delays = (1...4).map { policy.delay(after: Self.unavailable, tried: $0, chance: 0.5) }
        #expect(delays == [.milliseconds(100), .milliseconds(200), .milliseconds(400), nil])
        policy.tries = 100
        #expect(policy.delay(after: Self.unavailable, tried: 5, chance: 0.5) == .seconds(1))
        #expect(policy.delay(after: Self.unavailable, tried: 90, chance: 0.5) == .seconds(1))
    }

    @Test func variesByAFifth() {
        let delay = { RetryPolicy.standard.delay(after: Self.unavailable, tried: 1, chance: $0) }
        #expect(delay(0) == .milliseconds(80))
        #expect(delay(1) == .milliseconds(120))
    }

    @Test func waitsAsLongAsTheDaemonAsks() {
        #expect(RetryPolicy.standard.delay(after: Self.overloaded, tried: 1, chance: 0) == .milliseconds(700))
    }

    @Test(arguments: StatusCode.allCases.filter { $0 != .unavailable })
    func othersAreNotTriedAgain(code: StatusCode) {
        let error = RPCError(code, .frameTooLong, "")
        #expect(RetryPolicy.standard.delay(after: error, tried: 1, chance: 0) == nil)
    }

    @Test func neverIsNever() {
        #expect(RetryPolicy.never.delay(after: Self.unavailable, tried: 1, chance: 0) == nil)
    }
}
