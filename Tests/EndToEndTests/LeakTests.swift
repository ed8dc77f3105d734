import AnimoMotion
import AnimoConcurrency
import AnimoFaultInjection
import AnimoFuzzing
import AnimoTestSupport
import AnimoWire
import Foundation
import NIOCore
import Testing

/// Row 20: error answers hold no path, no address and no type's name, whatever was sent to provoke them.
///
/// The log's half is in `LogTests`.
struct LeakTests {
    @Test func fiveThousandErrorsOfAllKindsLeakNothing() async throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appendingPathComponent("secret.safetensors")
        try ModelFiles.whole().write(to: file)
        let daemon = try await RunningDaemon.start(
            ["--model", "heads=\(file.path)"],
            listen: ["unix:\(folder.path(RunningDaemon.socketName))", "tcp:127.0.0.1:0"], in: folder)
        let addresses = daemon.addresses
        let answers = try await runBlocking { try Provoker(folder: folder.url.path).run(addresses, model: file) }

        let secrets = try Secrets(folder: folder.url.path)
        for (message, cause) in answers.messages {
            #expect(secrets.leak(in: message) == nil, "\(cause): \(message)")
        }
        #expect(answers.count >= 5000)
        #expect(answers.held == 0, "answers that hold the folder in bytes that are no message")
        // Every kind of error that a client can provoke by itself.
        #expect(
            answers.codes.isSuperset(of: [
                .invalidArgument, .notFound, .failedPrecondition, .resourceExhausted, .deadlineExceeded, .cancelled,
                .permissionDenied, .unimplemented, .dataLoss,
            ]), "\(answers.codes)")
        #expect(await daemon.stop() == 0)
    }

    /// The judge itself is not blind.
    @Test(arguments: [
        "model: /var/lib/animod/heads.safetensors is damaged", "cannot connect to 127.0.0.1", "at 0x00007f3a12",
        "NIOCore.IOError", "PickleMachine failed", "listening on unix:a", "Optional(3)", "no such file 'x' in ../y/z",
    ])
    func aLeakIsSeen(text: String) throws {
        #expect(try Secrets(folder: "/nowhere").leak(in: text) != nil)
    }

    @Test(arguments: [
        "expected the protobuf message ReenactRequest, got bytes that are none", "size: expected 32 to 1024, got 33",
        "no model '/etc/NotOurs'", "Source.id: expected 32 bytes, got 3",
    ])
    func whatTheClientSaidAndThePublishedNamesAreNoLeak(text: String) throws {
        #expect(try Secrets(folder: "/nowhere").leak(in: text) == nil)
    }
}

/// Strings that no message may hold.
private struct Secrets {
    private let folder: String
    /// Messages, enums and services of the protocol, by which it calls its fields.
    private let published: Set<String>

    init(folder: String) throws {
        self.folder = folder
        let protos = Fixtures.package.appendingPathComponent("Protos")
        // A family of models, whose paper calls it so.
        var names: Set = ["AniMo"]
        for file in ["animo", "health", "ttrpc"] {
            let text = try String(contentsOf: protos.appendingPathComponent(file + ".proto"), encoding: .utf8)
            let words = text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
            for (word, name) in zip(words, words.dropFirst())
            where ["message", "enum", "service", "rpc"].contains(word) {
                names.insert(name)
            }
        }
        published = names
    }

