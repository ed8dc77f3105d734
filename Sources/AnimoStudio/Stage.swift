import AnimoCLI
import AnimoClient
import AnimoDemo
import AnimoJSON
import AnimoMotion
import AnimoWire

/// What one page shows: up to four heads, each with a session of its own, all driven alike.
actor Stage {
    private let client: AnimoClient
    private let page: UInt64
    private let broadcast: Broadcast
    /// Path and query of the overlay.
    private let overlay: String
    private let emit: @Sendable (PageOutput) async -> Void
    private var heads: [Int: (session: HeadSession, task: Task<Void, Never>)] = [:]
    /// Own pictures that were sent and not opened yet.
    private var uploads: [Int: [UInt8]] = [:]

    init(
        client: AnimoClient, page: UInt64, broadcast: Broadcast, overlay: String,
        emit: @escaping @Sendable (PageOutput) async -> Void
    ) {
        self.client = client
        self.page = page
        self.broadcast = broadcast
        self.overlay = overlay
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

    func receive(_ message: PageMessage) async {
        switch message {
        case .open(let head, let wanted): await open(head, wanted)
        case .close(let head): close(head)
        case .pose(let head, let seq, let time, let values):
            let channels = values.sorted { $0.key < $1.key }.map { Wire.NamedValue(name: $0.key, value: $0.value) }
            drive(
                head,
                HeadSession.Drive(driver: Wire.Driver(kind: .pose(.init(channels: channels))), seq: seq, time: time))
        case .frame(let seq, let time, let domain, let findsHead, let bytes):
            let frame = Wire.DrivingFrame(
                picture: Wire.Picture(data: bytes), domain: domain.wire,
                crop: findsHead ? Wire.Crop(mode: .auto) : nil)
            drive(nil, HeadSession.Drive(driver: Wire.Driver(kind: .frame(frame)), seq: seq, time: time))
        case .upload(let head, let bytes): uploads[head] = bytes
        case .randomPose(let seed): await emit(.text(Self.randomPose(seed)))
        case .onAir(let isOnAir): if isOnAir { broadcast.take(page) } else { broadcast.leave(page) }
        }
    }

    /// Ends every session.
    func end() async {
        let tasks = heads.values.map(\.task)
        heads = [:]
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
        broadcast.leave(page)
    }

    private func drive(_ head: Int?, _ drive: HeadSession.Drive) {
        for (index, each) in heads where head == nil || head == index { each.session.send(drive) }
    }

    private func close(_ head: Int) {
        heads.removeValue(forKey: head)?.task.cancel()
    }

    private func open(_ head: Int, _ wanted: PageMessage.OpenHead) async {
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
        let source = Wire.SourcePicture(
            picture: Wire.Picture(data: bytes), domain: wanted.domain.wire,
            crop: wanted.findsHead ? Wire.Crop(mode: .auto) : nil)
        let open = Wire.AnimateOpen(
            policy: .latest, options: Wire.DrawOptions(format: .jpeg, jpegQuality: 88),
            relative: wanted.isRelative ? Wire.Relative() : nil)
        let (page, broadcast) = (page, broadcast)
        let session = HeadSession(
            head, client: client, request: Wire.PutSourceRequest(model: wanted.model, source: source), open: open,
            emit: emit, show: { if head == 0 { broadcast.publish($0, of: page) } })
        heads[head] = (session, Task { await session.run() })
    }

    private func refuse(_ head: Int, _ message: String) async {
        await emit(
            .text(
                .object(["kind": "refused", "head": .integer(head), "message": .string(message)])))
    }

    private func greeting() async throws -> JSONValue {
        let described = try await client.describe(timeout: .seconds(10))
        let models = described.models.map { model in
            JSONValue.object([
                "name": .string(model.name), "title": .string(model.title.isEmpty ? model.name : model.title),
                "family": .string(model.family), "native_size": .integer(Int(model.nativeSize)),
                "domains": .array(model.domains.map { .string("\($0)") }),
                "drivers": .array(model.drivers.map { .string($0) }),
                "frames": .array(Set(model.estimators.map { "\($0.domain)" }).sorted().map { .string($0) }),
                "relative": .bool(model.relative), "builtin": .bool(model.builtin),
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
        return .object([
            "kind": "hello", "version": .string(programVersion), "daemon": .string(described.serverVersion),
            "overlay": .string(overlay), "default_model": .string(described.defaultModel), "models": .array(models),
            "samples": .array(
                try Domain.allCases.flatMap { domain in
                    try DemoSamples.sources(domain).map { source in
                        .object(["name": .string(source.name), "domain": .string(domain.rawValue)])
                    }
                }),
        ])
    }

    private static func randomPose(_ seed: UInt64) -> JSONValue {
        var sampler = PoseSampler(seed: seed)
        let pose = sampler.next()
        var values = JSONObject()
        for (name, value) in zip(PoseMapping.standardChannels, pose.values) { values[name] = .float(value) }
        return .object(["kind": "pose", "values": .object(values)])
    }
}
