import AnimoWire
import Testing

@testable import animoctl

@Suite struct AnimoctlFailureTests {
    @Test(
        arguments: [
            (StatusCode.invalidArgument, 65), (.failedPrecondition, 65), (.dataLoss, 65), (.outOfRange, 65),
            (.notFound, 66), (.unavailable, 69), (.internal, 70), (.unimplemented, 70), (.unknown, 70),
            (.resourceExhausted, 75), (.deadlineExceeded, 75), (.permissionDenied, 77), (.unauthenticated, 77),
            (.cancelled, 130),
        ] as [(StatusCode, Int32)])
    func everyCodeHasItsExitStatus(code: StatusCode, status: Int32) {
        #expect(Failure(RPCError(code: code, message: "words")).status.rawValue == status)
    }

    @Test(arguments: [Wire.Reason.pictureTooLarge, .frameTooLong, .size])
    func tooLargeIsBadInputAndNotOverload(reason: Wire.Reason) {
        #expect(Failure(RPCError(.resourceExhausted, reason, "words")).status == .badData)
    }

    @Test func overloadSaysWhenToTryAgain() {
        let failure = Failure(RPCError(.resourceExhausted, .overloaded, "busy", retryAfterMs: 1500))
        #expect(failure.status == .tryAgain)
        #expect(failure.hint == "try again in 1.5 s")
    }

    @Test func aFieldOfTheWireIsSaidAsTheOptionItCameFrom() {
        let options = ["set": "--vary"]
        func message(_ text: String) -> String {
            RPCError(code: .invalidArgument, message: text).naming(options).message
        }
        #expect(message("set: pose: expected a channel") == "--vary: pose: expected a channel")
        #expect(message("settle: no") == "settle: no")
        #expect(message("no field") == "no field")
    }

    @Test func aReaderThatWentAwayIsNoFailure() {
        #expect(Failure(any: ReaderGone())?.status == .success)
        #expect(Failure(any: CancellationError())?.status == .interrupted)
    }
}