    /// Returns the leaked word, if there is one. Quoted words are the client's own.
    func leak(in message: String) -> String? {
        if message.contains(folder) { return folder }
        let own = message.replacing(#/'[^']*'/#, with: "''")
        for shape in [
            #/(?:^|[\s(=:,])(?:\.{0,2}/)[\w.-]+/#, #/\b[\w-]+/[\w-]+/[\w.-]+/#,  // paths
            #/\b(?:unix|tcp):/#, #/\b\d{1,3}(?:\.\d{1,3}){3}\b/#, #/0x[0-9a-fA-F]{6,}/#,  // addresses
            #/\b(?:NIO|Swift|Foundation|Glibc|Animo[A-Z])\w*/#, #/\w+\((?:rawValue|code|message):/#,  // of the code
            #/\b(?:Optional|Error)\(/#,
        ] {
            if let found = own.firstMatch(of: shape) { return String(found.output) }
        }
        return own.matches(of: #/\b[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+\b/#).map { String($0.output) }
            .first { !published.contains($0) }
    }
}

/// Sends what is wrong in every way it knows, seeded, and keeps what it is told.
private final class Provoker {
    struct Answers: Sendable {
        var count = 0
        var codes: Set<StatusCode> = []
        /// Each message once, and what provoked it.
        var messages: [String: String] = [:]
        var held = 0
    }

    private let folder: [UInt8]
    private var random = SplitMix64(state: 20)
    private var answers = Answers()

    init(folder: String) { self.folder = Array(folder.utf8) }

    func run(_ addresses: [Address], model: URL) throws -> Answers {
        let local = addresses[0]
        while answers.count < 5000 {
            try calls(at: local)
            try session(at: local)
            try cancelled(at: local)
            try forbidden(at: addresses[1])
            if answers.count < 500 { try reloads(at: local, model) }
        }
        return answers
    }

    private func keep(_ frame: Frame, _ cause: String) {
        if frame.body.readableBytesView.firstRange(of: folder) != nil { answers.held += 1 }
        if frame.kind == .response, let status = (try? Wire.Response(decoding: frame.body))?.status, status.code != 0 {
            let error = RPCError(status: status)
            answers.codes.insert(error.code)
            keep([error.message, error.detail?.field ?? ""], cause)
        } else if frame.kind == .data, let output = try? Wire.AnimateOutput(decoding: frame.body) {
            switch output.kind {
            case .result(let result) where result.outcome != .ok:
                keep([result.message, result.detail?.field ?? ""], cause)
            case .changed(let changed) where !changed.message.isEmpty:
                keep([changed.message, changed.detail?.field ?? ""], cause)
            default: break
            }
        }
    }

    private func keep(_ texts: [String], _ cause: String) {
        answers.count += 1
        for text in texts where answers.messages[text] == nil { answers.messages[text] = cause }
    }

    // MARK: Calls

    /// A connection with as many calls as it may have, each answered once.
    private func calls(at address: Address) throws {
        let socket = try RawSocket(address)
        var causes: [UInt32: String] = [:]
        for index in 0..<60 {
            let stream = UInt32(2 * index + 1)
            let (request, cause) = request()
            causes[stream] = cause
            socket.send(.request(request, stream: stream))
        }
        for _ in 0..<causes.count {
            let frame = try socket.receive()
            keep(frame, causes[frame.stream] ?? "")
        }
    }

    private func request() -> (Wire.Request, String) {
        let methods: [AnimoWire.Method] = [
            .putSource, .dropSource, .reenact, .editPose, .retarget, .verify, .healthCheck,
        ]
        let method = methods.randomElement(using: &random) ?? .reenact
        var payload = message(for: method)
        var cause = method.name
        if method != .verify, Int.random(in: 0..<3, using: &random) == 0 {
            payload = Mutator(corpus: [payload]).next(using: &random)
            cause += ", mutated"
        }
        var request = Wire.Request(service: method.service, method: method.name, payload: payload)
        switch Int.random(in: 0..<20, using: &random) {
        case 0: request.method = "Nothing"
        case 1: request.service = "animo.v1.Nobody"
        case 2: request.timeoutNano = 1
        default: break
        }
        return (request, cause)
    }

    private func message(for method: AnimoWire.Method) -> [UInt8] {
        switch method {
        case .putSource: Wire.PutSourceRequest(model: model(), source: picture()).encoded()
        case .dropSource: Wire.DropSourceRequest(id: [UInt8](repeating: 7, count: pick([0, 3, 32]))).encoded()
        case .reenact:
            Wire.ReenactRequest(model: model(), source: source(), driver: driver(), options: options()).encoded()
        case .editPose:
            Wire.EditPoseRequest(
                model: model(), source: source(), set: [.init(name: name(), value: number())],
                add: [.init(name: name(), value: number())], options: options()
            ).encoded()
        case .retarget: Wire.RetargetRequest(model: model(), driver: driver()).encoded()
        case .verify: Wire.VerifyRequest(model: "nobody").encoded()
        default: Wire.HealthCheckRequest(service: "nobody").encoded()
        }
    }

    private func pick<Value>(_ values: [Value]) -> Value { values[Int.random(in: values.indices, using: &random)] }

    private func model() -> String {
        pick(["", "", "", "heads", "nobody", "a\nb", String(repeating: "x", count: 999)])
    }

    private func name() -> String { pick(["yaw", "yaww", "mouth_a", "", "…", String(repeating: "y", count: 500)]) }

    private func number() -> Double { pick([0, 1, -7, 1e30, .nan, .infinity]) }

    private func source() -> Wire.Source? {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: nil
        case 1: Wire.Source()
        case 2: Wire.Source(kind: .id([UInt8](repeating: 1, count: 32)))
        case 3: Wire.Source(kind: .id([1]))
        default: Wire.Source(kind: .picture(picture()))
        }
    }

    private func picture() -> Wire.SourcePicture {
        Wire.SourcePicture(
            picture: pixels(), domain: pick([.anime, .anime, .vox, .unspecified]), crop: crop(),
            size: pick([0, 0, 0, 33, 4096]))
    }

    private func crop() -> Wire.Crop? {
        pick([
            nil, nil, Wire.Crop(mode: .box), Wire.Crop(mode: .auto),
            Wire.Crop(mode: .box, box: Wire.Box(x: -5, y: 1e9, width: 0, height: .nan)),
        ])
    }

    private func pixels() -> Wire.Picture? {
        let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]
        return pick([
            nil, Wire.Picture(), Wire.Picture(format: .png, data: png),
            Wire.Picture(format: .jpeg, data: [0xFF, 0xD8]),
            Wire.Picture(format: .png, data: Array("GIF89a".utf8)),
            Wire.Picture(format: .rgb8, data: [1, 2, 3], width: 64, height: 64),
            Wire.Picture(format: .rgba8, data: [], width: 1 << 20, height: 1 << 20, stride: 3),
            Wire.Picture(format: .rgb8, data: [UInt8](repeating: 120, count: 32 * 32 * 3), width: 32, height: 32),
        ])
    }

