import AnimoModel
import AnimoMotion
import AnimoPictures
import ArgumentParser
import Foundation

struct DetailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detail",
        abstract: "Milliseconds of full resolution and of paste-back, beside the networks.",
        usage: "animobench detail [--times <n>] [--json]",
        discussion: """
            Example: animobench detail --times 50 --json

            From a drawn picture of 256×256 and its flow to the bytes of the result, on one core: the shortest of
            many runs, in time of the processor, and the same in copies of as many bytes in memory. The pasted
            square is 1024×1024 of a picture of 1920×1080.
            """)

    @Option(help: "Times each is run; the shortest counts.")
    var times = 50
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var comparison: ComparisonOption

    /// Side of what the networks render, and of their flow.
    private static let native = 256
    private static let cells = 64

    func validate() throws { try require("--times", times, upTo: 100_000) }

    func run() throws {
        var row: [String: Any] = ["times": times]
        for side in [512, 1024] {
            let source = Self.waves(side, side)
            let head = try Self.head(of: source)
            measure("full_\(side)", bytes: source.pixels.count, &row) {
                FullResolution.render(head, source: source, usesFlow: true).picture.pixels.count
            }
            let figure = Self.figure(source)
            measure("alpha_\(side)", bytes: figure.pixels.count, &row) {
                FullResolution.render(head, source: figure, usesFlow: true).picture.pixels.count
            }
            row["agreement_\(side)"] =
                FullResolution.render(head, source: source, usesFlow: true).meanAgreement ?? 0
        }
        let original = Self.waves(1920, 1080)
        let (square, transform) = try Preparation.prepare(
            original, crop: .box(x: 400, y: 28, width: 1024, height: 1024), side: Self.native, background: .edge)
        let head = try Self.head(of: square)
        for (name, picture) in [("paste", original), ("paste_alpha", Self.figure(original))] {
            measure(name, bytes: 1024 * 1024 * picture.layout.channels, &row) {
                PasteMotion.paste(head, into: picture, at: transform, fade: 0.16)?.picture.pixels.count ?? 0
            }
        }
        let data = try JSONSerialization.data(withJSONObject: row, options: [.sortedKeys])
        let text = String(decoding: data, as: UTF8.self)
        if try comparison.print(text, measures: ["full_512_ms", "full_1024_ms", "paste_ms"]) { return }
        if json {
            print(text)
        } else {
            for (name, value) in row.sorted(by: { $0.key < $1.key }) { print("\(name)\t\(value)") }
        }
    }

    private func measure(_ name: String, bytes: Int, _ row: inout [String: Any], _ body: () -> Int) {
        let from = [UInt8](repeating: 1, count: bytes)
        var to = [UInt8](repeating: 2, count: bytes)
        var sum = 0
        let shortest = { (body: () -> Void) in
            (0..<times).map { _ in
                let processor = ProcessorTime()
                body()
                return processor.seconds
            }.min() ?? 0
        }
        let copy = shortest {
            from.withUnsafeBytes { from in to.withUnsafeMutableBytes { $0.copyMemory(from: from) } }
            sum &+= Int(to[sum % bytes])
        }
        let seconds = shortest { sum &+= body() }
        row["\(name)_ms"] = seconds * 1000
        row["\(name)_copies"] = copy > 0 ? seconds / copy : 0
        // Nobody may find that nothing is made of what was computed.
        row["checksum"] = sum
    }

    // MARK: Pictures

    private static func waves(_ width: Int, _ height: Int) -> Picture {
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                for channel in 1...3 {
                    let wave = sin(Double(x * channel) / 60) * cos(Double(y) / Double(40 + 20 * channel))
                    pixels.append(UInt8(128 + 90 * wave))
                }
            }
        }
        return Picture(width: width, height: height, layout: .rgb, pixels: pixels)
    }

    /// A disc of the picture on a clear ground.
    private static func figure(_ picture: Picture) -> Picture {
        var figure = picture.opaque()
        let radius = 0.4 * Double(min(picture.width, picture.height))
        for y in 0..<picture.height {
            for x in 0..<picture.width {
                let (u, v) = (Double(x - picture.width / 2), Double(y - picture.height / 2))
                let edge = min(max(radius - (u * u + v * v).squareRoot(), 0), 1)
                figure.pixels[(y * picture.width + x) * 4 + 3] = UInt8(255 * edge)
            }
        }
        return figure
    }

    /// Returns what networks would render of a source that moves a little, with a mouth that it does not have.
    private static func head(of source: Picture) throws -> RenderedPicture {
        var rendered = try Preparation.prepare(source, side: native, background: .edge).picture
        for y in (native * 5 / 8)..<(native * 3 / 4) {
            for x in (native * 3 / 8)..<(native * 5 / 8) {
                for channel in 0..<3 { rendered.pixels[(y * native + x) * 3 + channel] = channel == 0 ? 90 : 20 }
            }
        }
        var positions: [Float] = []
        for place in 0..<(cells * cells) {
            for own in [place % cells, place / cells] {
                let moved = Double(own) + 0.2
                positions.append(Float(2 * moved / Double(cells - 1) - 1))
            }
        }
        return RenderedPicture(
            pixels: rendered.pixels.map { Float($0) / 255 }, width: native, height: native,
            flow: FlowGrid(positions: positions, width: cells, height: cells))
    }
}
