import AnimoDrivers
import Testing

struct CaptureClockTests {
    @Test func theTrackersStepsCountWhereItsClockAdvances() {
        var clock = CaptureClock()
        var captures: [Double] = []
        for (tracker, arrival) in [
            (100.0 as Double?, 5.0), (100.5, 5.75), (100.5, 6.0), (3.0, 6.25), (3.125, 6.75), (nil, 7.0), (4.0, 7.5),
            (900.0, 8.0),
        ] {
            captures.append(clock.capture(tracker: tracker, arrival: arrival))
        }
        // By tracker, by arrival (stood still), by arrival (began again), by tracker, by arrival (said nothing), by
        // arrival (nothing to compare with), by arrival (too long to be believed).
        #expect(captures == [0, 0.5, 0.75, 1, 1.125, 1.375, 1.875, 2.375])
    }
}
