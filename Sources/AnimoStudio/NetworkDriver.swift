import AnimoCLI
import AnimoConcurrency
import AnimoDrivers
import AnimoJSON
import AnimoMotion
import AnimoWire
import Synchronization

/// A tracker on a UDP port of this machine that drives a stage, whether its page is looked at or not.
final class NetworkDriver: Sendable {
    /// Tracker that is listened to, as the page asks for it.
    struct Configuration: Equatable, Sendable {
        /// Protocol in which it sends.
        let tracker: TrackerProtocol
        /// UDP port; 0 for any that is free.
        let port: Int
        /// Whether others than this machine may send.
        let hearsNetwork: Bool
        /// Address or host name of a phone that is asked to send; empty for none.
        let phone: String
    }

    /// Time without a frame after which frames without a head are sent.
    private static let lossTimeout = Duration.milliseconds(250)
    private static let tick = Duration.milliseconds(33)
    private static let reportInterval = Duration.milliseconds(250)

    private struct State {
        /// By the names that the sender sends.
        var mappings: [MappingTable.BuiltIn: ChannelMapping] = [:]
        var newest: (frame: TrackerFrame, time: ContinuousClock.Instant)?
        var isTracking = false
        /// Reason why the newest frame could not be used; nil where it was.
        var failure: String?

        /// The standard 20 of a frame; nil where no head is seen.
        mutating func pose(_ frame: TrackerFrame, by table: MappingTable.BuiltIn) throws -> [Float]? {
            guard frame.isTracking else { return nil }
            let mapping = try mappings[table] ?? ChannelMapping(table.table, channels: ChannelMapping.Channel.pose())
            mappings[table] = mapping
            return mapping(frame.inputs).map { Float($0) }
        }
    }

    private let cast: Cast
    private let state = Mutex(State())

    /// - Parameter cast: sessions that it drives, those that open later among them.
    init(driving cast: Cast) { self.cast = cast }

    /// Listens until cancelled, and tells the page what comes.
    func run(_ configuration: Configuration, emit: @escaping @Sendable (PageOutput) async -> Void) async {
        let listener: TrackerListener
        do {
            listener = try await TrackerListener.open(
                TrackerListener.Configuration(
                    tracker: configuration.tracker, host: configuration.hearsNetwork ? "0.0.0.0" : "127.0.0.1",
                    port: configuration.port, phone: configuration.phone.isEmpty ? nil : configuration.phone)
            ) { [weak self] in self?.take($0) }
        } catch {
            let why = "port \(configuration.port) cannot be listened on: \(error)"
            return await emit(
                .text(.object(["kind": "network", "state": "failed", "message": .string(why)])))
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.tickWhileSilent() }
            group.addTask { await self.report(listener, emit) }
            await group.waitForAll()
        }
        await listener.close()
    }

    /// Drives by a frame; on the event loop.
    private func take(_ arrival: TrackerListener.Arrival) {
        let driver: Wire.Driver?? = state.withLock { state in
            state.newest = (arrival.frame, arrival.time)
            do {
                let pose = try state.pose(arrival.frame, by: arrival.table)
                state.isTracking = pose != nil
                state.failure = nil
                return .some(pose.map { Wire.Driver(kind: .pose(Wire.Pose(values: $0))) })
            } catch {
                state.failure = "\(error)"
                return nil
            }
        }
        guard let driver else { return }
        cast.send(HeadSession.Drive(driver: driver, seq: 0, time: StudioClock.milliseconds(at: arrival.time)))
    }

    private func tickWhileSilent() async {
        while (try? await Task.sleep(for: Self.tick)) != nil {
            let isSilent = state.withLock { state in
                guard let newest = state.newest else { return true }
                guard ContinuousClock.now - newest.time > Self.lossTimeout else { return false }
                state.isTracking = false
                return true
            }
            if isSilent {
                cast.send(HeadSession.Drive(driver: nil, seq: 0, time: StudioClock.milliseconds(at: .now)))
            }
        }
    }

    private func report(_ listener: TrackerListener, _ emit: @escaping @Sendable (PageOutput) async -> Void) async {
        var (before, since) = (listener.counts.frames, ContinuousClock.now)
        var rate = 0.0
        repeat {
            let counts = listener.counts
            let now = ContinuousClock.now
            let span = (now - since) / .seconds(1)
            if span >= 0.9 {
                rate = Double(counts.frames - before) / span
                (before, since) = (counts.frames, now)
            }
            let (newest, isTracking, failure) = state.withLock { ($0.newest, $0.isTracking, $0.failure) }
            var inputs = JSONObject()
            for (name, value) in (newest?.frame.inputs ?? [:]).sorted(by: { $0.key.text < $1.key.text }).prefix(128) {
                inputs[name.text] = .measured(value)
            }
            await emit(
                .text(
                    .object([
                        "kind": "network", "state": "listening", "port": .integer(listener.port),
                        "frames": .integer(counts.frames), "parts": .integer(counts.parts),
                        "refused": .integer(counts.refused), "foreign": .integer(counts.foreign),
                        "rate": .measured(rate, digits: 1), "sender": counts.sender.map(JSONValue.string) ?? .null,
                        "age_ms": counts.newest.map { .measured((now - $0) / .milliseconds(1), digits: 0) } ?? .null,
                        "tracking": .bool(isTracking), "message": failure.map(JSONValue.string) ?? .null,
                        "inputs": .object(inputs),
                    ])))
        } while (try? await Task.sleep(for: Self.reportInterval)) != nil
    }
}

extension NetworkDriver.Configuration {
    /// Reads `{"input": "vmc", "port": 39539, "from": "network", "phone": ""}`.
    init(_ object: JSONObject) throws(PageMessage.Malformed) {
        guard let tracker = object["input"]?.stringValue.flatMap(TrackerProtocol.init(rawValue:)) else {
            let known = TrackerProtocol.allCases.map(\.rawValue).joined(separator: ", ")
            throw PageMessage.Malformed(description: "input: expected one of \(known)")
        }
        self.tracker = tracker
        guard let port = object["port"]?.integerValue ?? tracker.port, (0...65_535).contains(port) else {
            throw PageMessage.Malformed(description: "port: expected 0 to 65535")
        }
        self.port = port
        hearsNetwork = object["from"]?.stringValue == "network"
        phone = object["phone"]?.stringValue ?? ""
        guard phone.utf8.count <= 253, phone.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw PageMessage.Malformed(description: "phone: expected an address or a host name")
        }
    }
}

/// The studio's own clock, for drivers that no page stamps.
enum StudioClock {
    private static let start = ContinuousClock.now

    /// Milliseconds since the clock was first read.
    static func milliseconds(at instant: ContinuousClock.Instant) -> Double { (instant - start) / .milliseconds(1) }
}
