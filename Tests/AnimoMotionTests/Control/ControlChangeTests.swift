import Testing

@testable import AnimoMotion

/// Boundaries in time of control: losses, returns, changes and calibrations.
struct ControlChangeTests {
    private static let yaw = 19

    /// A state whose head is turned by so many degrees.
    private func turned(_ degrees: Double) -> [Double] {
        var state = [Double](repeating: 0, count: 87)
        state[Self.yaw] = degrees
        return state
    }

    /// Times since 1970 do not give half a second exactly.
    @Test(arguments: [0, 0.1, 1_700_000_000.1])
    func aLostHeadIsHeldForHalfASecondAndNotLonger(start: Double) {
        for (away, expected) in [(0.25, ControlTracking.held), (0.5, .held), (0.500_001, .idle), (0.75, .idle)] {
            var control = Control(.motion)
            _ = control.frame(at: start, driver: turned(10))
            #expect(control.frame(at: start + away, driver: nil).tracking == expected, "\(away)")
        }
    }

    /// The first head after a loss passes as it is, however strong the smoothing: what was before is not it.
    @Test(arguments: [0.25, 0.75]) func filtersBeginAnewAfterALoss(away: Double) {
        let options = ControlOptions(
            groups: [.rotation: .init(smoothing: 4)], lost: .init(hold: 0.5, ease: 0, back: 0))
        var control = Control(.motion, options: options)
        for frame in 0..<4 { _ = control.frame(at: Double(frame) / 4, driver: turned(0)) }
        _ = control.frame(at: 0.75 + away, driver: nil)
        #expect(abs(control.frame(at: 0.75 + away + 0.125, driver: turned(20)).state[Self.yaw] - 20) < 1e-9)
        let next = control.frame(at: 0.75 + away + 0.25, driver: turned(0)).state[Self.yaw]
        #expect(next > 1 && next < 20)
    }

    /// A change begins where the head is seen, not where it would be beyond its range.
    @Test func aChangeGlidesFromWhatIsShown() {
        var control = Control(.motion, options: ControlOptions(groups: [.rotation: .init(gain: 2)], blend: 1))
        #expect(control.frame(at: 0, driver: turned(25)).state[Self.yaw] == 30)
        control.change(ControlOptions(blend: 1))
        #expect(abs(control.frame(at: 0.5, driver: turned(25)).state[Self.yaw] - 30) < 1e-9)
        #expect(abs(control.frame(at: 1, driver: turned(25)).state[Self.yaw] - 27.5) < 1e-9)
        #expect(abs(control.frame(at: 1.5, driver: turned(25)).state[Self.yaw] - 25) < 1e-9)
    }

    /// Of changes that fall on one frame the longest decides how long they take.
    @Test(arguments: [[1, 0.25], [0.25, 1]]) func changesTogetherTakeTheLongestTime(blends: [Double]) {
        var control = Control(.motion)
        _ = control.frame(at: 0, driver: turned(20))
        for blend in blends { control.change(ControlOptions(isMirrored: true), blend: blend) }
        #expect(abs(control.frame(at: 0.25, driver: turned(20)).state[Self.yaw] - 20) < 1e-9)
        #expect(abs(control.frame(at: 0.75, driver: turned(20)).state[Self.yaw]) < 1e-9)
        #expect(abs(control.frame(at: 1.25, driver: turned(20)).state[Self.yaw] + 20) < 1e-9)
    }

    /// The frame at the end of a calibration belongs to it and ends it.
    @Test func aCalibrationHasItsLastFrame() {
        var control = Control(.motion, options: ControlOptions(relative: [.translation]))
        control.calibrate(over: 0.5)
        for (time, number) in [(0.0, 1.0), (0.25, 2), (0.5, 6)] {
            var state = turned(0)
            state[20] = number
            let calibrated = control.frame(at: time, driver: state).calibrated
            #expect((calibrated != nil) == (time == 0.5))
            guard let calibrated else { continue }
            #expect(calibrated.frames == 3 && abs(calibrated.neutral[20] - 3) < 1e-9)
        }
    }
}
