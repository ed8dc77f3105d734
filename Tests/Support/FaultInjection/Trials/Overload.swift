import AnimoConcurrency
import AnimoClient
import AnimoWire
import Foundation
import NIOCore

/// An open loop of single calls at a multiple of what the daemon can draw.
///
/// One thread sends bytes that were encoded once, one reads what comes: the loop shares the machine with the daemon
/// and shall take little of it.
package struct Overload: Sendable {
    package struct Report: Sendable {
        package var asked = 0
        package var inTime = 0
        package var late = 0
        package var refused = 0
        /// Refusals that did not say when to try again.
        package var withoutRetry = 0
        package var expired = 0
        package var failures: [String] = []
        /// Seconds until a refusal came, rising.
        package var refusals: [Double] = []
        package var seconds = 0.0

        package func refusal(share: Double) -> Double {
            refusals.isEmpty ? 0 : refusals[min(refusals.count - 1, Int(Double(refusals.count) * share))]
        }
    }

    private static let connections = 16

    private let address: Address
    private let timeout: Duration

    package init(at address: Address, timeout: Duration = .seconds(1)) {
        self.address = address
        self.timeout = timeout
    }

    /// Pictures a second when eight clients keep it busy.
    package func capacity(calls: Int) async throws -> Double {
        let begun = ContinuousClock.now
        let report = try await GoodClients(8, at: address).run(calls: calls)
        return Double(report.succeeded) / begun.duration(to: .now).inSeconds
    }

    /// - Parameters:
    ///   - rate: calls a second.
    ///   - seconds: for which new ones are made; all are waited for.
    package func run(rate: Double, seconds: Double) async throws -> Report {
        let client = try await AnimoClient.connect(to: address, retry: .never)
        let put = try await client.putSource(Wire.PutSourceRequest(source: GoodClients.source))
        await client.close()
        let request = Wire.ReenactRequest(
            source: Wire.Source(kind: .id(put.source?.id ?? [])), driver: GoodClients.driver(0.5))
        let method = Method.reenact
        let frame = Frame.request(
            Wire.Request(
                service: method.service, method: method.name, payload: request.encoded(),
                timeoutNano: Int64(timeout.inSeconds * 1e9)), stream: 1)
        let sockets = try await runBlocking { [address] in
            try (0..<Self.connections).map { _ in try RawSocket(address) }
        }
        let total = Int((rate * seconds).rounded())
        let sent = Locked([ContinuousClock.Instant?](repeating: nil, count: total))
        async let answers = runBlocking { [timeout] in
            try Self.receive(total, from: sockets, sent: sent, timeout: timeout)
        }
        try await runBlocking { try Self.send(total, of: frame, at: rate, to: sockets, sent: sent) }
        return try await answers
    }

    /// When it is late already it sends at once: an open loop does not wait for the daemon.
    private static func send(
        _ total: Int, of frame: Frame, at rate: Double, to sockets: [RawSocket],
        sent: Locked<[ContinuousClock.Instant?]>
    ) throws {
        var bytes = ByteBuffer()
        frame.write(into: &bytes)
        var request = Array(bytes.readableBytesView)
        let begun = ContinuousClock.now
        for number in 0..<total {
            let left = (begun + .seconds(Double(number) / rate)) - .now
            if left > .zero { Thread.sleep(forTimeInterval: left.inSeconds) }
            let stream = UInt32(2 * (number / connections) + 1)
            for place in 0..<4 { request[4 + place] = UInt8(truncatingIfNeeded: stream >> (24 - 8 * UInt32(place))) }
            sent.change { $0[number] = .now }
            guard sockets[number % connections].send(request) else { throw RawSocket.Ended() }
        }
    }

    private static func receive(
        _ total: Int, from sockets: [RawSocket], sent: Locked<[ContinuousClock.Instant?]>, timeout: Duration
    ) throws -> Report {
        var report = Report()
        var bytes = [UInt8](repeating: 0, count: 1 << 18)
        var waited = sockets.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        let begun = ContinuousClock.now
        while report.asked < total {
            guard poll(&waited, nfds_t(waited.count), 10_000) > 0 else {
                report.failures.append("\(total - report.asked) calls had no answer")
                break
            }
            for (index, socket) in sockets.enumerated() where waited[index].revents != 0 {
                let frames = try socket.receiveAvailable(using: &bytes)
                let now = ContinuousClock.now
                for frame in frames {
                    let number = Int(frame.stream / 2) * connections + index
                    guard let sent = sent.read({ number < total ? $0[number] : nil }) else { continue }
                    try report.add(Wire.Response(decoding: frame.body), after: now - sent, timeout)
                }
            }
        }
        report.seconds = begun.duration(to: .now).inSeconds
        report.refusals.sort()
        return report
    }
}

extension Overload.Report {
    fileprivate mutating func add(_ response: Wire.Response, after took: Duration, _ timeout: Duration) {
        asked += 1
        guard let status = response.status, status.code != StatusCode.ok.rawValue else {
            if took <= timeout { inTime += 1 } else { late += 1 }
            return
        }
        let error = RPCError(status: status)
        switch error.code {
        case .resourceExhausted:
            refused += 1
            refusals.append(took.inSeconds)
            if error.detail?.retryAfterMs ?? 0 == 0 { withoutRetry += 1 }
        case .deadlineExceeded: expired += 1
        default: failures.append("\(error)")
        }
    }
}
