import AnimoJSON
import Foundation
import Testing

@testable import AnimoMotion

struct ControlTests {
    /// What poses leave of an expression.
    private static let noRemainder = [Double](repeating: 0, count: 64)

    @Test(.enabled(if: LiveFixture.available, LiveFixture.skipped))
    func showsWhatTheReferenceShows() throws {
        let scenarios = try LiveFixture.json("control.json").items
        for scenario in scenarios {
            let name = scenario["name"].stringValue ?? ""
            var options = ControlOptions(idleSeed: UInt64(scenario["seed"].integerValue ?? 0))
            _ = options.apply(scenario["options"])
            var control = Control(.motion, options: options, own: scenario["own"].numbers)
            for (index, frame) in scenario["frames"].items.enumerated() {
                for event in scenario["events"][String(index)].items {
                    let keywords = event.items[1]
                    if event.items[0].stringValue == "change" {
                        let blend = options.apply(keywords)
                        control.change(options, blend: blend)
                    } else if keywords["neutral"].arrayValue != nil {
                        control.calibrate(neutral: keywords["neutral"].numbers + Self.noRemainder)
                    } else {
                        control.calibrate(
                            over: keywords["seconds"].doubleValue ?? 0, includesEyes: keywords["eyes"] == .bool(true))
                    }
                }
                let driver = frame["state"].arrayValue == nil ? nil : frame["state"].numbers + Self.noRemainder
                let shown = control.frame(at: frame["t"].doubleValue ?? .nan, driver: driver)
                let expected = scenario["expected"].items[index]
                let numbers = expected["shown"].numbers
                #expect(shown.tracking.rawValue == expected["flag"].stringValue, "\(name), frame \(index)")
                let isNear =
                    largestDifference(Array(shown.state[..<17]), Array(numbers[..<17])) < 1e-5
                    && largestDifference(Array(shown.state[17..<20]), Array(numbers[17..<20])) < 1e-4
                    && largestDifference(Array(shown.state[20..<23]), Array(numbers[20...])) < 1e-5
                    && shown.state[23...].allSatisfy { $0 == 0 }
                #expect(isNear, "\(name), frame \(index)")
            }
        }
        #expect(scenarios.count == 23)
    }

    @Test(.enabled(if: LiveFixture.available, LiveFixture.skipped))
    func filterIsTheOneOfItsAuthors() throws {
        let items = try LiveFixture.json("one-euro.json").items
        #expect(items.count == 5)
        for item in items {
            let settings = item["settings"].numbers
            let group = try #require(ControlGroup(rawValue: item["group"].stringValue ?? ""))
            let own = Smoothing.settings(of: group)
            #expect([own.cutoff, own.slope, own.speedCutoff] == settings)
            var filter = OneEuroFilter()
            var before: Double?
            let filtered = zip(item["t"].numbers, item["x"].numbers).map { time, x in
                defer { before = time }
                return filter.step(x, elapsed: time - (before ?? time), strength: 1, own)
            }
            #expect(largestDifference(filtered, item["y"].numbers) < 1e-8)
        }
    }

