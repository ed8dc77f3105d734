import AnimoDemo
import AnimoModelFile
import AnimoMotion
import ArgumentParser
import Foundation

struct ControlCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "control", abstract: "Microseconds that control of a live session adds to a frame.",
        usage: "animobench control [--frames <n>] [--times <n>] [<options>]",
        discussion: """
            Example: animobench control --frames 3000 --json

            Everything is switched on: smoothing, relative motion of every part, mirror, idle
            motion and gliding changes. A pose, a motion of 70 numbers with every morph
            and more than a pose shows, and Talking Head Anime 3's 45 numbers, each from the numbers
            of its driver to those that the networks read; the fastest of all runs counts.
            """)

    @Option(help: "Frames of a run.")
    var frames = 1000
    @Option(help: "Runs; the fastest counts.")
    var times = 30
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var comparison: ComparisonOption

    func validate() throws {
        try require("--frames", frames, upTo: 1_000_000)
        try require("--times", times, upTo: 100_000)
    }

    func run() throws {
        let mapping = try ModelFile(bytes: Array(DemoModel.model)).poseMapping
        var sampler = PoseSampler(channels: mapping.channels, seed: 11)
        let poses = (0..<frames).map { _ in sampler.next() }
        var random = SplitMix64(state: 5)
        let motions = try poses.map { pose in
            var dense = pose
            for index in 0..<AnimoMotion.Pose.morphs { dense[index] = random.unit() }
            let motion = try mapping.motion(from: dense)
            // Noise as of estimators of real heads.
            let expression = motion.expression.map { $0 + 0.5 * (2 * random.unit() - 1) }
            return expression + motion.values[Motion.expressions...]
        }
        let talkingHead = PoseMapping(.talkingHead3)
        let figures = try poses.map { try talkingHead.pose(of: $0.values).values }
        var row: [String: Any] = ["frames": frames, "times": times]
        if let code = ControlCode(mapping: mapping, codeCount: Motion.count) {
            row["pose_us"] = fastest(code, motions, poses: poses)
            row["motion_us"] = fastest(code, motions)
            row["motion_sum"] = sum(code, motions)
        }
        if let code = ControlCode(mapping: talkingHead, codeCount: talkingHead.layout.count) {
            row["tha3_us"] = fastest(code, figures)
        }
        let data = try JSONSerialization.data(withJSONObject: row, options: [.sortedKeys])
        let text = String(decoding: data, as: UTF8.self)
        if try comparison.print(text, measures: ["pose_us", "motion_us", "tha3_us"]) { return }
        if json {
            print(text)
        } else {
            for (name, value) in row.sorted(by: { $0.key < $1.key }) { print("\(name)\t\(value)") }
        }
    }

    /// Microseconds a frame, of the fastest run.
    ///
    /// - Parameters:
    ///   - codes: numbers of the drivers.
    ///   - poses: what the codes were made of; none where motions drive.
    private func fastest(_ code: ControlCode, _ codes: [[Float]], poses: [AnimoMotion.Pose]? = nil) -> Double {
        let least = (0..<times).map { _ in seconds { _ = sum(code, codes, poses: poses) } }.min() ?? 0
        return least / Double(codes.count) * 1e6
    }

    /// The numbers of all frames shown, added up: equal where two builds compute the same.
    private func sum(_ code: ControlCode, _ codes: [[Float]], poses: [AnimoMotion.Pose]? = nil) -> Double {
        var options = ControlOptions(relative: Set(RelativePart.allCases), isMirrored: true)
        for group in code.groups { options.groups[group] = .init(gain: 0.9, smoothing: 1) }
        var control = Control(code.layout, options: options)
        var sum = 0.0
        for (index, numbers) in codes.enumerated() {
            // Every tenth frame begins a glide.
            if index.isMultiple(of: 10) { control.change(options) }
            let state = code.state(of: numbers, pose: poses?[index])
            let shown = control.frame(at: Double(index) / 60, driver: state)
            for number in code.code(of: shown.state) { sum += Double(number) }
        }
        return sum
    }
}