    private func driver() -> Wire.Driver? {
        pick([
            nil, Wire.Driver(), Wire.Driver(kind: .pose(Wire.Pose(values: [1, 2]))),
            Wire.Driver(kind: .pose(Wire.Pose(channels: [.init(name: name(), value: number())]))),
            Wire.Driver(kind: .motion(Wire.Motion(values: [Float](repeating: Float(number()), count: 70)))),
            Wire.Driver(kind: .motion(Wire.Motion(values: [1]))),
            Wire.Driver(kind: .frame(Wire.DrivingFrame(picture: pixels(), domain: pick([.anime, .vox])))),
        ])
    }

    private func options() -> Wire.DrawOptions? {
        pick([
            nil, Wire.DrawOptions(jpegQuality: 999), Wire.DrawOptions(pasteBack: true),
            Wire.DrawOptions(outOfRange: .refuse),
        ])
    }

    // MARK: Sessions

    /// One that breaks a rule sooner or later, heard to its end.
    private func session(at address: Address) throws {
        let socket = try RawSocket(address)
        let open = Wire.AnimateOpen(
            model: pick(["", "", "nobody"]), source: source(), policy: .queue, window: pick([0, 1, 1000]))
        var sent = "session"
        socket.send(.request(Wire.Request(service: "animo.v1.Animo", method: "Animate"), stream: 1, flags: .remoteOpen))
        if Int.random(in: 0..<4, using: &random) > 0 {
            socket.send(.data(Wire.AnimateInput(kind: .open(open)), stream: 1))
        }
        for seq in 1...8 as ClosedRange<UInt64> {
            let input: Wire.AnimateInput
            switch Int.random(in: 0..<8, using: &random) {
            case 0: input = Wire.AnimateInput()
            case 1: input = Wire.AnimateInput(kind: .change(Wire.AnimateChange(source: source(), options: options())))
            case 2: input = Wire.AnimateInput(kind: .frame(Wire.AnimateFrame(seq: 99, driver: driver())))
            default:
                input = Wire.AnimateInput(
                    kind: .frame(Wire.AnimateFrame(seq: seq, timeoutNano: pick([0, 0, 1]), driver: driver())))
            }
            sent += ", \(input.kind.map { "\($0)".prefix(12) } ?? "nothing")"
            socket.send(.data(input, stream: 1))
        }
        if Bool.random(using: &random) {
            // Longer than a frame may be: costs its stream.
            socket.send([0, 0x40, 0, 1, 0, 0, 0, 1, 3, 0] + [UInt8](repeating: 0, count: 0x40_0001))
        }
        socket.finishSending()
        while let frame = try? socket.receive() { keep(frame, sent) }
    }

    /// Calls that are cancelled by their own connection, and one that is late.
    private func cancelled(at address: Address) throws {
        let socket = try RawSocket(address)
        let face = Wire.Source(kind: .picture(SteadyCallers.head))
        let request = Wire.ReenactRequest(source: face, driver: SteadyCallers.driver)
        func call(_ stream: UInt32, timeoutNano: Int64) {
            socket.send(
                .request(
                    Wire.Request(
                        service: Method.reenact.service, method: Method.reenact.name, payload: request.encoded(),
                        timeoutNano: timeoutNano),
                    stream: stream))
        }
        for stream in stride(from: 1, to: 16, by: 2) as StrideTo<UInt32> { call(stream, timeoutNano: 0) }
        for stream in stride(from: 1, to: 16, by: 2) as StrideTo<UInt32> {
            let cancel = Wire.CancelRequest(stream: 16 - stream)
            socket.send(
                .request(
                    Wire.Request(
                        service: Method.cancel.service, method: Method.cancel.name, payload: cancel.encoded()),
                    stream: 16 + stream))
        }
        call(33, timeoutNano: 1)
        for _ in 0..<17 { keep(try socket.receive(), "cancelled") }
    }

    // MARK: The daemon's own affairs

    private func forbidden(at address: Address) throws {
        let socket = try RawSocket(address)
        for (stream, method) in zip([1, 3, 5, 7], [Method.status, .reload, .drain, .verify]) {
            socket.send(.request(Wire.Request(service: method.service, method: method.name), stream: UInt32(stream)))
        }
        for _ in 0..<4 { keep(try socket.receive(), "forbidden") }
    }

    /// Models that cannot be loaded, whose files have names that are nobody's business.
    private func reloads(at address: Address, _ model: URL) throws {
        let socket = try RawSocket(address)
        for (index, damage) in ModelFiles.Damage.allCases.enumerated() {
            try ModelFiles.put(damage, at: model)
            let reload = Wire.Request(service: Method.reload.service, method: Method.reload.name)
            socket.send(.request(reload, stream: UInt32(2 * index + 1)))
            keep(try socket.receive(), "reload, \(damage)")
        }
        try? FileManager.default.removeItem(at: model)
        try ModelFiles.whole().write(to: model)
    }
}