    @Test(.enabled(if: LiveFixture.available, LiveFixture.skipped))
    func idleMotionIsAFunctionOfTimeAndSeed() throws {
        let items = try LiveFixture.json("idle.json").items
        #expect(items.count == 3)
        for item in items {
            #expect(item["times"].items.count == item["states"].items.count)
            let seed = UInt64(try #require(item["seed"].integerValue))
            var late = IdleMotion(seed: seed, amount: 1, start: 1000)
            var idle = IdleMotion(seed: seed, amount: 1)
            for (time, expected) in zip(item["times"].numbers, item["states"].items) {
                idle.advance(to: time)
                late.advance(to: 1000 + time)
                let own = [Double](repeating: 0, count: 87)
                let state = idle.applied(to: own, at: time, .motion)
                #expect(largestDifference([state[6], state[17], state[18], state[19]], expected.numbers) < 1e-6)
                #expect(largestDifference(state, late.applied(to: own, at: 1000 + time, .motion)) < 1e-6)
            }
        }
    }

    @Test(.enabled(if: LiveFixture.available, LiveFixture.skipped))
    func gainsScaleWhatAPoseCanShowAndTheRestByTheirMean() throws {
        let fixture = try LiveFixture.json("gains.json")
        let basis = fixture["basis"].items.flatMap(\.numbers).map { Float($0) }
        let code = try #require(ControlCode(mapping: PoseMapping(basis: basis), codeCount: 70))
        #expect(fixture["cases"].items.count == 6)
        for item in fixture["cases"].items {
            let expression = item["expression"].numbers.map { Float($0) }
            let driver = expression + [0.1, -0.2, 0.3, 0.01, 0.02, 0.03]
            let gains = item["gains"].numbers
            var options = ControlOptions()
            for (group, gain) in zip([ControlGroup.brows, .eyes, .mouth], gains) {
                options.groups[group] = .init(gain: gain)
            }
            let state = code.state(of: driver)
            #expect(largestDifference(Array(state[..<17]), item["intensities"].numbers) < 1e-4)
            var control = Control(code.layout, options: options)
            let shown = control.frame(at: 0, driver: state, isCut: false)
            let result = code.code(of: shown.state).map(Double.init)
            #expect(largestDifference(Array(result[..<64]), item["result"].numbers) < 1e-4)
            #expect(largestDifference(Array(result[64...]), driver[64...].map(Double.init)) < 1e-6)
        }
    }

    @Test
    func aPoseUnderControlThatAsksForNothingIsTheSameCode() throws {
        var generator = SplitMix64(state: 2)
        let mapping = PoseMapping(basis: (0..<17 * 64).map { _ in generator.unit() - 0.5 })
        let code = try #require(ControlCode(mapping: mapping, codeCount: 70))
        var control = Control(code.layout)
        for index in 0..<20 {
            let pose = try Pose((0..<20).map { $0 < 17 ? generator.unit() : 40 * generator.unit() - 20 })
            let motion = try mapping.motion(from: pose, translation: SIMD3(0.5, 0.25, 0.125)).values
            let shown = control.frame(at: Double(index) / 30, driver: code.state(of: motion, pose: pose))
            #expect(code.pose(of: shown.state)?.prefix(17) == pose.values.prefix(17))
            #expect(
                largestDifference(
                    code.code(of: shown.state).map(Double.init), motion.map(Double.init)) < 1e-6)
        }
    }

    @Test
    func modelsWithoutABasisTellTheExpressionAsAWhole() throws {
        let code = try #require(ControlCode(mapping: PoseMapping(basis: nil), codeCount: 70))
        let driver = (0..<70).map { Float($0) / 100 }
        #expect(code.groups == [.rotation, .translation])
        #expect(ControlCode(mapping: PoseMapping(basis: nil), codeCount: 60) == nil)
        var control = Control(code.layout)
        let shown = control.frame(at: 0, driver: code.state(of: driver), isCut: false)
        #expect(largestDifference(code.code(of: shown.state).map(Double.init), driver.map(Double.init)) < 1e-6)
        #expect(code.pose(of: shown.state) == nil)
    }

    @Test
    func aFarJumpOfTimeIsBounded() {
        var control = Control(.motion)
        let still = [Double](repeating: 0, count: 87)
        for time in [0, 1e12, 2e12, .infinity, -1e300, 1e300, .nan] {
            let shown = control.frame(at: time, driver: still)
            #expect(shown.state.allSatisfy { $0.isFinite })
        }
        let idle = control.frame(at: 1e301, driver: nil)
        #expect(idle.state.allSatisfy { $0.isFinite })
    }

