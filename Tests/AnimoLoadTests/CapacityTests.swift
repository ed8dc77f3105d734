import AnimoWire
import Testing

@testable import AnimoLoad

struct CapacityTests {
    @Test(arguments: [0, 1, 2, 3, 7, 31, 63, 64], [0, 1, 3, 8, 64, 1000])
    func theSearchFindsTheLargestFromAnyGuess(most: Int, guess: Int) async {
        var tried: [Int] = []
        let found = await CapacitySearch.largest(from: guess, limit: 64) { number in
            tried.append(number)
            return number <= most
        }
        #expect(found == most)
        #expect(Set(tried).count == tried.count)
        #expect(tried.allSatisfy { (1...64).contains($0) })
        #expect(tried.count <= 14)
    }

    @Test func aGoodGuessTakesTwoTries() async {
        var tried: [Int] = []
        _ = await CapacitySearch.largest(from: 3, limit: 64) { number in
            tried.append(number)
            return number <= 3
        }
        #expect(tried == [3, 4])
    }

    @Test(arguments: [
        // 25 fps: two intervals are 80 ms.
        (rendered: 100, late: 0, dropped: 0, heldBack: 0, fits: true),
        (rendered: 99, late: 0, dropped: 1, heldBack: 0, fits: true),
        (rendered: 98, late: 0, dropped: 1, heldBack: 1, fits: false),
        (rendered: 99, late: 1, dropped: 0, heldBack: 0, fits: true),
        (rendered: 98, late: 2, dropped: 0, heldBack: 0, fits: false),
        (rendered: 0, late: 0, dropped: 10, heldBack: 0, fits: false),
    ])
    func aLoadFitsWhenHardlyAFrameIsLostOrLate(
        rendered: Int, late: Int, dropped: Int, heldBack: Int, fits: Bool
    ) {
        var session = SessionSamples()
        session.samples += (0..<rendered).map { _ in FrameSample(outcome: .ok, delay: 0.05) }
        session.samples += (0..<late).map { _ in FrameSample(outcome: .ok, delay: 0.081) }
        session.samples += (0..<dropped).map { _ in FrameSample(outcome: .dropped, delay: 0.05) }
        session.heldBack = heldBack
        #expect(CapacityRule().fits(LoadSummary(sessions: [session], rate: 25)) == fits)
    }

    @Test func aClosedLoopNeverFits() {
        var session = SessionSamples()
        session.samples = [FrameSample(outcome: .ok, delay: 0.001)]
        #expect(!CapacityRule().fits(LoadSummary(sessions: [session], rate: nil)))
    }

    @Test func oneSpoiledRunIsTriedAgain() async {
        let plan = LoadPlan(source: Wire.PutSourceRequest(), drivers: [])
        var runs: [Int] = []
        let found = await Capacity.measure(plan, framesPerSecond: 10, guess: 2) { plan in
            runs.append(plan.sessions)
            #expect(plan.pace == .at(framesPerSecond: 10) && plan.policy == .latest && plan.window == 4)
            var session = SessionSamples()
            let isSpoiled = runs.count == 1 || plan.sessions > 3
            session.samples = [FrameSample(outcome: .ok, delay: isSpoiled ? 1 : 0.01)]
            return LoadSummary(sessions: [session], rate: 10)
        }
        #expect(found.sessions == 3)
        #expect(runs == [2, 2, 3, 5, 5, 4, 4])
        #expect(found.tried.count == runs.count)
    }
}
