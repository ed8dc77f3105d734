import Testing

@testable import AnimoLoad

struct PaceTests {
    @Test func sessionsStartOneAfterTheOtherWithinAnInterval() {
        let pace = Pace.at(framesPerSecond: 10)
        #expect(pace.due(frame: 0, session: 0, of: 4) == .zero)
        #expect(pace.due(frame: 0, session: 1, of: 4) == .milliseconds(25))
        #expect(pace.due(frame: 3, session: 2, of: 4) == .milliseconds(350))
    }

    @Test func aClosedLoopHasNoSchedule() {
        #expect(Pace.asAnswered.due(frame: 7, session: 0, of: 1) == nil)
        #expect(Pace.asAnswered.framesPerSecond == nil)
    }

    @Test(arguments: [(0, Int64(0)), (3, 1_234_567_890_123), (1 << 40, -5)])
    func stampsComeBackAsTheyWere(index: Int, nanoseconds: Int64) {
        let stamp = Stamp(index: index, nanoseconds: nanoseconds)
        #expect(Stamp(stamp.bytes) == stamp)
    }

    @Test(arguments: [0, 1, 15, 17]) func foreignStampsAreNone(count: Int) {
        #expect(Stamp([UInt8](repeating: 1, count: count)) == nil)
    }

    @Test(arguments: [
        (["--rate", "0"], false), (["--rate", "25"], true), (["--sessions", "1,x"], false),
        (["--sessions", "0"], false), (["--fit", "none"], true), (["--fit", "10,25"], true), (["--fit", ""], false),
        (["--input", "jpeg", "--frame-side", "64"], true), (["--frame-side", "65"], false),
        (["--policy", "latest", "--window", "8"], true), (["--window", "0"], false), (["--frames", "1"], false),
    ])
    func optionsAreCheckedBeforeAnythingIsMeasured(arguments: [String], isGood: Bool) {
        #expect(((try? LoadOptions.parse(arguments)) != nil) == isGood)
    }
}
