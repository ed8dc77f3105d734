import AnimoWire
import NIOCore
import Testing

@testable import AnimoServer

/// How fast one peer is read from beside another.
struct ReadingPaceTests {
    private static let hog = PeerIdentity.Owner.user(1)
    private static let good = PeerIdentity.Owner.host("192.0.2.1")

    private let pace = ReadingPace()
    /// 100 calls, a twentieth of what a peer may have in a second.
    private let calls: ReadingPace.Work = {
        var work = ReadingPace.Work()
        let request = Frame.request(
            Wire.Request(service: Method.healthCheck.service, method: Method.healthCheck.name), stream: 1)
        for _ in 0..<100 { work.add(.frame(request)) }
        return work
    }()
    private let call: ReadingPace.Work = {
        var work = ReadingPace.Work()
        work.add(.frame(.request(Wire.Request(service: "", method: ""), stream: 1)))
        return work
    }()

    /// A point of a virtual clock, in milliseconds.
    private func at(_ milliseconds: Int64) -> NIODeadline {
        .uptimeNanoseconds(100_000_000_000) + .milliseconds(milliseconds)
    }

    @Test func aPeerThatIsAloneIsReadAsFastAsItSends() {
        for _ in 0..<1000 { #expect(pace.charge(calls, to: Self.hog, at: at(0)) == nil) }
    }

    @Test func besideAnotherItHasTwoThousandCallsASecond() {
        #expect(pace.charge(call, to: Self.good, at: at(0)) == nil)
        // A burst of 100 calls is free.
        #expect(pace.charge(calls, to: Self.hog, at: at(0)) == nil)
        #expect(pace.charge(calls, to: Self.hog, at: at(0)) == at(50))
        // Others of its connections wait behind.
        #expect(pace.charge(calls, to: Self.hog, at: at(0)) == at(100))
        #expect(pace.charge(calls, to: Self.hog, at: at(100)) == at(150))
        // In the long run it is its rate.
        var now = at(150)
        for _ in 0..<100 {
            _ = pace.charge(call, to: Self.good, at: now)
            now = pace.charge(calls, to: Self.hog, at: now) ?? now
        }
        #expect(now == at(150 + 100 * 50))
    }

    @Test func whoAsksLittleNeverWaits() {
        for millisecond in 0..<1000 {
            _ = pace.charge(calls, to: Self.hog, at: at(Int64(millisecond)))
            #expect(pace.charge(call, to: Self.good, at: at(Int64(millisecond))) == nil)
        }
    }

    /// What it was ahead by is forgiven but for a burst, and a second without another makes it alone.
    @Test func whatAPeerHadAloneIsNotHeldAgainstIt() {
        for _ in 0..<100 { _ = pace.charge(calls, to: Self.hog, at: at(0)) }
        #expect(pace.charge(call, to: Self.good, at: at(1)) == nil)
        #expect(pace.charge(call, to: Self.hog, at: at(1)) == nil)
        #expect(pace.charge(calls, to: Self.hog, at: at(1)) == at(50) + .microseconds(500))
        #expect(pace.charge(calls, to: Self.hog, at: at(1002)) == nil)
        #expect(pace.charge(calls, to: Self.hog, at: at(1002)) == nil)
    }

    @Test func aConnectionAndBytesCostToo() {
        _ = pace.charge(call, to: Self.good, at: at(0))
        // 2 ms for a connection, 500 microseconds for 256 KiB.
        for _ in 0..<25 { #expect(pace.charge(.connection, to: Self.hog, at: at(0)) == nil) }
        #expect(pace.charge(.connection, to: Self.hog, at: at(0)) == at(2))
        var bytes = ReadingPace.Work()
        bytes.add(bytes: 256 << 10)
        #expect(pace.charge(bytes, to: Self.hog, at: at(2)) == at(2) + .microseconds(500))
        // Many reads of little are as much as one.
        var parts = ReadingPace.Work()
        for _ in 0..<256 { parts.add(bytes: 1024) }
        #expect(abs((parts.time - bytes.time).nanoseconds) < 1000)
        #expect(pace.charge(ReadingPace.Work(), to: Self.hog, at: at(2)) == nil)
    }
}
