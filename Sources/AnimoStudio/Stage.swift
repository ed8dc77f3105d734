import AnimoCLI
import AnimoClient
import AnimoDemo
import AnimoDrivers
import AnimoJSON
import AnimoMotion
import AnimoWire
import NIOCore

/// Heads of one page: up to four, each with a session of its own, all driven alike.
actor Stage {
    private let client: AnimoClient
    private let page: UInt64
    private let broadcast: Broadcast
    /// Path and query of the overlay.
    private let overlay: String
    /// Names of the user's folder's pictures.
    private let pictures: [String]
    private let emit: @Sendable (PageOutput) async -> Void
    private let cast = Cast()
    private var tasks: [Int: Task<Void, Never>] = [:]
    /// Own pictures that were sent and not opened yet.
    private var uploads: [Int: [UInt8]] = [:]
    private var models: [String: Wire.ModelDescription] = [:]
    private var control = PageControl()
    private var network: Task<Void, Never>?
    private var look: (face: FaceLook, task: Task<Void, Never>)?
    private var looks = false
    private var life: Task<Void, Never>?

    /// - Parameters:
    ///   - page: number of the page in this run.
    ///   - overlay: path and query of the overlay.
    ///   - pictures: names of the user's folder's pictures.
    ///   - emit: sends to the page; waits while the page does not read.
    init(
        client: AnimoClient, page: UInt64, broadcast: Broadcast, overlay: String, pictures: [String],
        emit: @escaping @Sendable (PageOutput) async -> Void
    ) {
        self.client = client
        self.page = page
        self.broadcast = broadcast
        self.overlay = overlay
        self.pictures = pictures
        self.emit = emit
    }

    /// Tells the page what there is, waiting for a daemon that is not there yet.
    func greet() async throws {
        var isLost = false
        while true {
            do {
                await emit(.text(try await greeting()))
                return
            } catch let error as RPCError where error.code == .unavailable {
                if !isLost { await emit(.text(.object(["kind": "daemon", "state": "lost"]))) }
                isLost = true
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// Carries out a message of the page.
    func receive(_ message: PageMessage) async {
        switch message {
        case .open(let head, let wanted): await open(head, wanted)
        case .close(let head): close(head)
        case .pose(let head, let seq, let time, let values):
            let channels = values.sorted { $0.key < $1.key }.map { Wire.NamedValue(name: $0.key, value: $0.value) }
            let driver = Wire.Driver(kind: .pose(.init(channels: channels)))
            cast.send(HeadSession.Drive(driver: driver, seq: seq, time: time), to: head)
        case .nobody(let seq, let time): cast.send(HeadSession.Drive(driver: nil, seq: seq, time: time))
        case .frame(let frame): drive(by: frame)
        case .control(let control):
            self.control = control
            for session in cast.all { session.follow(control) }
        case .calibrate(let milliseconds, let includesEyes):
            for session in cast.all {
                session.calibrate(Wire.Calibration(overMs: milliseconds, eyes: includesEyes))
            }
        case .network(let configuration): await listen(configuration)
        case .look(let isOn):
            looks = isOn
            if !isOn { endLook() }
        case .upload(let head, let bytes): uploads[head] = bytes
        case .randomPose(let seed): await emit(.text(Self.randomPose(seed)))
        case .onAir(let isOnAir): if isOnAir { broadcast.take(page) } else { broadcast.leave(page) }
        }
    }

    /// Goes on without its page, for the overlays that show it: the first head stays, and lives where no network driver
    /// moves it.
    func goOnAlone() {
        for place in 1..<PageMessage.headLimit { close(place) }
        endLook()
        guard network == nil else { return }
        life = Task { [cast] in
            while (try? await Task.sleep(for: .milliseconds(66))) != nil {
                cast.send(HeadSession.Drive(driver: nil, seq: 0, time: StudioClock.milliseconds(at: .now)))
            }
        }
    }

    /// Ends every session.
    func end() async {
        let running = Array(tasks.values) + [network, look?.task, life].compactMap { $0 }
        (tasks, network, look, life) = ([:], nil, nil, nil)
        for task in running { task.cancel() }
        for task in running { await task.value }
        broadcast.leave(page)
    }

    // MARK: Drivers

    private func drive(by frame: PageMessage.DrivingFrame) {
        let wire = Wire.DrivingFrame(
            picture: Wire.Picture(data: frame.bytes), domain: frame.domain.wire,
            crop: frame.findsHead ? Wire.Crop(mode: .auto) : nil,
            reader: frame.byEstimator ? .estimator : .unspecified)
        cast.send(HeadSession.Drive(driver: Wire.Driver(kind: .frame(wire)), seq: frame.seq, time: frame.time))
        guard looks, let model = cast[0]?.model else { return }
        if look?.face.model != model {
            endLook()
            let face = FaceLook(client: client, model: model, emit: emit)
            look = (face, Task { await face.run() })
        }
        look?.face.look(at: frame.bytes)
    }

    private func endLook() {
        look?.task.cancel()
        look = nil
    }

    private func listen(_ configuration: NetworkDriver.Configuration?) async {
        network?.cancel()
        // The port is free again before another driver takes it.
        await network?.value
        network = nil
        guard let configuration else { return }
        let driver = NetworkDriver(driving: cast)
        network = Task { [emit] in await driver.run(configuration, emit: emit) }
    }

    // MARK: Heads

    private func close(_ head: Int) {
        cast[head] = nil
        tasks.removeValue(forKey: head)?.cancel()
    }

    private func open(_ head: Int, _ wanted: PageMessage.OpenHead) async {
        let former = cast[head]
        close(head)
        let bytes: [UInt8]
        switch wanted.picture {
        case .sample(let name):
            guard let sample = try? DemoSamples.file(name + ".png") else {
                return await refuse(head, "no built-in head is called \(name.quotedForMessage)")
            }
            bytes = sample
        case .upload:
            guard let upload = uploads.removeValue(forKey: head) else {
                return await refuse(head, "expected a picture before it is opened")
            }
            bytes = upload
        }
        let crop: Wire.Crop? =
            switch wanted.crop {
            case .whole: nil
            case .found: Wire.Crop(mode: .auto)
            case .box(let box):
                Wire.Crop(mode: .box, box: Wire.Box(x: box[0], y: box[1], width: box[2], height: box[3]))
            }
        let source = Wire.SourcePicture(
            picture: Wire.Picture(data: bytes), domain: wanted.domain.wire, crop: crop)
        let model = models[wanted.model]
        let options =
            model?.alpha == true
            ? Wire.DrawOptions(format: .png) : Wire.DrawOptions(format: .jpeg, jpegQuality: 88)
        let (page, broadcast) = (page, broadcast)
        let session = HeadSession(
            head, client: client, request: Wire.PutSourceRequest(model: wanted.model, source: source), options: options,
            groups: Set((model?.groups ?? []).compactMap(ControlGroup.init(rawValue:))), control: control,
            neutrals: former?.model == wanted.model ? former?.neutrals ?? [:] : [:],
            emit: emit, show: { if head == 0 { broadcast.publish($0, of: page) } })
        cast[head] = session
        tasks[head] = Task { await session.run() }
    }

    private func refuse(_ head: Int, _ message: String) async {
        await emit(
            .text(
                .object(["kind": "refused", "head": .integer(head), "message": .string(message)])))
    }

    private func greeting() async throws -> JSONValue {
        let described = try await client.describe(timeout: .seconds(10))
        models = Dictionary(described.models.map { ($0.name, $0) }) { first, _ in first }
        // A face tracker draws nothing.
        let drawing = described.models.filter { !$0.drivers.isEmpty }
        let models = drawing.map { model in
            JSONValue.object([
                "name": .string(model.name), "digest": .string(Self.shortDigest(model.digest)),
                "title": .string(model.title.isEmpty ? model.name : model.title),
                "family": .string(model.family), "native_size": .integer(Int(model.nativeSize)),
                "domains": .array(model.domains.map { .string("\($0)") }),
                "drivers": .array(model.drivers.map { .string($0) }),
                "frames": .array(Set(model.estimators.map { "\($0.domain)" }).sorted().map { .string($0) }),
                "relative": .bool(model.relative), "builtin": .bool(model.builtin), "alpha": .bool(model.alpha),
                "groups": .array(model.groups.map { .string($0) }), "finds_heads": .bool(!model.faceModel.isEmpty),
                "licence": .string(model.licence),
                "channels": .array(
                    model.channels.map { channel in
                        .object([
                            "name": .string(channel.name), "low": .decimal(channel.minimum),
                            "high": .decimal(channel.maximum), "unit": .string(channel.unit),
                        ])
                    }),
            ])
        }
        var ports = JSONObject()
        for tracker in TrackerProtocol.allCases { ports[tracker.rawValue] = tracker.port.map { .integer($0) } }
        return .object([
            "kind": "hello", "version": .string(programVersion), "daemon": .string(described.serverVersion),
            "overlay": .string(overlay), "default_model": .string(described.defaultModel), "models": .array(models),
            "addresses": .array(Self.addresses().map { .string($0) }),
            "ports": .object(ports), "folder": .array(pictures.map { .string($0) }),
            "samples": .array(
                try Domain.allCases.flatMap { domain in
                    try DemoSamples.sources(domain).map { source in
                        .object(["name": .string(source.name), "domain": .string(domain.rawValue)])
                    }
                }),
        ])
    }

    /// Enough of a model's digest to tell it from others: what was measured with one is not another's.
    private static func shortDigest(_ digest: [UInt8]) -> String {
        digest.prefix(8).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    /// Addresses of this machine that a phone may send to.
    private static func addresses() -> [String] {
        let devices = (try? System.enumerateDevices()) ?? []
        return devices.compactMap(\.address?.ipAddress).filter {
            $0.contains(".") && !$0.hasPrefix("127.") && !$0.hasPrefix("169.254.")
        }
    }

    private static func randomPose(_ seed: UInt64) -> JSONValue {
        var sampler = PoseSampler(seed: seed)
        let pose = sampler.next()
        var values = JSONObject()
        for (name, value) in zip(PoseMapping.standardChannels, pose.values) { values[name] = .float(value) }
        return .object(["kind": "pose", "values": .object(values)])
    }
}
