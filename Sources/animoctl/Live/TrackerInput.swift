import AnimoDrivers
import AnimoMotion
import AnimoWire
import Foundation
import Synchronization

/// Drivers from a tracker on a UDP port. Where no frame comes for a while, frames without a head follow at its rate, if
/// the session has control; else none.
final class TrackerInput: StreamInput {
    /// Time without a frame after which frames without a head are put.
    private static let lossTimeout = Duration.milliseconds(250)
    /// Time between drivers where the tracker's own rate is not known.
    private static let usualInterval = Duration.milliseconds(33)
    private static let intervals = Duration.milliseconds(8)...Duration.milliseconds(100)

    private struct State {
        var mapping: TrackerMapping
        var clock = CaptureClock()
        var last: ContinuousClock.Instant?
        /// Time between two frames, smoothed.
        var interval = TrackerInput.usualInterval
        var isTracking = false
    }

    private let configuration: TrackerListener.Configuration
    private let tellsLostHead: Bool
    private let state: Mutex<State>
    private let listener = Mutex<TrackerListener?>(nil)
    private let epoch = ContinuousClock.now

    /// - Parameter tellsLostHead: whether frames without a head are put.
    init(_ configuration: TrackerListener.Configuration, mapping: TrackerMapping, tellsLostHead: Bool) {
        self.configuration = configuration
        self.tellsLostHead = tellsLostHead
        state = Mutex(State(mapping: mapping))
    }

    var status: String? {
        guard let counts = listener.withLock({ $0 })?.counts else { return nil }
        let word = state.withLock(\.isTracking) ? "tracking" : "no head"
        return "\(word), \(counts.line(skipped: 0))"
    }

    func start(into sink: StreamSink) async throws {
        let opened = try await TrackerListener.opened(configuration) { [self] arrival in
            if let item = item(for: arrival) { _ = sink.put(item) }
        }
        listener.withLock { $0 = opened }
        Terminal.note("animoctl: listening on \(configuration.host):\(opened.port)")
        guard tellsLostHead else { return }
        Thread.detachNewThread { [self] in
            while true {
                Thread.sleep(forTimeInterval: state.withLock(\.interval).seconds)
                guard let item = silent() else { continue }
                guard sink.put(item) else { return }
            }
        }
    }

    private func item(for arrival: TrackerListener.Arrival) -> StreamItem? {
        state.withLock { state in
            if let last = state.last {
                let interval = min(max(arrival.time - last, Self.intervals.lowerBound), Self.intervals.upperBound)
                state.interval = state.interval * 0.9 + interval * 0.1
            }
            let capture = state.clock.capture(
                tracker: arrival.frame.time, arrival: (arrival.time - epoch).seconds)
            state.last = arrival.time
            do {
                let pose = try state.mapping.pose(arrival.frame, by: arrival.table)
                state.isTracking = pose != nil
                guard pose != nil || tellsLostHead else { return nil }
                return .driver(
                    pose.map { Wire.Driver(kind: .pose(Wire.Pose(values: $0))) }, capture: .seconds(capture),
                    since: arrival.time)
            } catch {
                return .unreadable("\(error)")
            }
        }
    }

    /// A frame without a head, where the tracker has been silent; nil where it has not, or never sent.
    private func silent() -> StreamItem? {
        state.withLock { state in
            let now = ContinuousClock.now
            guard let last = state.last, now - last > Self.lossTimeout else { return nil }
            state.isTracking = false
            let capture = state.clock.capture(tracker: nil, arrival: (now - epoch).seconds)
            return .driver(nil, capture: .seconds(capture), since: now)
        }
    }
}
