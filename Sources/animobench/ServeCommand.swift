import AnimoCLI
import AnimoMotion
import AnimoDemo
import AnimoLoad
import AnimoWire
import ArgumentParser
import Dispatch
import Foundation

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Delays, throughput and capacity of a daemon, through a real socket.",
        discussion: """
            Examples:
              animobench serve
              animobench serve --input jpeg --size 256 --sessions 1 --frames 300 --fit none
              animobench serve --sessions 1,2,3 --rate 25 --json > today.json
              animobench serve --compare today.json
              animobench serve --sessions 1 --fit none --memory 10000

            Starts the animod that lies beside this program, on the built-in model unless
            --model names a file. Run it on a quiet machine.
            """)

    @OptionGroup var load: LoadOptions

    @Option(help: ArgumentHelp("Side of the rendered picture, a multiple of 32. (default: native)", valueName: "n"))
    var size: UInt32 = 0
    @Option(help: "Kind of the rendered head: anime or vox.")
    var domain = Domain.anime
    @Option(help: ArgumentHelp("A model file for the daemon. (default: the built-in model)", valueName: "file"))
    var model: String?
    @Option(help: "Threads of the daemon. (default: its own choice)")
    var threads: Int?
    @Option(help: ArgumentHelp("Measure the daemon's memory over that many further frames.", valueName: "frames"))
    var memory = 0
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var comparison: ComparisonOption

    func validate() throws {
        guard size.isMultiple(of: 32) else { throw ValidationError("--size: expected a multiple of 32, got \(size)") }
        guard memory == 0 || memory >= 20 else {
            throw ValidationError("--memory: expected 0 or at least 20, got \(memory)")
        }
        if let threads { try require("--threads", threads, upTo: 256) }
    }

    func run() async throws {
        guard let executable = DaemonExecutable.find() else {
            throw ValidationError("animod not found: expected it beside animobench or in PATH; build it first")
        }
        let models = model.map { ["--model", $0] } ?? ["--models", "none"]
        let arguments = models + (threads.map { ["--threads", "\($0)"] } ?? [])
        let daemon = try PrivateDaemon(executable: executable, arguments: arguments)
        defer { daemon.stop() }
        let interruption = stopOnInterruption(daemon)
        defer { interruption.cancel() }
        try await daemon.connection().close()
        let bench = LoadBench(LoadGenerator(address: daemon.address), options: load, scene: try scene()) {
            daemon.processorSeconds
        }
        let report = try await bench.run(memoryFrames: memory) { Self.note($0) }
        Self.note("")
        if try comparison.print(report.json, measures: Self.measures) { return }
        print(json ? report.json : report.text, terminator: "")
    }

    /// Measures that a comparison shows of each run.
    static let measures = [
        "pictures_per_second", "delay_p50_ms", "delay_p99_ms", "compute_p50_ms", "overhead_p50_ms", "daemon_cpu_ms",
        "sessions_at_fps", "after_bytes", "bytes_per_frame",
    ]

    private func scene() throws -> LoadBench.Scene {
        let heads = try DemoSamples.sources(domain == .vox ? .vox : .anime)
        func picture(_ index: Int, size: UInt32) -> Wire.SourcePicture {
            Wire.SourcePicture(
                picture: Wire.Picture(format: .png, data: heads[index].png), domain: domain.wire, size: size)
        }
        return LoadBench.Scene(
            source: Wire.PutSourceRequest(source: picture(0, size: size)), actor: picture(1, size: 0),
            poses: try DemoSamples.motion().poses)
    }

    /// A progress line, redrawn in place, on terminals that can.
    private static func note(_ text: String) {
        let terminal = ProcessInfo.processInfo.environment["TERM"] ?? ""
        guard isatty(STDERR_FILENO) == 1, !["", "dumb"].contains(terminal) else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
    }

    private func stopOnInterruption(_ daemon: PrivateDaemon) -> any DispatchSourceSignal {
        signal(SIGINT, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler {
            daemon.stop()
            _exit(130)
        }
        source.resume()
        return source
    }
}
