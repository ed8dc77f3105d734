import AnimoMotion
import AnimoWire
import NIOCore
import Testing

@Suite struct ServerStreamsTests {
    static func request(
        _ stream: UInt32, _ method: Method = .reenact, flags: Frame.Flags = [], payload: [UInt8] = []
    ) -> FrameEvent {
        let request = Wire.Request(service: method.service, method: method.name, payload: payload)
        return .frame(.request(request, stream: stream, flags: flags))
    }

    static func data(_ stream: UInt32, _ bytes: [UInt8] = [1], flags: Frame.Flags = []) -> FrameEvent {
        .frame(Frame(stream: stream, kind: .data, flags: flags, body: ByteBuffer(bytes: bytes)))
    }

    /// Describes actions without their messages.
    static func gist(_ actions: [ServerStreams.Action]) throws -> [String] {
        try actions.map { action in
            switch action {
            case .call(let call): "call \(call.stream) \(call.method) \(call.remoteClosed ? "closed" : "open")"
            case .data(let stream, let body): "data \(stream) \(Array(body.readableBytesView))"
            case .remoteClosed(let stream): "end \(stream)"
            case .fail(let stream, let error): "fail \(stream) \(error.code.name)"
            case .reply(let frame):
                "reply \(frame.stream) "
                    + RPCError(status: try Wire.Response(decoding: frame.body).status ?? Wire.Status()).code.name
            case .close: "close"
            }
        }
    }

    static func gists(_ events: FrameEvent..., streams: inout ServerStreams) throws -> [[String]] {
        try events.map { try gist(streams.receive($0)) }
    }

    @Test(arguments: [[], [.remoteClosed], [.remoteOpen], [.remoteOpen, .noData]] as [Frame.Flags])
    func aUnaryRequestIsWholeWhateverItsFlags(flags: Frame.Flags) throws {
        var streams = ServerStreams()
        let gists = try Self.gists(
            Self.request(1, flags: flags), Self.data(1, [], flags: [.remoteClosed, .noData]), streams: &streams)
        #expect(gists == [["call 1 reenact closed"], []])
        #expect(streams.openStreams == [1])
        streams.finished(1)
        #expect(streams.isIdle)
    }

