import AnimoWire
import Testing

@Suite struct RPCErrorTests {
    @Test func comesBackThroughAStatus() throws {
        let error = RPCError(
            .resourceExhausted, .overloaded, "expected less", field: "queue", limit: 10, actual: 12.5,
            retryAfterMs: 250)
        let status = try Wire.Status(decoding: error.status.encoded())
        #expect(RPCError(status: status) == error)
        #expect(status.details.map(\.typeUrl) == ["type.googleapis.com/animo.v1.ErrorDetail"])
        let bare = RPCError(code: .notFound, message: "no")
        #expect(RPCError(status: bare.status) == bare)
    }

    @Test func foreignDetailsAndCodesDoNoHarm() {
        let status = Wire.Status(
            code: 99, message: "?",
            details: [
                Wire.AnyMessage(typeUrl: "type.googleapis.com/other", value: [1]),
                Wire.AnyMessage(typeUrl: "x/animo.v1.ErrorDetail", value: [0xFF]),
            ])
        #expect(RPCError(status: status) == RPCError(code: .unknown, message: "?"))
    }

    @Test func codesAreNamedAsGrpcNamesThem() {
        #expect(StatusCode.resourceExhausted.name == "RESOURCE_EXHAUSTED")
        #expect(StatusCode.ok.name == "OK")
        #expect(StatusCode.internal.name == "INTERNAL")
        #expect(StatusCode.allCases.map(\.rawValue) == Array(0...16))
    }
}

@Suite struct MethodTests {
    @Test(arguments: Method.allCases)
    func isFoundByItsNames(method: Method) {
        #expect(Method(service: method.service, name: method.name) == method)
    }

    @Test func othersAreNot() {
        #expect(Method(service: "animo.v1.Animo", name: "Status") == nil)
        #expect(Method(service: "animo.v1", name: "Animo/Describe") == nil)
        #expect(Method(service: "", name: "") == nil)
    }
}
