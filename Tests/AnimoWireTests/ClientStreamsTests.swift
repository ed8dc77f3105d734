import AnimoWire
import NIOCore
import Testing

@Suite struct ClientStreamsTests {
    @Test func numbersAreOddAndRise() {
        var streams = ClientStreams()
        #expect((0..<3).map { _ in streams.open(streaming: false) } == [1, 3, 5])
    }

    @Test func aResponseEndsItsStream() {
        var streams = ClientStreams()
        _ = streams.open(streaming: false)
        let response = Wire.Response(payload: [1])
        #expect(streams.receive(.frame(.response(response, stream: 1))) == [.response(stream: 1, response)])
        #expect(streams.receive(.frame(.response(response, stream: 1))).isEmpty)
        #expect(streams.openStreams.isEmpty)
    }

    @Test func whatNobodyWaitsForIsIgnored() {
        var streams = ClientStreams()
        _ = streams.open(streaming: true)
        streams.forget(1)
        #expect(streams.receive(.frame(Frame(stream: 1, kind: .data))).isEmpty)
        #expect(streams.receive(.frame(Frame(stream: 2, kind: .response))).isEmpty)
        #expect(streams.receive(.tooLong(stream: 9, kind: .response, length: 5)).isEmpty)
    }

    @Test func aStreamEndsWithItsLastData() {
        var streams = ClientStreams()
        _ = streams.open(streaming: true)
        let body = ByteBuffer(bytes: [1])
        #expect(streams.receive(.frame(Frame(stream: 1, kind: .data, body: body))) == [.data(stream: 1, body)])
        let last = Frame(stream: 1, kind: .data, flags: .remoteClosed, body: body)
        #expect(streams.receive(.frame(last)) == [.data(stream: 1, body), .ended(stream: 1)])
        _ = streams.open(streaming: true)
        #expect(streams.receive(.frame(.end(stream: 3))) == [.ended(stream: 3)])
    }

    @Test func whatBreaksTheProtocolFailsItsStream() {
        var streams = ClientStreams()
        for _ in 0..<3 { _ = streams.open(streaming: false) }
        let events: [FrameEvent] = [
            .frame(Frame(stream: 1, kind: .data)),
            .frame(Frame(stream: 3, kind: .response, body: ByteBuffer(bytes: [0xFF]))),
            .tooLong(stream: 5, kind: .response, length: 1 << 24),
        ]
        for (event, code) in zip(events, [StatusCode.internal, .internal, .resourceExhausted]) {
            guard case .failed(_, let error) = streams.receive(event).first else {
                Issue.record("expected a failed stream for \(event)")
                continue
            }
            #expect(error.code == code)
        }
        #expect(streams.openStreams.isEmpty)
    }
}
