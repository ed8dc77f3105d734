import AnimoMotion
import AnimoModel
import Testing

@testable import AnimoServer

/// Which frames one picture is drawn from, and what they are told against.
struct CodeTimelineTests {
    private func timeline(_ frames: [UInt64], lookahead: Int, finished: Bool = false) -> CodeTimeline {
        var timeline = CodeTimeline(window: 5, lookahead: lookahead, neutral: nil)
        for seq in frames { timeline.append(DriverCode([Float(seq)]), at: seq) }
        if finished { timeline.finish() }
        return timeline
    }

    private func window(_ timeline: CodeTimeline, _ seq: UInt64) -> [Float]? {
        timeline.codes(around: seq)?.map { $0.values[0] }
    }

    @Test func withoutLookaheadTheNewestFrameStandsForTheFuture() {
        let three = timeline([1, 2, 3], lookahead: 0)
        #expect(window(three, 3) == [1, 2, 3, 3, 3])
        #expect(window(three, 1) == [1, 1, 1, 1, 1])
    }

    @Test func withLookaheadAPictureWaitsForItsFutureOrTheEnd() {
        #expect(window(timeline([1, 2, 3], lookahead: 2), 2) == nil)
        #expect(window(timeline([1, 2, 3, 4], lookahead: 2), 2) == [1, 1, 2, 3, 4])
        #expect(window(timeline([1, 2, 3], lookahead: 2, finished: true), 2) == [1, 1, 2, 3, 3])
        #expect(window(timeline([1, 2, 3, 4], lookahead: 1), 2) == [1, 1, 2, 3, 3])
    }

    @Test func framesThatFailedHaveNoPlace() {
        let some = timeline([1, 4, 9], lookahead: 0)
        #expect(window(some, 9) == [1, 4, 9, 9, 9])
        #expect(window(some, 2) == nil)
    }

    @Test func framesThatFailedAreWaitedForButDrawnFromByNobody() {
        var some = timeline([1, 2], lookahead: 2)
        some.pass(2)
        #expect(window(some, 1) == nil)
        some.pass(3)
        #expect(window(some, 1) == [1, 1, 1, 2, 2] && window(some, 2) == nil)
        some.append(DriverCode([4]), at: 4)
        #expect(window(some, 1) == [1, 1, 1, 2, 2] && window(some, 2) == [1, 1, 2, 4, 4])
        some.append(DriverCode([5]), at: 5)
        #expect(window(some, 2) == [1, 1, 2, 4, 4] && window(some, 4) == nil)
    }

    @Test func itForgetsWhatNobodyCanStillRead() {
        let many = timeline(Array(1...1000), lookahead: 0)
        #expect(window(many, 1000) == [998, 999, 1000, 1000, 1000])
        #expect(window(many, 1) == nil)
    }

    @Test func theFirstFrameIsTheNeutralUntilANewOneIsTaken() {
        var timeline = CodeTimeline(window: 1, lookahead: 0, neutral: nil)
        #expect(timeline.neutral(for: DriverCode([1]), at: 1) == DriverCode([1]))
        #expect(timeline.neutral(for: DriverCode([2]), at: 2) == DriverCode([1]))
        timeline.calibrate(after: 3)
        #expect(timeline.neutral(for: DriverCode([3]), at: 3) == DriverCode([1]))
        #expect(timeline.neutral(for: DriverCode([5]), at: 5) == DriverCode([5]))
        #expect(timeline.neutral(for: DriverCode([6]), at: 6) == DriverCode([5]))
    }

    @Test func aCalibrationThatComesBeforeTheFirstFrameIsReadStands() {
        var timeline = CodeTimeline(window: 1, lookahead: 0, neutral: nil)
        timeline.calibrate(after: 1)
        #expect(timeline.neutral(for: DriverCode([1]), at: 1) == DriverCode([1]))
        #expect(timeline.neutral(for: DriverCode([2]), at: 2) == DriverCode([2]))
    }

    @Test func aNeutralThatWasGivenIsKept() {
        var timeline = CodeTimeline(window: 1, lookahead: 0, neutral: DriverCode([7]))
        #expect(timeline.neutral(for: DriverCode([1]), at: 1) == DriverCode([7]))
    }
}