    /// Idle motion of another seed begins when it is asked for, as it would at the start.
    @Test
    func anotherSeedBeginsAnew() {
        let still = [Double](repeating: 0, count: 87)
        var options = ControlOptions(
            groups: [.eyes: .init(origin: .idle), .rotation: .init(origin: .idle)], idleSeed: 1)
        var control = Control(.motion, options: options)
        for time in [0.0, 50, 100] { _ = control.frame(at: time, driver: still) }
        options.idleSeed = 7
        control.change(options)
        // It blends in from the next frame on, which is not compared.
        _ = control.frame(at: 100.5, driver: still)
        var idle = IdleMotion(seed: 7, amount: 1)
        for step in 2...20 {
            let shown = control.frame(at: 100 + Double(step) / 2, driver: still)
            idle.advance(to: Double(step) / 2)
            let expected = idle.applied(to: still, at: Double(step) / 2, .motion)
            #expect(largestDifference(Array(shown.state[6..<8]), Array(expected[6..<8])) < 1e-9)
            #expect(largestDifference(Array(shown.state[17..<20]), Array(expected[17..<20])) < 1e-9)
        }
    }

    /// A neutral is taken off part by part, and what no pose can show of an expression with the expression.
    @Test(arguments: [RelativePart.expression, .translation])
    func aNeutralIsTakenOffPartByPart(_ part: RelativePart) {
        var control = Control(.motion, options: ControlOptions(relative: [part]))
        control.calibrate(neutral: (0..<87).map { Double($0) / 1000 })
        let shown = control.frame(at: 0, driver: [Double](repeating: 0.5, count: 87), isCut: false)
        for (index, value) in shown.uncut.enumerated() {
            let own: RelativePart = index < 17 || index >= 23 ? .expression : index < 20 ? .rotation : .translation
            #expect(abs(value - (own == part ? 0.5 - Double(index) / 1000 : 0.5)) < 1e-9, "\(index)")
        }
    }

    @Test
    func talkingHead3HasItsOwnLayout() {
        let layout = ControlLayout.talkingHead3
        #expect(Set(layout.groups.values.joined()) == Set(0..<45))
        #expect(layout.mirrored(layout.mirrored((0..<45).map(Double.init))) == (0..<45).map(Double.init))
        // A turn of 10 degrees beyond a neutral of 10 is one of 20, whatever a unit is.
        var control = Control(layout, options: ControlOptions(relative: [.rotation]))
        var neutral = [Double](repeating: 0, count: 45)
        neutral[40] = -1
        control.calibrate(neutral: neutral)
        var driver = neutral
        driver[40] = 1
        let shown = control.frame(at: 0, driver: driver)
        #expect(abs(shown.uncut[40] - 2) < 1e-9)
    }
}

extension ControlOptions {
    /// Takes what a scenario names and leaves the rest.
    ///
    /// - Returns: how long the change shall take, nil for the options' own time.
    fileprivate mutating func apply(_ changes: JSONValue) -> Double? {
        for (name, value) in changes.objectValue?.members ?? [] {
            switch name {
            case "groups":
                groups = [:]
                for (group, members) in value.objectValue?.members ?? [] {
                    guard let group = ControlGroup(rawValue: group) else { continue }
                    groups[group] = Group(
                        origin: ControlOrigin(rawValue: members["origin"].stringValue ?? "driver") ?? .driver,
                        gain: members["gain"].doubleValue ?? 1, smoothing: members["smoothing"].doubleValue ?? 0)
                }
            case "relative": relative = Set(value.items.compactMap { RelativePart(rawValue: $0.stringValue ?? "") })
            case "mirror": isMirrored = value == .bool(true)
            case "fixed": fixed = value.numbers
            case "lost": lost = Lost(hold: value.numbers[0], ease: value.numbers[1], back: value.numbers[2])
            default: break
            }
        }
        return changes["blend"].doubleValue
    }
}

/// Steps of exactly a second, which doubles give a little too long or not.
struct ControlClockTests {
    @Test(arguments: [
        (3.4, 4.4, false), (0.1, 1.1, false), (1_700_000_000.1, 1_700_000_001.1, false), (3.4, 4.400_001, true),
    ])
    func aGapBeginsBeyondASecond(from: Double, to: Double, isGap: Bool) {
        var clock = ControlClock()
        _ = clock.tick(from)
        #expect(clock.tick(to).isGap == isGap)
        #expect(clock.tick(from).isRestart == isGap)
    }
}
