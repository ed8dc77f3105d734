import CoreMetrics
import Synchronization

/// What `swift-metrics` counts into: the series of every family, by their labels' values.
package final class MetricStore: MetricsFactory {
    enum Series: Sendable {
        case count(CountSeries)
        case level(LevelSeries)
        case distribution(DistributionSeries)
    }

    private let families = Mutex<[MetricFamily: [[String]: Series]]>([:])

    package init() {}

    /// A family's series, by the values of its labels.
    func series(of family: MetricFamily) -> [(labels: [String], series: Series)] {
        families.withLock { $0[family] ?? [:] }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { (labels: $0.key, series: $0.value) }
    }

    /// Forgets a family's series: for facts that are set anew each time they are looked at.
    func clear(_ family: MetricFamily) { families.withLock { $0[family] = nil } }

    // MARK: MetricsFactory; what is not in the list is not kept

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        guard case .count(let series) = series(label, dimensions, or: .count(CountSeries())) else {
            return NOOPMetricsHandler.instance
        }
        return series
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        guard case .count(let series) = series(label, dimensions, or: .count(CountSeries())) else {
            return NOOPMetricsHandler.instance
        }
        return series
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        guard case .level(let series) = series(label, dimensions, or: .level(LevelSeries())) else {
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
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    private func series(_ label: String, _ dimensions: [(String, String)], or new: Series) -> Series? {
        guard let family = MetricFamily(rawValue: label), dimensions.map(\.0) == family.labels else { return nil }
        return families.withLock { families in
            let values = dimensions.map(\.1)
            if let known = families[family]?[values] { return known }
            families[family, default: [:]][values] = new
            return new
        }
    }
}
