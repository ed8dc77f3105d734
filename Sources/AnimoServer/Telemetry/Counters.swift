import CoreMetrics
import NIOCore
import Synchronization

/// Counts and durations of the daemon, for Status and for Prometheus.
package final class Counters: Sendable {
    let store = MetricStore()
    private let openSessions = Mutex(0)
    private let openConnections = Mutex(0)

    private let models: ModelRegistry?

    /// - Parameter models: whose names label what is computed; nil where none has one.
    package init(models: ModelRegistry? = nil) {
        self.models = models
        // Known from the start, so that the first of each counts as an increase.
        for reason in RefusedConnection.allCases { count(.refusedConnections, [reason.rawValue], by: 0) }
        for reason in BrokenConnection.allCases { count(.brokenConnections, [reason.rawValue], by: 0) }
        for result in ["success", "failure"] { count(.reloads, [result], by: 0) }
        for kind in MalformedRequest.allCases { count(.malformedRequests, [kind.rawValue], by: 0) }
        count(.delayedReads, [], by: 0)
    }

    // MARK: Told by those who do it

    func answered(method: String, code: String, took: TimeAmount) {
        count(.requests, [method, code])
        time(.requestSeconds, [method, code], took)
    }

    /// - Parameters:
    ///   - model: its name; nil where none was found.
    ///   - took: from the frame to its result.
    func framed(model: String?, outcome: String, took: TimeAmount) {
        let labels = [model ?? MetricFamily.otherModel, outcome]
        count(.frames, labels)
        time(.frameSeconds, labels, took)
    }

    func malformed(_ kind: MalformedRequest) { count(.malformedRequests, [kind.rawValue]) }

    func delayedRead() { count(.delayedReads, []) }

    func connected(_ change: Int) { openConnections.withLock { $0 += change } }

    func refusedConnection(_ reason: RefusedConnection) { count(.refusedConnections, [reason.rawValue]) }

    func brokeConnection(_ reason: BrokenConnection) { count(.brokenConnections, [reason.rawValue]) }

    /// Takes one of the places for sessions; false when all are taken.
    func openSession(limit: Int) -> Bool {
        openSessions.withLock {
            guard $0 < limit else { return false }
            $0 += 1
            return true
        }
    }

    func closeSession() { openSessions.withLock { $0 -= 1 } }

    /// - Parameter key: of the batch.
    func computed(_ key: BatchKey, batchSize: Int, took: TimeAmount, waited: [TimeAmount]) {
        let model = models?.name(of: key.engine) ?? MetricFamily.otherModel
        time(.computeSeconds, [model, key.stage.rawValue], took)
        for wait in waited { time(.waitSeconds, [], wait) }
        guard key.stage == .render else { return }
        Recorder(label: MetricFamily.batchSize.rawValue, dimensions: [], aggregate: true, factory: store)
            .record(batchSize)
    }

    func reloaded(_ succeeded: Bool) { count(.reloads, [succeeded ? "success" : "failure"]) }

    private func count(_ family: MetricFamily, _ labels: [String], by amount: Int64 = 1) {
        Counter(label: family.rawValue, dimensions: Array(zip(family.row.labels, labels)), factory: store)
            .increment(by: amount)
    }

    private func time(_ family: MetricFamily, _ labels: [String], _ took: TimeAmount) {
        Timer(label: family.rawValue, dimensions: Array(zip(family.row.labels, labels)), factory: store)
            .recordNanoseconds(took.nanoseconds)
    }

    // MARK: Asked by Status

    var connections: Int { openConnections.withLock { $0 } }
    var sessions: Int { openSessions.withLock { $0 } }
    /// By method and code, as `Reenact OK`.
    var requests: [(String, UInt64)] { counts(.requests) }
    /// By outcome.
    var frames: [(String, UInt64)] {
        let counts = counts(of: .frames).map { (outcome: $0.labels[1], count: $0.count) }
        return Dictionary(counts.map { ($0.outcome, $0.count) }, uniquingKeysWith: +).sorted { $0.key < $1.key }
            .map { ($0.key, $0.value) }
    }
    /// Connections that were rejected or closed by the server, by reason.
    var troubles: [(String, UInt64)] {
        (counts(.refusedConnections) + counts(.brokenConnections)).filter { $0.1 > 0 }
    }
    /// Reads that were put off for their peer's rate.
    var delayedReads: UInt64 { counts(.delayedReads).first?.1 ?? 0 }
    var reloads: UInt64 { counts(.reloads).first { $0.0 == "success" }?.1 ?? 0 }
    var failedReloads: UInt64 { counts(.reloads).first { $0.0 == "failure" }?.1 ?? 0 }

    /// Numbers of batches by their size.
    var batches: [(Int, UInt64)] {
        distributions(.batchSize).flatMap { $0.1.recorded }.map { (Int($0.value), $0.count) }
    }

    /// Milliseconds below which `share` of the latest renderings stayed; 0 when there was none.
    func computeMilliseconds(share: Double) -> Double {
        let renderings = distributions(.computeSeconds).filter { $0.0[1] == BatchKey.Stage.render.rawValue }.map(\.1)
        return Double(DistributionSeries.percentile(share, of: renderings)) / 1000
    }

    /// Milliseconds of a method's latest calls, by method: median and 99th percentile.
    var latencies: [(method: String, median: Double, high: Double)] {
        let methods = Dictionary(grouping: distributions(.requestSeconds)) { $0.0[0] }
        return methods.sorted { $0.key < $1.key }.map { method, series in
            func milliseconds(_ share: Double) -> Double {
                Double(DistributionSeries.percentile(share, of: series.map(\.1))) / 1000
            }
            return (method, milliseconds(0.5), milliseconds(0.99))
        }
    }

    private func counts(_ family: MetricFamily) -> [(String, UInt64)] {
        counts(of: family).map { ($0.labels.joined(separator: " "), $0.count) }
    }

    private func counts(of family: MetricFamily) -> [(labels: [String], count: UInt64)] {
        store.series(of: family).compactMap { labels, series in
            guard case .count(let count) = series else { return nil }
            return (labels, UInt64(clamping: count.value))
        }
    }

    private func distributions(_ family: MetricFamily) -> [([String], DistributionSeries)] {
        store.series(of: family).compactMap { labels, series in
            guard case .distribution(let distribution) = series else { return nil }
            return (labels, distribution)
        }
    }
}

/// Kind of input that could not be read.
enum MalformedRequest: String, CaseIterable {
    /// A frame that is none, misuses its stream's number or opens none that is served.
    case frame
    /// The message of a call or a session.
    case message
}
