import AnimoCLI
import AnimoClient
import AnimoConcurrency
import AnimoJSON
import AnimoMotion
import AnimoWire

/// One head on a page: its source at the daemon, its live session, and the newest driver that waits for it.
final class HeadSession: Sendable {
    /// A driver on its way, with what the page wants back beside the picture.
    struct Drive: Sendable {
        let driver: Wire.Driver
        let seq: UInt32
        let time: Double
    }

    let index: Int
    private let client: AnimoClient
    private let request: Wire.PutSourceRequest
    private let open: Wire.AnimateOpen
    private let emit: @Sendable (PageOutput) async -> Void
    private let show: @Sendable ([UInt8]) -> Void
    /// Outlives the sessions: the newest driver waits here while the daemon is away.
    private let drives = Mailbox<Drive>(.latest)

    /// - Parameters:
    ///   - emit: sends to the page; waits while the page does not read.
    ///   - show: is given every picture.
    init(
        _ index: Int, client: AnimoClient, request: Wire.PutSourceRequest, open: Wire.AnimateOpen,
        emit: @escaping @Sendable (PageOutput) async -> Void, show: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.index = index
        self.client = client
        self.request = request
        self.open = open
        self.emit = emit
        self.show = show
    }

    /// Takes the place of a driver that was not sent yet.
    func send(_ next: Drive) { _ = drives.put(next) }

    /// Until cancelled, or the daemon refuses: a daemon that is gone is waited for.
    func run() async {
        var isLost = false
        while !Task.isCancelled {
            do {
                let held = try await client.hold(request, timeout: .seconds(20))
                let session = try await client.lasting(held, open, timeout: .seconds(20))
                await emit(.text(opened(held, session.opened)))
                isLost = false
                try await play(session)
            } catch is CancellationError {
                return
            } catch let error as RPCError where Self.isPassing(error) {
                if !isLost {
                    isLost = true
                    await emit(.text(.object(["kind": "daemon", "state": "lost", "message": .string(error.message)])))
                }
                try? await Task.sleep(for: .seconds(1))
            } catch {
                let message = (error as? RPCError)?.message ?? "\(error)"
                await emit(
                    .text(
                        .object(["kind": "refused", "head": .integer(index), "message": .string(message)])))
                return
            }
        }
    }

    /// Whether waiting helps.
    private static func isPassing(_ error: RPCError) -> Bool {
        switch error.code {
        case .unavailable, .resourceExhausted, .deadlineExceeded, .aborted: true
        default: false
        }
    }

    private func play(_ session: ReconnectingSession) async throws {
        // A head that is exchanged ends its session at once, though its own task is cancelled.
        defer { Task.detached { try? await session.finish() } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [drives] in
                while let next = try await drives.next() {
                    try await session.send(
                        Wire.AnimateFrame(captureTime: Self.stamp(next), driver: next.driver))
                }
            }
            group.addTask {
                for try await result in session.results { await self.take(result) }
            }
            while try await group.next() != nil {}
        }
    }

    private func take(_ result: Wire.AnimateResult) async {
        let (seq, time) = Self.unstamp(result.captureTime)
        var facts: KeyValuePairs<String, JSONValue> {
            [
                "head": .integer(index), "seq": .integer(Int(seq)), "time": .number(time),
                "outcome": .string("\(result.outcome)"), "message": .string(result.message),
                "batch": .integer(Int(result.batchSize)), "dropped": .count(result.dropped),
                "clamped": .array(result.clamped.map { .string($0.channel) }),
                "ms": .object([
                    "decode": .milliseconds(result.times?.decode), "queue": .milliseconds(result.times?.queue),
                    "compute": .milliseconds(result.times?.compute), "encode": .milliseconds(result.times?.encode),
                ]),
                "crop": result.driverCrop.map(JSONValue.crop) ?? .null,
                "pose": result.pose.map(JSONValue.pose) ?? .null,
            ]
        }
        guard result.outcome == .ok, let picture = result.picture else {
            return await emit(.text(.object(facts).with("kind", "failed")))
        }
        show(picture.data)
        await emit(.picture(.object(facts), picture.data))
    }

    private func opened(_ held: HeldSource, _ opened: Wire.AnimateOpened) -> JSONValue {
        .object([
            "kind": "opened", "head": .integer(index), "width": .integer(Int(held.prepared.width)),
            "height": .integer(Int(held.prepared.height)), "window": .integer(Int(opened.window)),
            "crop": held.prepared.crop.map(JSONValue.crop) ?? .null,
        ])
    }

    private static func stamp(_ drive: Drive) -> [UInt8] {
        withUnsafeBytes(of: drive.seq.littleEndian) { Array($0) }
            + withUnsafeBytes(of: drive.time.bitPattern.littleEndian) { Array($0) }
    }

    private static func unstamp(_ bytes: [UInt8]) -> (seq: UInt32, time: Double) {
        guard bytes.count == 12 else { return (0, 0) }
        let seq = bytes[..<4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let time = bytes[4...].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return (seq, Double(bitPattern: time))
    }
}

extension JSONValue {
    static func milliseconds(_ microseconds: UInt64?) -> JSONValue { .measured(Double(microseconds ?? 0) / 1000) }

    /// x, y, scale of what was prepared, in pixels of the original.
    static func crop(_ crop: Wire.CropTransform) -> JSONValue {
        .object([
            "x": .measured(crop.offsetX), "y": .measured(crop.offsetY), "scale_x": .measured(crop.scaleX),
            "scale_y": .measured(crop.scaleY),
        ])
    }

    static func pose(_ pose: Wire.Pose) -> JSONValue {
        var object = JSONObject()
        for (name, value) in zip(PoseMapping.standardChannels, pose.values) { object[name] = .float(value) }
        for channel in pose.channels { object[channel.name] = .decimal(channel.value) }
        return .object(object)
    }

    func with(_ name: String, _ value: String) -> JSONValue {
        guard case .object(var object) = self else { return self }
        object[name] = .string(value)
        return .object(object)
    }
}

extension JSONValue: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
}
