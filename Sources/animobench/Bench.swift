import AnimoCompute
import AnimoModel
import AnimoModelFile
import AnimoMotion
import ArgumentParser
import Foundation

enum BenchWidth: String, ExpressibleByArgument, CaseIterable {
    /// As published; of AniMo 32/64/256/256.
    case full
    /// AniMo alone, 8/8/64/64 as the built-in model.
    case demo
}

/// Numbers of a pose that change from one frame to the next, of a family that keeps what follows from the others.
enum BenchMovement: String, ExpressibleByArgument, CaseIterable {
    case all
    /// But for the brows.
    case face
    /// Head and body alone.
    case turn

    /// Numbers at the beginning of a pose that stay as they are.
    var still: Int {
        switch self {
        case .all: 0
        case .face: 12
        case .turn: 39
        }
    }
}

extension ModelFamily: ExpressibleByArgument {}

/// Options that every command that renders frames shares.
struct BenchOptions: ParsableArguments {
    @Option(help: "Family of networks.")
    var family = ModelFamily.animo
    @Option(help: "Model file to measure; tha3 needs one. (default: random weights of the family)")
    var model: String?
    @Option(help: "Width of the networks: full, or demo of animo.")
    var width = BenchWidth.full
    @Option(help: "Side of the picture, a multiple of 32 (fomm: of 128; tha3: 512 alone).")
    var size = 256
    @Option(help: "Numbers of tha3 that change from frame to frame: all, face (and head) or turn (head and body).")
    var moving = BenchMovement.all
    @Option(help: "Widest vectors, in floats: 8 or 16.")
    var lanes = 16

    mutating func validate() throws {
        if family == .talkingHead3 { size = 512 }
        if family == .talkingHead3, model == nil {
            throw ValidationError(
                "--model: expected a file of tha3's weights, got none: random ones amplify rounding so far that their "
                    + "pictures cannot be checked ('animoctl models get tha3' fetches trained ones)")
        }
        if moving != .all, family != .talkingHead3 {
            throw ValidationError("--moving: expected --family tha3, got \(family.rawValue)")
        }
        if width == .demo, family != .animo {
            throw ValidationError("--width demo: expected --family animo, got \(family.rawValue)")
        }
        let multiple = family == .firstOrderMotion ? 128 : 32
        guard size.isMultiple(of: multiple), (multiple...4096).contains(size) else {
            throw ValidationError("--size: expected a multiple of \(multiple), at most 4096, got \(size)")
        }
        guard lanes == 8 || lanes == 16 else { throw ValidationError("--lanes: expected 8 or 16, got \(lanes)") }
    }
}

/// - Throws: where a number is not 1 to `most`; the message names the option.
func require(_ option: String, _ value: Int, upTo most: Int) throws {
    guard value >= 1, value <= most else { throw ValidationError("\(option): expected 1 to \(most), got \(value)") }
}

/// A model, of random weights unless a file is named, a prepared source for each stream, and drivers that never repeat.
struct Bench {
    let model: any MeasuredModel
    let pool: WorkerPool
    private let file: ModelFile
    private let sources: [any PreparedHead]
    private let domain: Domain
    private let still: Int
    /// Seconds to lay out the weights.
    let loadSeconds: Double
    private var random = SplitMix64(state: 7)

    /// A frame to render: what the networks read, or a picture that they read it off.
    struct Frame {
        fileprivate var source: any PreparedHead
        fileprivate var codes: [DriverCode]
        fileprivate var driver: FrameImage?
    }

