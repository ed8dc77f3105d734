import NIOCore
import Testing

@testable import AnimoServer

/// The ten seconds in which a frame must be whole.
struct FrameClockTests {
    private func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(1_000_000) + .seconds(seconds) }

    @Test func aFrameThatIsNotWholeInTimeIsStalled() {
        var clock = FrameClock()
        #expect(!clock.isStalled(at: at(100)))
        clock.read(isInside: true, hasEnded: false, at: at(100))
        // More of it does not win time.
        clock.read(isInside: true, hasEnded: false, at: at(109))
        #expect(clock.began == at(100))
        #expect(!clock.isStalled(at: at(110)))
        #expect(clock.isStalled(at: at(111)))
    }

    @Test func theNextFrameHasATimeOfItsOwn() {
        var clock = FrameClock()
        clock.read(isInside: true, hasEnded: false, at: at(0))
        clock.read(isInside: true, hasEnded: true, at: at(9))
        #expect(clock.began == at(9))
        #expect(!clock.isStalled(at: at(19)))
        clock.read(isInside: false, hasEnded: true, at: at(19))
        #expect(clock.began == nil)
        #expect(!clock.isStalled(at: at(100)))
    }

    /// A server that does not read for want of room does not cut off the client that it keeps waiting.
    @Test func theClockStandsWhileTheServerDoesNotRead() {
        var clock = FrameClock()
        clock.read(isInside: true, hasEnded: false, at: at(0))
        clock.stop(at: at(4))
        #expect(!clock.isStalled(at: at(3600)))
        clock.resume(at: at(3600))
        #expect(clock.began == at(3596))
        #expect(!clock.isStalled(at: at(3606)))
        #expect(clock.isStalled(at: at(3607)))
    }

    /// What had stalled before the server stopped reading has stalled.
    @Test func standingWinsNoTimeForOneThatWasLate() {
        var clock = FrameClock()
        clock.read(isInside: true, hasEnded: false, at: at(0))
        clock.stop(at: at(11))
        #expect(clock.isStalled(at: at(12)))
    }

    @Test func aServerThatReadsOnHasNothingToResume() {
        var clock = FrameClock()
        clock.read(isInside: true, hasEnded: false, at: at(0))
        clock.resume(at: at(20))
        #expect(clock.began == at(0))
        // Nothing is in hand while it stands.
        clock.read(isInside: false, hasEnded: true, at: at(20))
        clock.stop(at: at(21))
        clock.resume(at: at(30))
        #expect(clock.began == nil)
    }
}
