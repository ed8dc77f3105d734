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

    /// Creates a store without series.
    package init() {}

    /// A family's series, by the values of its labels.
    func series(of family: MetricFamily) -> [(labels: [String], series: Series)] {
        families.withLock { $0[family] ?? [:] }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { (labels: $0.key, series: $0.value) }
    }

    // MARK: MetricsFactory; what is not in the list is not kept

    /// Returns the counter of these labels, made where it is new; one that counts nothing for a metric not in the list.
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        guard case .count(let series) = series(label, dimensions, or: .count(CountSeries())) else {
            return NOOPMetricsHandler.instance
        }
        return series
    }

    /// Returns the distribution of these labels, made where it is new; one that records nothing for a metric not in
    /// the list.
    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard case .distribution(let series) = series(label, dimensions, or: .distribution(DistributionSeries()))
        else { return NOOPMetricsHandler.instance }
        return series
    }

    /// Returns the distribution of these labels, in microseconds, made where it is new; one that records nothing for a
    /// metric not in the list.
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        guard case .distribution(let series) = series(label, dimensions, or: .distribution(DistributionSeries()))
        else { return NOOPMetricsHandler.instance }
        return series
    }

    // A series stays when its handle goes: Prometheus expects counters to go on.
    /// Keeps the series.
    package func destroyCounter(_ handler: any CounterHandler) {}
    /// Keeps the series.
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Keeps the series.
    package func destroyTimer(_ handler: any TimerHandler) {}

    private func series(_ label: String, _ dimensions: [(String, String)], or new: @autoclosure () -> Series) -> Series?
    {
        guard let family = MetricFamily(rawValue: label), dimensions.map(\.0) == family.row.labels else { return nil }
        return families.withLock { families in
            let values = dimensions.map(\.1)
            if let known = families[family]?[values] { return known }
            let series = new()
            families[family, default: [:]][values] = series
            return series
        }
    }
}