    init(_ options: BenchOptions, threads: Int, streams: Int = 1) throws {
        try Processor.check()
        let pool = WorkerPool(threads: threads)
        let demo = AnimoWidths(warpBase: 8, editBase: 8, limit: 64, latent: 64)
        let file =
            if let path = options.model {
                try ModelFile(path: path)
            } else if options.width == .demo {
                ModelFile(random: demo, domains: Domain.allCases, nativeSize: 256, seed: 1)
            } else {
                try ModelFile(random: options.family, nativeSize: 256, seed: 1)
            }
        guard file.metadata.family == options.family else {
            throw BenchError.family(file.metadata.family, expected: options.family)
        }
        var loaded: (any HeadModel)?
        loadSeconds = try seconds { loaded = try file.headModel(pool: pool, lanes: options.lanes) }
        guard let made = loaded as? any MeasuredModel, let domain = made.capabilities.domains.first else {
            throw BenchError.noModel
        }
        (self.pool, self.file, model, self.domain) = (pool, file, made, domain)
        still = options.moving.still
        let channels = made.capabilities.rendersAlpha ? 4 : 3
        var random = SplitMix64(state: 3)
        sources = try (0..<streams).map { _ in
            let picture = Self.noise(options.size, channels: channels, &random)
            return try made.prepare(SourceImages(flow: picture, editing: picture), domain: domain)
        }
    }

    /// Indicates whether the networks are driven by frames alone, whose reading is then a part of rendering.
    private var readsFrames: Bool { !model.capabilities.takesPoses && !model.capabilities.takesMotions }

    /// A frame of a stream with a driver that there has not been before.
    mutating func next(_ stream: Int = 0) -> Frame {
        let capabilities = model.capabilities
        if readsFrames, let reader = capabilities.readers.first {
            return Frame(source: sources[stream], codes: [], driver: FrameImage(Self.noise(reader.side, &random)))
        }
        var codes: [DriverCode] = []
        for _ in 0..<capabilities.window {
            let numbers = (0..<capabilities.codeCount).map { index in
                index < still ? 0.5 : (random.unit() - 0.5) * 0.6
            }
            codes.append(DriverCode(numbers))
        }
        return Frame(source: sources[stream], codes: codes)
    }

    /// Renders frames as the daemon's engine does: what is to be read off pictures first, then all together.
    func render(_ frames: [Frame]) throws {
        var requests: [RenderRequest] = []
        for frame in frames {
            guard let driver = frame.driver, let reader = model.capabilities.readers.first else {
                requests.append(RenderRequest(source: frame.source, codes: frame.codes))
                continue
            }
            for numbers in try model.read([driver], by: reader) {
                let context = DriverContext(domain: domain, source: frame.source, kind: .frame(reader.domain))
                requests.append(
                    RenderRequest(source: frame.source, code: try model.code(of: numbers, in: context).code))
            }
        }
        _ = try model.render(requests)
    }

    /// Compares the kernels with the reference loops before anything is timed.
    func check() throws {
        for stage in try model.verify(against: file) where !stage.passed {
            throw BenchError.wrong(stage)
        }
    }

    private static func noise(_ side: Int, channels: Int = 3, _ random: inout SplitMix64) -> FloatImage {
        var pixels: [Float] = []
        for _ in 0..<(side * side * channels) { pixels.append(random.unit()) }
        return FloatImage(pixels: pixels, width: side, height: side, channels: channels)
    }
}

enum BenchError: Error, CustomStringConvertible {
    case wrong(VerifyStage)
    case noModel
    case family(ModelFamily, expected: ModelFamily)

    var description: String {
        switch self {
        case .family(let family, let expected):
            "--model: expected a model of \(expected.rawValue), got \(family.rawValue)"
        case .noModel: "expected a model that can be measured, got none"
        case .wrong(let stage):
            "\(stage.name) differs from the \(stage.against) by \(stage.difference): expected at most \(stage.limit)"
        }
    }
}

func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

func seconds(_ body: () throws -> Void) rethrows -> Double {
    let took = try ContinuousClock().measure(body).components
    return Double(took.seconds) + Double(took.attoseconds) * 1e-18
}

/// Memory that this process has in use.
func residentBytes() -> Int {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
    let fields = text.split(separator: " ").compactMap { Int($0) }
    return fields.count > 1 ? fields[1] * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
}

/// Time that all threads of this process spent computing: unlike time as it passes, it hardly grows when other programs
/// want the processor too.
struct ProcessorTime {
    private let start = now

    var seconds: Double { Self.now - start }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