    @Test func aUnaryClientMayCloseItsSideAfterTheAnswer() throws {
        var streams = ServerStreams()
        for stream in [1, 3, 5] as [UInt32] {
            #expect(try Self.gists(Self.request(stream, flags: .remoteOpen), streams: &streams).joined().count == 1)
            streams.finished(stream)
        }
        for stream in [1, 3, 5] as [UInt32] {
            #expect(
                try Self.gists(Self.data(stream, [], flags: [.remoteClosed, .noData]), streams: &streams) == [[]])
        }
        #expect(try Self.gists(Self.request(7), streams: &streams) == [["call 7 reenact closed"]])
    }

    @Test func aSessionIsOpenedFedAndEnded() throws {
        var streams = ServerStreams()
        let gists = try Self.gists(
            Self.request(3, .animate, flags: .remoteOpen), Self.data(3, [1]), Self.data(3, []),
            Self.data(3, [9], flags: .noData), Self.data(3, [2], flags: .remoteClosed), streams: &streams)
        #expect(gists == [["call 3 animate open"], ["data 3 [1]"], ["data 3 []"], [], ["data 3 [2]", "end 3"]])
        #expect(try Self.gists(Self.data(3), streams: &streams) == [["fail 3 INVALID_ARGUMENT"]])
        #expect(try Self.gists(Self.data(3), streams: &streams) == [[]])
    }

    @Test(arguments: [[.remoteClosed], [.remoteClosed, .noData]] as [Frame.Flags])
    func anEmptyLastFrameIsNoMessage(flags: Frame.Flags) throws {
        var streams = ServerStreams()
        _ = streams.receive(Self.request(1, .animate, flags: .remoteOpen))
        #expect(try Self.gists(Self.data(1, [], flags: flags), streams: &streams) == [["end 1"]])
    }

    @Test func theMethodDecidesWhatTheFlagsOfARequestMean() throws {
        var streams = ServerStreams()
        let gists = try Self.gists(
            Self.request(1, .animate), Self.request(3, .animate, flags: .remoteClosed),
            Self.request(5, .animate, flags: .remoteOpen, payload: [7]),
            Self.request(7, .healthWatch, flags: .remoteOpen), streams: &streams)
        #expect(gists[0] == ["call 1 animate open"])
        #expect(gists[1] == ["call 3 animate closed", "end 3"])
        #expect(gists[2] == ["call 5 animate open", "data 5 [7]"])
        #expect(gists[3] == ["call 7 healthWatch closed"])
    }

    @Test func evenAndReusedNumbersAreRefusedAndTwiceInARowIsTheEnd() throws {
        var streams = ServerStreams()
        #expect(try Self.gists(Self.request(2), streams: &streams) == [["reply 2 INVALID_ARGUMENT"]])
        #expect(try Self.gists(Self.request(5), streams: &streams) == [["call 5 reenact closed"]])
        streams.finished(5)
        #expect(try Self.gists(Self.request(3), streams: &streams) == [["reply 3 INVALID_ARGUMENT"]])
        #expect(try Self.gists(Self.request(5), streams: &streams) == [["reply 5 INVALID_ARGUMENT", "close"]])
        #expect(try Self.gists(Self.request(7), streams: &streams) == [[]])
    }

    @Test func aReusedNumberEndsTheCallThatRunsUnderIt() throws {
        var streams = ServerStreams()
        let gists = try Self.gists(Self.request(1), Self.request(1), streams: &streams)
        #expect(gists == [["call 1 reenact closed"], ["fail 1 INVALID_ARGUMENT"]])
    }

    @Test func dataOnNoStreamIsThatStreamsError() throws {
        var streams = ServerStreams()
        #expect(try Self.gists(Self.data(9), streams: &streams) == [["reply 9 INVALID_ARGUMENT"]])
        #expect(try Self.gists(Self.request(1), streams: &streams) == [["call 1 reenact closed"]])
        streams.finished(1)
        #expect(try Self.gists(Self.data(1), streams: &streams) == [["reply 1 INVALID_ARGUMENT"]])
        #expect(try Self.gists(Self.data(4), streams: &streams) == [["reply 4 INVALID_ARGUMENT", "close"]])
    }

    @Test func framesUnderWayWhenTheServerEndsAStreamAreForgiven() throws {
        var streams = ServerStreams()
        _ = streams.receive(Self.request(1, .animate, flags: .remoteOpen))
        streams.finished(1)
        let gists = try Self.gists(
            Self.data(1), Self.data(1), Self.data(1), Self.data(1, flags: .remoteClosed), Self.data(1),
            streams: &streams)
        #expect(gists == [[], [], [], [], ["reply 1 INVALID_ARGUMENT"]])
    }

    @Test func aFrameTooLongCostsItsStreamAlone() throws {
        var streams = ServerStreams(frameLimit: 100)
        let gists = try Self.gists(
            .tooLong(stream: 1, kind: .request, length: 101), .tooLong(stream: 1, kind: .data, length: 200),
            Self.request(3, .animate, flags: .remoteOpen), .tooLong(stream: 3, kind: .data, length: 101),
            Self.data(3), .tooLong(stream: 8, kind: .response, length: 200), streams: &streams)
        #expect(gists[0] == ["reply 1 RESOURCE_EXHAUSTED"])
        #expect(gists[1] == [])
        #expect(gists[2...] == [["call 3 animate open"], ["fail 3 RESOURCE_EXHAUSTED"], [], []])
        var fresh = ServerStreams(frameLimit: 100)
        guard case .reply(let frame)? = fresh.receive(.tooLong(stream: 1, kind: .request, length: 101)).first else {
            Issue.record("expected a reply")
            return
        }
        let status = try #require(try Wire.Response(decoding: frame.body).status)
        #expect(
            RPCError(status: status).detail == Wire.ErrorDetail(reason: .frameTooLong, limit: 100, actual: 101))
    }

    @Test func unknownMethodsAndUnreadableRequestsAreAnswered() throws {
        var streams = ServerStreams()
        let unknown = Wire.Request(service: "animo.v1.Animo", method: "Fly")
        #expect(
            try Self.gists(.frame(.request(unknown, stream: 1)), streams: &streams) == [["reply 1 UNIMPLEMENTED"]])
        let unreadable = Frame(stream: 3, kind: .request, body: ByteBuffer(bytes: [0xFF]))
        #expect(try Self.gists(.frame(unreadable), streams: &streams) == [["reply 3 INVALID_ARGUMENT"]])
        #expect(streams.isIdle)
    }

    @Test func streamsBeyondTheMostAreRefused() throws {
        var streams = ServerStreams(maximumOpen: 1)
        let gists = try Self.gists(Self.request(1), Self.request(3), streams: &streams)
        #expect(gists == [["call 1 reenact closed"], ["reply 3 RESOURCE_EXHAUSTED"]])
        streams.finished(1)
        #expect(try Self.gists(Self.request(5), streams: &streams) == [["call 5 reenact closed"]])
    }

    /// Whatever comes in any order: calls open once and with rising numbers; data, ends and failures are
    /// for streams that were handed out and not yet finished, ended or failed; nothing follows a close.
    @Test func randomFramesNeverGiveActionsThatContradictEachOther() throws {
        var random = SplitMix64(state: 3)
        for _ in 0..<2_000 {
            var streams = ServerStreams(frameLimit: 100, maximumOpen: 4)
            var open: Set<UInt32> = []
            var readable: Set<UInt32> = []
            var last: UInt32 = 0
            var closed = false
            for _ in 0..<60 {
                for action in streams.receive(.any(&random)) {
                    #expect(!closed)
                    switch action {
                    case .call(let call):
                        #expect(call.stream % 2 == 1 && call.stream > last)
                        last = call.stream
                        open.insert(call.stream)
                        if call.method.shape == .bidirectional { readable.insert(call.stream) }
                    case .data(let stream, _): #expect(readable.contains(stream))
                    case .remoteClosed(let stream): #expect(readable.remove(stream) != nil)
                    case .fail(let stream, _):
                        #expect(open.contains(stream))
                        readable.remove(stream)
                    case .reply(let frame): #expect(!open.contains(frame.stream) && frame.kind == .response)
                    case .close: closed = true
                    }
                }
                #expect(Set(streams.openStreams) == open && open.count <= 4)
                if let stream = open.sorted().randomElement(using: &random), Bool.random(using: &random) {
                    streams.finished(stream)
                    open.remove(stream)
                    readable.remove(stream)
                }
            }
        }
    }
}

extension FrameEvent {
    fileprivate static func any(_ random: inout SplitMix64) -> FrameEvent {
        let stream = UInt32.random(in: 0...40, using: &random)
        let flags = Frame.Flags(rawValue: UInt8.random(in: 0...7, using: &random))
        let kind = Frame.Kind(rawValue: UInt8.random(in: 1...3, using: &random)) ?? .data
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return .skipped(kind: 9)
        case 1: return .tooLong(stream: stream, kind: kind, length: 101)
        case 2: return .frame(Frame(stream: stream, kind: kind, flags: flags, body: ByteBuffer(bytes: [0xFF])))
        case 3..<7: return ServerStreamsTests.data(stream, flags: flags)
        default:
            let method = Method.allCases.randomElement(using: &random) ?? .animate
            return ServerStreamsTests.request(stream | 1, Bool.random(using: &random) ? .animate : method, flags: flags)
        }
    }
}
