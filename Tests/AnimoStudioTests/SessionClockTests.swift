import Testing

@testable import AnimoStudio

@Suite struct SessionClockTests {
    private static let start = SessionClock.start

    /// A clock after one picture, captured at 5000 ms.
    private func shown() -> SessionClock {
        var clock = SessionClock()
        clock.show(clock.time(at: 5000), of: 5000)
        return clock
    }

    @Test func advancesWithCapture() {
        var clock = shown()
        for time in stride(from: 5033.0, through: 8000, by: 33) {
            let told = clock.time(at: time)
            #expect(told == Self.start + time - 5000)
            clock.show(told, of: time)
        }
    }

    /// The daemon takes more than a second between two frames that it sees for a loss.
    @Test func aPauseIsNoLossHoweverLongItIs() {
        var clock = shown()
        var last = Self.start
        for time in [9000.0, 60_000, 1e9] {
            let told = clock.time(at: time)
            #expect(told > last && told - last < 1000)
            clock.show(told, of: time)
            last = told
        }
    }

    /// Frames that the daemon dropped do not add up to one.
    @Test func framesThatAreNotShownDoNotAdvanceIt() {
        var clock = shown()
        for time in stride(from: 5100.0, through: 9000, by: 100) {
            #expect(clock.time(at: time) == Self.start + min(time - 5000, SessionClock.longestPause))
        }
    }

    @Test func neverRunsBack() {
        var clock = shown()
        let later = clock.time(at: 5500)
        clock.show(later, of: 5500)
        #expect(clock.time(at: 10) == later, "another driver's clock")
        clock.show(later, of: 10)
        #expect(clock.time(at: 43) == later + 33)
        clock.show(Self.start, of: 5000)
        #expect(clock.time(at: 43) == later + 33, "a result that comes late")
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e300, -1e300])
    func anyTimeGivesASoundOne(time: Double) {
        var clock = shown()
        let told = clock.time(at: time)
        #expect(Int64(exactly: told.rounded()) != nil && told >= Self.start)
        clock.show(told, of: time)
        #expect(clock.time(at: 5100) >= told)
    }
}
