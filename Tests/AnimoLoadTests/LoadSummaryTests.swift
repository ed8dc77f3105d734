import AnimoWire
import Foundation
import Testing

@testable import AnimoLoad

struct LoadSummaryTests {
    @Test func percentilesAreValuesThatWereMeasured() {
        let percentiles = Percentiles([4, 1, 3, 2])
        #expect(percentiles[0.5] == 2 && percentiles[0.75] == 3 && percentiles[0.99] == 4 && percentiles[0] == 1)
        #expect(percentiles.largest == 4)
        #expect(Percentiles([])[0.5] == 0 && Percentiles([]).largest == 0)
    }

    @Test func overheadIsWhatNeitherQueueNorNetworksTook() {
        let times = Wire.Times(decode: 1000, queue: 20_000, compute: 30_000, encode: 2000)
        let sample = FrameSample(outcome: .ok, delay: 0.060, times: times, batchSize: 2)
        #expect(abs(sample.overhead - 0.010) < 1e-9)
        #expect(abs(sample.wire - 0.007) < 1e-9)
        #expect(FrameSample(outcome: .ok, delay: 0.04, times: times).overhead == 0)
    }

    @Test func everyFrameThatWasDueIsAccountedFor() {
        var first = SessionSamples()
        first.samples = [
            FrameSample(outcome: .ok, delay: 0.1, batchSize: 1), FrameSample(outcome: .dropped, delay: 0.2),
            FrameSample(outcome: .ok, delay: 0.3, batchSize: 2),
        ]
        first.seconds = 2
        var second = SessionSamples()
        second.samples = [FrameSample(outcome: .deadlineExceeded, delay: 9)]
        second.heldBack = 5
        second.problem = "too late"
        let summary = LoadSummary(sessions: [first, second], rate: 25, warmUp: 2)
        #expect(summary.asked == 9 && summary.rendered == 2 && summary.dropped == 1)
        #expect(summary.heldBack == 5 && summary.failed == 1)
        #expect(summary.picturesPerSecond == 1 && summary.meanBatch == 1.5)
        #expect(summary.delay[0.99] == 0.3)
        #expect(summary.problem == "too late")
        var ours = summary
        ours.daemonSeconds = 0.4
        #expect(summary.daemonMilliseconds == nil && ours.daemonMilliseconds == 100)
    }

    @Test func theSlopeOfMemoryIsThatOfItsLine() {
        let line = ResidentMemory((0..<5).map { .init(frames: $0 * 100, bytes: 1_000_000 + $0 * 300) })
        #expect(line.slope == 3 && line.before == 1_000_000 && line.after == 1_001_200 && line.frames == 400)
        #expect(ResidentMemory([]).slope == 0)
        #expect(ResidentMemory([.init(frames: 5, bytes: 7)]).slope == 0)
    }

    @Test func jsonHasTheContractsNames() throws {
        var session = SessionSamples()
        session.samples = [FrameSample(outcome: .ok, delay: 0.0125, batchSize: 1)]
        session.seconds = 0.5
        let plan = LoadPlan(frames: 10, source: Wire.PutSourceRequest(), drivers: [])
        var report = LoadReport(model: Wire.ModelDescription(name: "m", digest: [1, 255]), plan: plan, input: "jpeg")
        let run = LoadSummary(sessions: [session], rate: 25)
        report.runs = [run]
        report.capacities = [Capacity(framesPerSecond: 25, sessions: 3, tried: [run])]
        let read = try JSONSerialization.jsonObject(with: Data(report.json.utf8))
        let object = try #require(read as? [String: Any])
        #expect(object["model_digest"] as? String == "01ff" && object["input"] as? String == "jpeg")
        #expect(object["sessions_at_fps"] as? [String: Int] == ["25": 3])
        let first = try #require((object["runs"] as? [[String: Any]])?.first)
        #expect(first["delay_p50_ms"] as? Double == 12.5 && first["pictures_per_second"] as? Double == 2)
        #expect(first["fps"] as? Double == 25 && first["held_back"] as? Int == 0)
        #expect(report.text.contains("3 at 25 fps"))
    }
}
