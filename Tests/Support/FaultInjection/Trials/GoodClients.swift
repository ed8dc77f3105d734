import AnimoClient
import AnimoWire

/// Honest clients: each waits for its picture before it asks for the next.
package struct GoodClients: Sendable {
    /// What they saw.
    package struct Report: Sendable {
        package var succeeded = 0
        /// Calls that were refused, or expired, because there was too much to do.
        package var refused = 0
        /// What the first refusal said, and seconds from the beginning until it came.
        package var firstRefusal: (message: String, after: Double)?
        package var failures: [String] = []
        /// Seconds from request to picture, rising.
        package var delays: [Double] = []
        /// Seconds that the server spent in each stage of the calls, in the order in which they ended.
        package var stages: [String: [Double]] = [:]

        /// Seconds that so large a share of the delays stay below; 0 when there is none.
        package func delay(share: Double) -> Double {
            delays.isEmpty ? 0 : delays[min(delays.count - 1, Int(Double(delays.count) * share))]
        }

        fileprivate mutating func add(_ delay: Double, _ times: Wire.Times?) {
            delays.append(delay)
            guard let times else { return }
            let stages = [
                ("decode", times.decode), ("queue", times.queue), ("compute", times.compute), ("encode", times.encode),
            ]
            for (name, microseconds) in stages { self.stages[name, default: []].append(Double(microseconds) / 1e6) }
            let elsewhere = delay - stages.reduce(0) { $0 + Double($1.1) / 1e6 }
            self.stages["elsewhere", default: []].append(elsewhere)
        }
    }

    private let address: Address
    private let count: Int
    private let timeout: Duration?
    private let sendsPictures: Bool

    /// - Parameters:
    ///   - timeout: of each call; nil for the client's own. Where calls are counted and not timed it is long, so that a
    ///     busy machine fails none.
    ///   - sendsPictures: whether each call brings a driving picture, which is decoded and read.
    package init(_ count: Int, at address: Address, timeout: Duration? = nil, sendsPictures: Bool = false) {
        self.count = count
        self.address = address
        self.timeout = timeout
        self.sendsPictures = sendsPictures
    }

    /// A 32×32 picture of one colour, which every model takes.
    package static let source = Wire.SourcePicture(
        picture: Wire.Picture(
            format: .rgb8, data: [UInt8](repeating: 90, count: 32 * 32 * 3), width: 32, height: 32), domain: .anime)

    /// A motion whose first number is `first`.
    package static func driver(_ first: Float) -> Wire.Driver {
        Wire.Driver(kind: .motion(Wire.Motion(values: [first] + [Float](repeating: 0, count: 69))))
    }

    private static let frame = Wire.Driver(
        kind: .frame(Wire.DrivingFrame(picture: source.picture, domain: .anime)))

    /// Asks as long as `body` takes, and at least `calls` times each.
    package func run(calls: Int, while body: @escaping @Sendable () async throws -> Void = {}) async throws -> Report {
        let isOver = Locked(false)
        let reports = Locked<[Report]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask {
                    let report = try await one(calls: calls) { isOver.value }
                    reports.change { $0.append(report) }
                }
            }
            group.addTask {
                defer { isOver.change { $0 = true } }
                try await body()
            }
            try await group.waitForAll()
        }
        var all = Report()
        for report in reports.value {
            all.succeeded += report.succeeded
            all.refused += report.refused
            if let first = report.firstRefusal, first.after < all.firstRefusal?.after ?? .infinity {
                all.firstRefusal = first
            }
            all.failures += report.failures
            all.delays += report.delays
            all.stages.merge(report.stages, uniquingKeysWith: +)
        }
        all.delays.sort()
        return all
    }

    private func one(calls: Int, isOver: @Sendable () -> Bool) async throws -> Report {
        let client = try await AnimoClient.connect(
            to: address, connectTimeout: timeout ?? .seconds(5), retry: .never)
        let put = try await client.putSource(Wire.PutSourceRequest(source: Self.source), timeout: timeout)
        let source = Wire.Source(kind: .id(put.source?.id ?? []))
        var report = Report()
        var asked = 0
        let start = ContinuousClock.now
        while asked < calls || !isOver() {
            asked += 1
            let driver = sendsPictures ? Self.frame : Self.driver(Float(asked % 100) / 100)
            let request = Wire.ReenactRequest(source: source, driver: driver)
            let begun = ContinuousClock.now
            do {
                let reply = try await client.reenact(request, timeout: timeout)
                report.succeeded += 1
                report.add(begun.duration(to: .now).inSeconds, reply.times)
            } catch let error as RPCError where error.reason == .overloaded || error.code == .deadlineExceeded {
                report.refused += 1
                if report.firstRefusal == nil {
                    report.firstRefusal = ("\(error)", start.duration(to: .now).inSeconds)
                }
            } catch {
                report.failures.append("\(error)")
            }
        }
        await client.close()
        return report
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
