import AnimoWire
import ArgumentParser

/// Options that `animoctl bench` and `animobench serve` share.
package struct LoadOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp("Numbers of concurrent sessions, one run each.", valueName: "n,..."),
        transform: Numbers.counts(parsing:))
    /// Numbers of concurrent sessions, one run each.
    package var sessions = Numbers([1, 2, 4])

    @Option(
        help: ArgumentHelp(
            "Frames a second of each session, whatever comes back. (default: as fast as the window allows)",
            valueName: "fps"))
    /// Frames a second of each session; nil: a closed loop.
    package var rate: Double?

    @Option(
        help: ArgumentHelp(
            "Measure how many sessions fit at these frame rates; none skips that.", valueName: "fps,...|none"),
        transform: Numbers.rates(parsing:))
    /// Rates to find the capacity at.
    package var fit = Numbers([10, 15, 25])

    /// Frames of each session.
    @Option(help: ArgumentHelp("Frames of each session.", valueName: "n"))
    package var frames = 60

    /// Frames in flight in each session.
    @Option(help: ArgumentHelp("Frames in flight in each session.", valueName: "n"))
    package var window: UInt32 = 2

    @Option(
        help: ArgumentHelp(
            "latest: a newer frame replaces older ones; queue: none does. (default: latest with --rate, else queue)",
            valueName: "latest|queue"))
    /// Treatment of frames that wait; nil: by the pace.
    package var policy: DropPolicyArgument?

    /// Kind of drivers.
    @Option(help: ArgumentHelp("Kind of drivers: numbers, or a camera's frames.", valueName: "poses|jpeg"))
    package var input = LoadInput.poses

    @Option(
        help: ArgumentHelp("Side of a camera's frames. (default: that of the rendered picture)", valueName: "pixels"))
    /// Side of a camera's frames, in pixels; nil: the rendered picture's.
    package var frameSide: UInt32?

    /// Creates one with the defaults.
    package init() {}

    /// Checks the ranges.
    package mutating func validate() throws {
        guard (2...1_000_000).contains(frames) else {
            throw ValidationError("--frames: expected 2 to 1000000, got \(frames)")
        }
        guard (1...1024).contains(window) else { throw ValidationError("--window: expected 1 to 1024, got \(window)") }
        if let rate, !(rate > 0 && rate <= 1000) {
            throw ValidationError("--rate: expected frames a second above 0, at most 1000, got \(rate)")
        }
        if let frameSide, frameSide == 0 || !frameSide.isMultiple(of: 32) || frameSide > 2048 {
            throw ValidationError("--frame-side: expected a multiple of 32, at most 2048, got \(frameSide)")
        }
    }

    /// One run of each number of sessions, as the options say.
    package func plan(source: Wire.PutSourceRequest, drivers: [Wire.Driver]) -> LoadPlan {
        LoadPlan(
            pace: rate.map { .at(framesPerSecond: $0) } ?? .asAnswered, policy: policy?.wire, window: window,
            frames: frames, source: source, drivers: drivers)
    }
}

/// Kind of drivers: numbers, or pictures.
package enum LoadInput: String, ExpressibleByArgument, CaseIterable, Sendable {
    case poses, jpeg
}

/// A drop policy by its name.
package enum DropPolicyArgument: String, ExpressibleByArgument, CaseIterable, Sendable {
    case latest, queue

    var wire: Wire.DropPolicy { self == .latest ? .latest : .queue }
}

/// `1,2,4`
package struct Numbers: Sendable, CustomStringConvertible {
    /// The numbers in order.
    package let values: [Int]

    /// Creates a list.
    package init(_ values: [Int]) { self.values = values }

    /// The list as it is typed.
    package var description: String { values.map(String.init).joined(separator: ",") }

    static func counts(parsing text: String) throws -> Numbers {
        try Numbers(parsing: text, in: 1...256, expected: "numbers of 1 to 256, for instance 1,2,4")
    }

    static func rates(parsing text: String) throws -> Numbers {
        if text == "none" { return Numbers([]) }
        return try Numbers(parsing: text, in: 1...240, expected: "frames a second, for instance 10,15,25, or none")
    }

    private init(parsing text: String, in range: ClosedRange<Int>, expected: String) throws {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        values = parts.compactMap { Int($0) }.filter(range.contains)
        guard values.count == parts.count, values.count <= 16 else { throw ValidationError("expected \(expected)") }
    }
}
