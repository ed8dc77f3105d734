import AnimoCompute
import AnimoModel
import ArgumentParser
import Foundation

enum BenchWidth: String, ExpressibleByArgument, CaseIterable {
    /// 32/64/256/256 as published.
    case full
    /// 8/8/64/64 as the built-in model.
    case demo

    var widths: AnimoWidths {
        switch self {
        case .full: .published
        case .demo: AnimoWidths(warpBase: 8, editBase: 8, limit: 64, latent: 64)
        }
    }
}

/// A model of random weights, a prepared source for each stream, and motions that never repeat.
struct Bench {
    let model: AniMo
    private let file: ModelFile
    private let sources: [any PreparedHead]
    /// How long it took to lay out the weights.
    let loadSeconds: Double
    private var random = SplitMix64(state: 7)

    init(width: BenchWidth, size: Int, threads: Int, lanes: Int, streams: Int = 1) throws {
        try Processor.check()
        let pool = WorkerPool(threads: threads)
        file = ModelFile(random: width.widths, domains: Domain.allCases, nativeSize: 256, seed: 1)
        var made: AniMo?
        loadSeconds = try seconds { [file] in made = try AniMo(file: file, pool: pool, lanes: lanes) }
        guard let made else { throw BenchError.noModel }
        model = made
        var random = SplitMix64(state: 3)
        sources = try (0..<streams).map { _ in
            let picture = FloatImage(
                pixels: (0..<(size * size * 3)).map { _ in random.unit() }, width: size, height: size)
            return try made.prepare(SourceImages(flow: picture, editing: picture), domain: .anime)
        }
    }

    /// A request of a stream with a motion that has not been drawn before.
    mutating func next(_ stream: Int = 0) throws -> DrawRequest {
        DrawRequest(
            source: sources[stream],
            code: DriverCode((0..<Motion.count).map { _ in (random.unit() - 0.5) * 0.6 }))
    }

    /// Holds the kernels against the plain loops before anything is timed.
    func check() throws {
        for stage in try model.verify(against: file) where !stage.passed {
            throw BenchError.wrong(stage)
        }
    }
}

enum BenchError: Error, CustomStringConvertible {
    case wrong(VerifyStage)
    case noModel

    var description: String {
        switch self {
        case .noModel: "no model was made"
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
