import AnimoJSON
import Foundation
import Testing

@testable import AnimoMotion

struct ControlTests {
    @Test(.enabled(if: LiveFixture.available, LiveFixture.skipped))
    func showsWhatTheReferenceShows() throws {
        let scenarios = try LiveFixture.json("control.json").items
        for scenario in scenarios {
            let name = scenario["name"].stringValue ?? ""
            var options = ControlOptions(idleSeed: UInt64(scenario["seed"].integerValue ?? 0))
            _ = options.apply(scenario["options"])
            var control = Control(.pose, options: options, own: scenario["own"].numbers)
            for (index, frame) in scenario["frames"].items.enumerated() {
                for event in scenario["events"][String(index)].items {
                    let keywords = event.items[1]
                    if event.items[0].stringValue == "change" {
                        let blend = options.apply(keywords)
                        control.change(options, blend: blend)
                    } else if keywords["neutral"].arrayValue != nil {
                        control.calibrate(neutral: keywords["neutral"].numbers)
                    } else {
                        control.calibrate(
                            over: keywords["seconds"].doubleValue ?? 0, includesEyes: keywords["eyes"] == .bool(true))
                    }
                }
                let driver = frame["state"].arrayValue == nil ? nil : frame["state"].numbers
                let shown = control.frame(at: frame["t"].doubleValue ?? .nan, driver: driver)
                let expected = scenario["expected"].items[index]
                let numbers = expected["shown"].numbers
                #expect(shown.tracking.rawValue == expected["flag"].stringValue, "\(name), frame \(index)")
                let isNear =
                    largestDifference(Array(shown.state[..<17]), Array(numbers[..<17])) < 1e-5
                    && largestDifference(Array(shown.state[17..<20]), Array(numbers[17..<20])) < 1e-4
                    && largestDifference(Array(shown.state[20...]), Array(numbers[20...])) < 1e-5
                #expect(isNear, "\(name), frame \(index)")
            }
        }
        #expect(scenarios.count == 23)
    }

    @Test(.enabled(if: LiveFixture.available, LiveFixture.skipped))
    func filterIsTheOneOfItsAuthors() throws {
        for item in try LiveFixture.json("one-euro.json").items {
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
        for item in try LiveFixture.json("idle.json").items {
            let seed = UInt64(try #require(item["seed"].integerValue))
            var late = IdleMotion(seed: seed, amount: 1, start: 1000)
            var idle = IdleMotion(seed: seed, amount: 1)
            for (time, expected) in zip(item["times"].numbers, item["states"].items) {
                idle.advance(to: time)
                late.advance(to: 1000 + time)
                let own = [Double](repeating: 0, count: 23)
                let state = idle.applied(to: own, at: time, .pose)
                #expect(largestDifference([state[6], state[17], state[18], state[19]], expected.numbers) < 1e-6)
                #expect(largestDifference(state, late.applied(to: own, at: 1000 + time, .pose)) < 1e-6)
            }
        }
    }

    @Test(.enabled(if: LiveFixture.available, LiveFixture.skipped))
    func pacesResultsLikeTheReference() throws {
        for item in try LiveFixture.json("pace.json").items {
            let ready = item["ready"].numbers
            var pacer = FixedRatePacer(rate: try #require(item["rate"].doubleValue))
            pacer.ready(at: ready[0])
            for tick in item["ticks"].items {
                let due = try #require(pacer.next)
                let count = ready.count { $0 <= due + 1e-9 }
                #expect(count - 1 == tick.items[0].integerValue)
                #expect(pacer.tick(readyCount: count) == tick.items[1].boolValue)
            }
        }
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
