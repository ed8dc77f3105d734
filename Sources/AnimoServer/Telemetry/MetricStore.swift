import CoreMetrics
import Synchronization

/// Counts and distributions that `swift-metrics` adds to: the series of a family, by the values of their labels.
///
/// Levels are not kept: they are read of a ``ServerSnapshot`` when somebody asks.
package final class MetricStore: MetricsFactory {
    enum Series: Sendable {
        case count(CountSeries)
        case distribution(DistributionSeries)
    }

    private let families = Mutex<[MetricFamily: [[String]: Series]]>([:])

    package init() {}

    /// A family's series, by the values of its labels.
    func series(of family: MetricFamily) -> [(labels: [String], series: Series)] {
        families.withLock { $0[family] ?? [:] }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { (labels: $0.key, series: $0.value) }
    }

    // MARK: MetricsFactory; what is not in the list is not kept

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        guard case .count(let series) = series(label, dimensions, or: .count(CountSeries())) else {
            return NOOPMetricsHandler.instance
        }
        return series
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard case .distribution(let series) = series(label, dimensions, or: .distribution(DistributionSeries()))
        else { return NOOPMetricsHandler.instance }
        return series
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        guard case .distribution(let series) = series(label, dimensions, or: .distribution(DistributionSeries()))
        else { return NOOPMetricsHandler.instance }
        return series
    }

    // A series stays when its handle goes: Prometheus expects counters to go on.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    private func series(_ label: String, _ dimensions: [(String, String)], or new: Series) -> Series? {
        guard let family = MetricFamily(rawValue: label), dimensions.map(\.0) == family.row.labels else { return nil }
        return families.withLock { families in
            let values = dimensions.map(\.1)
            if let known = families[family]?[values] { return known }
            families[family, default: [:]][values] = new
            return new
        }
    }
}
