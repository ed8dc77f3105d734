import CoreMetrics
import Foundation
import Histogram
import NIOCore
import Synchronization

/// A count that only grows.
final class CountSeries: CounterHandler, Sendable {
    private let count = Mutex(Int64(0))

    var value: Int64 { count.withLock { $0 } }

    func increment(by amount: Int64) { count.withLock { $0 += amount } }
    func reset() { count.withLock { $0 = 0 } }
}

/// Values and how they are distributed, since the start and of late.
///
/// High dynamic range: every value to within one percent, in memory that does not grow with their number.
final class DistributionSeries: TimerHandler, RecorderHandler, Sendable {
    private struct State {
        var all = Histogram<UInt64>(numberOfSignificantValueDigits: .two)
        var sum = 0.0
        /// This minute and the one before it.
        var late = Histogram<UInt64>(numberOfSignificantValueDigits: .two)
        var earlier = Histogram<UInt64>(numberOfSignificantValueDigits: .two)
        var turned = NIODeadline.now()

        mutating func turn(now: NIODeadline) {
            let passed = now - turned
            guard passed >= .minutes(1) else { return }
            earlier = late
            if passed >= .minutes(2) { earlier.reset() }
            late.reset()
            turned = now
        }
    }

    private let state = Mutex(State())

    /// A duration, kept in microseconds.
    func recordNanoseconds(_ duration: Int64) { record(duration / 1000) }

    func record(_ value: Double) { record(Int64(value)) }

    func record(_ value: Int64) {
        let value = UInt64(max(0, value))
        state.withLock { state in
            state.turn(now: .now())
            state.all.record(value)
            state.late.record(value)
            state.sum += Double(value)
        }
    }

    /// Returns the number of values up to each bound, the number of all, and their sum.
    func cumulative(_ bounds: [UInt64]) -> (counts: [UInt64], total: UInt64, sum: Double) {
        state.withLock { state in
            (bounds.map { state.all.count(within: 0...$0) }, state.all.totalCount, state.sum)
        }
    }

    /// Each value and how often it was recorded, small values exactly.
    var recorded: [(value: UInt64, count: UInt64)] {
        state.withLock { $0.all.recordedValues().map { ($0.value, $0.count) } }
    }

    /// The values of the last minute or two.
    private var recent: Histogram<UInt64> {
        state.withLock { state in
            state.turn(now: .now())
            var recent = state.late
            recent.add(state.earlier)
            return recent
        }
    }

    /// Returns the value that `share` of the last minute or two, of all series, stayed below; 0 when there was none.
    static func percentile(_ share: Double, of series: [DistributionSeries]) -> UInt64 {
        guard var recent = series.first?.recent else { return 0 }
        for other in series.dropFirst() { recent.add(other.recent) }
        return recent.totalCount == 0 ? 0 : recent.valueAtPercentile(share * 100)
    }
}
