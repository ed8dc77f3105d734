import AnimoWire
import ArgumentParser

/// What `animoctl bench` and `animobench serve` both can be asked.
public struct LoadOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp("How many sessions at once, one run each.", valueName: "n,..."),
        transform: Numbers.counts(parsing:))
    public var sessions = Numbers([1, 2, 4])

    @Option(
        help: ArgumentHelp(
            "Frames a second of each session, whatever comes back. (default: as fast as the window lets)",
            valueName: "fps"))
    public var rate: Double?

    @Option(
        help: ArgumentHelp(
            "Measure how many sessions fit at these frames a second; none: do not.", valueName: "fps,...|none"),
        transform: Numbers.rates(parsing:))
    public var fit = Numbers([10, 15, 25])

    @Option(help: ArgumentHelp("Frames of each session.", valueName: "n"))
    public var frames = 60

    @Option(help: ArgumentHelp("Frames under way in each session.", valueName: "n"))
    public var window: UInt32 = 2

    @Option(
        help: ArgumentHelp(
            "Whether a newer frame makes older ones obsolete. (default: latest with --rate, else queue)",
            valueName: "latest|queue"))
    public var policy: DropPolicyArgument?

    @Option(help: ArgumentHelp("What drives: numbers, or a camera's frames.", valueName: "poses|jpeg"))
    public var input = LoadInput.poses

    @Option(
        help: ArgumentHelp("Side of a camera's frames. (default: that of the drawn picture)", valueName: "pixels"))
    public var frameSide: UInt32?

    public init() {}

    public mutating func validate() throws {
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
    public func plan(source: Wire.PutSourceRequest, drivers: [Wire.Driver]) -> LoadPlan {
        LoadPlan(
            pace: rate.map { .at(framesPerSecond: $0) } ?? .asAnswered, policy: policy?.wire, window: window,
            frames: frames, source: source, drivers: drivers)
    }
}

public enum LoadInput: String, ExpressibleByArgument, CaseIterable, Sendable {
    case poses, jpeg
}

public enum DropPolicyArgument: String, ExpressibleByArgument, CaseIterable, Sendable {
    case latest, queue

    var wire: Wire.DropPolicy { self == .latest ? .latest : .queue }
}

/// `1,2,4`
public struct Numbers: Sendable, CustomStringConvertible {
    public let values: [Int]

    public init(_ values: [Int]) { self.values = values }

    public var description: String { values.map(String.init).joined(separator: ",") }

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
