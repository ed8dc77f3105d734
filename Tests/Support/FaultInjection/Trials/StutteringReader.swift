import AnimoMotion
import AnimoClient
import AnimoWire

/// A live session whose reader looks away now and then, as a busy program does: what it reads afterwards must be as
/// fresh as at the beginning.
package struct StutteringReader: Sendable {
    package struct Report: Sendable {
        package var results = 0
        package var drawn = 0
        package var outOfOrder = 0
        /// Seconds from sending to reading, of what was drawn, with the number of its frame.
        package var delays: [(frame: Int, seconds: Double)] = []
    }

    private let frames: Int
    private let seed: UInt64

    package init(frames: Int, seed: UInt64) {
        self.frames = frames
        self.seed = seed
    }

    package func run(at address: Address) async throws -> Report {
        let client = try await AnimoClient.connect(to: address, retry: .never)
        let session = try await client.animate(
            Wire.AnimateOpen(
                source: Wire.Source(kind: .picture(GoodClients.source)), policy: .latest, window: 4))
        let sent = Locked([ContinuousClock.Instant?](repeating: nil, count: frames))
        async let sending: Void = {
            for number in 0..<frames {
                // A camera's frame is as old as it is: waiting for the window counts.
                sent.change { $0[number] = .now }
                try await session.send(
                    Wire.AnimateFrame(seq: UInt64(number + 1), driver: GoodClients.driver(Float(number % 100) / 100)))
            }
            try await session.finish()
        }()
        var random = SplitMix64(state: seed)
        var report = Report()
        for try await output in session.outputs {
            guard case .result(let result) = output.kind else { continue }
            let number = Int(result.seq) - 1
            if number != report.results { report.outOfOrder += 1 }
            report.results += 1
            if result.outcome == .ok, let begun = sent.read({ number < frames ? $0[number] : nil }) {
                report.drawn += 1
                report.delays.append((report.results, begun.duration(to: .now).inSeconds))
            }
            if Int.random(in: 0..<100, using: &random) == 0 {
                try await Task.sleep(for: .milliseconds(.random(in: 1...50, using: &random)))
            }
        }
        try await sending
        await client.close()
        return report
    }
}
