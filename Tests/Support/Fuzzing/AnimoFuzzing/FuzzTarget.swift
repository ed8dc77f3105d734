import AnimoCheckpoint
import AnimoDrivers
import AnimoJSON
import AnimoModelFile
import AnimoMotion
import AnimoPictures
import AnimoWire
import NIOCore

/// Every reader of untrusted bytes. Each takes any bytes: an error is fine, a trap, a hang or a huge allocation
/// is not.
package enum FuzzTarget: String, CaseIterable, Sendable {
    case frames, connection, messages, model, checkpoint, pictures, trackers, motions, archive, network

    package func run(_ bytes: [UInt8]) {
        switch self {
        case .frames: frames(bytes)
        case .connection: connection(bytes)
        case .messages: messages(bytes)
        case .model: _ = try? ModelFile(bytes: bytes)
        case .checkpoint: checkpoint(bytes)
        case .pictures: pictures(bytes)
        case .trackers: trackers(bytes)
        case .motions: motions(bytes)
        case .archive: archive(bytes)
        case .network: network(bytes)
        }
    }

    /// However the bytes are cut, the same frames come out.
    private func frames(_ bytes: [UInt8]) {
        let rest = bytes.dropFirst()
        let whole = read(rest, step: max(rest.count, 1))
        let pieces = read(rest, step: Int(bytes.first ?? 0) % 17 + 1)
        // Events that came in one piece with the byte that ends the connection are not told.
        let isSame = whole.isWhole ? whole.events == pieces.events : pieces.events.starts(with: whole.events)
        precondition(isSame && whole.isWhole == pieces.isWhole, "frames depend on how they were cut")
    }

    private func read(_ bytes: ArraySlice<UInt8>, step: Int) -> (events: [FrameEvent], isWhole: Bool) {
        var reader = FrameReader(limit: 4096)
        var events: [FrameEvent] = []
        for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: step) {
            let piece = ByteBuffer(bytes: bytes[start..<min(start + step, bytes.endIndex)])
            guard let more = try? reader.receive(piece) else { return (events, false) }
            events += more
        }
        return (events, true)
    }

    /// Both ends' streams, whose server finishes calls now and then. Every third byte decides.
    private func connection(_ bytes: [UInt8]) {
        var server = ServerStreams(frameLimit: 4096, maximumOpen: 8)
        var client = ClientStreams(frameLimit: 4096)
        for _ in 0..<4 { _ = client.open(streaming: true) }
        var reader = FrameReader(limit: 4096)
        var open: Set<UInt32> = []
        for start in stride(from: 0, to: bytes.count, by: 64) {
            let piece = bytes[start..<min(start + 64, bytes.count)]
            guard let events = try? reader.receive(ByteBuffer(bytes: piece)) else { return }
            for event in events {
                _ = client.receive(event)
                for action in server.receive(event) {
                    switch action {
                    case .call(let call): precondition(open.insert(call.stream).inserted, "a stream was opened twice")
                    case .data(let stream, _), .remoteClosed(let stream), .fail(let stream, _):
                        precondition(open.contains(stream), "told of a stream that is not open")
                    case .reply, .close: break
                    }
                }
            }
            precondition(open.count <= 8, "more streams than may be open")
            if let first = piece.first, first % 3 == 0, let stream = open.min() {
                server.finished(stream)
                open.remove(stream)
            }
        }
    }

    /// The first byte picks the message; what was understood can be written again and read again.
    private func messages(_ bytes: [UInt8]) {
        let body = Array(bytes.dropFirst())
        func again<Message: WireMessage>(_ type: Message.Type) {
            guard let message = try? Message(decoding: body) else { return }
            let written = message.encoded()
            precondition((try? Message(decoding: written))?.encoded() == written, "a message changes when read again")
        }
        switch Int(bytes.first ?? 0) % 18 {
        case 0: again(Wire.Request.self)
        case 1: again(Wire.Response.self)
        case 2: again(Wire.AnimateInput.self)
        case 3: again(Wire.AnimateOutput.self)
        case 4: again(Wire.ReenactRequest.self)
        case 5: again(Wire.ReenactReply.self)
        case 6: again(Wire.PutSourceRequest.self)
        case 7: again(Wire.PutSourceReply.self)
        case 8: again(Wire.EditPoseRequest.self)
        case 9: again(Wire.RetargetRequest.self)
        case 10: again(Wire.RetargetReply.self)
        case 11: again(Wire.DescribeReply.self)
        case 12: again(Wire.StatusReply.self)
        case 13: again(Wire.VerifyReply.self)
        case 14: again(Wire.HealthCheckRequest.self)
        case 16: again(Wire.TrackInput.self)
        case 17: again(Wire.TrackOutput.self)
        default: again(Wire.CancelRequest.self)
        }
    }

    private func checkpoint(_ bytes: [UInt8]) {
        let file = FileBytes(bytes)
        if let archive = try? CheckpointReader.read(file) { precondition(archive.arrays.count <= 1 << 18) }
        _ = try? CheckpointReader.readEverything(file)
        _ = try? NumpyFile.read(bytes: bytes)
        _ = try? MatFile.read(bytes: bytes)
        _ = try? JSONValue(parsing: bytes)
    }

    /// A ZIP archive's members, and whatever `inspect` and `convert` make of it.
    private func archive(_ bytes: [UInt8]) {
        let file = FileBytes(bytes)
        if let archive = try? ZipArchive(file) {
            for name in archive.names.prefix(64) {
                if let contents = try? archive.contents(of: name, limit: 1 << 16) {
                    precondition(contents.count <= 1 << 16, "a member is larger than its limit")
                }
            }
        }
        _ = try? ModelInspection(inspecting: file)
    }

    /// A TFLite graph, whose constants can all be read, and fields of a protobuf message.
    private func network(_ bytes: [UInt8]) {
        let file = FileBytes(bytes)
        if let graph = try? TFLiteGraph(file, what: "network") {
            for constant in graph.constants.values where constant.count <= 1 << 16 {
                precondition((try? constant.floats())?.count == constant.count, "a constant cannot be read")
            }
        }
        file.withUnsafeBytes { raw in
            var fields = ProtobufFields(raw, reading: "message")
            while let field = try? fields.next() {
                if case .bytes(let bytes) = field.value { precondition(bytes.count <= raw.count) }
            }
        }
    }

    private func pictures(_ bytes: [UInt8]) {
        let limits = PictureLimits(pixels: 1 << 16, side: 1024)
        if let picture = try? PictureDecoder.decode(bytes, limits: limits) {
            precondition(picture.pixels.count == picture.width * picture.height * picture.layout.channels)
            precondition(picture.width * picture.height <= limits.pixels)
        }
    }

    /// The first byte picks the tracker; the rest are its datagrams, each after two bytes of length.
    private func trackers(_ bytes: [UInt8]) {
        let all = TrackerProtocol.allCases
        var reader = TrackerReader(all[Int(bytes.first ?? 0) % all.count])
        var rest = bytes.dropFirst()
        while rest.count >= 2 {
            let length = rest.prefix(2).reduce(0) { $0 << 8 | Int($1) }
            let datagram = rest.dropFirst(2).prefix(length)
            rest = rest.dropFirst(2 + length)
            guard let frame = try? reader.take(datagram) else { continue }
            precondition(frame.inputs.values.allSatisfy { $0.isFinite }, "a number that is none")
            guard let mapping = try? ChannelMapping(reader.table.table, channels: ChannelMapping.Channel.pose()) else {
                preconditionFailure("a built-in table cannot be used")
            }
            precondition(mapping(frame.inputs).allSatisfy { $0.isFinite && abs($0) <= 90 }, "a pose beyond its range")
        }
    }

    /// Motion files, mapping tables and recordings.
    private func motions(_ bytes: [UInt8]) {
        if let motion = try? VMDMotion(parsing: bytes) {
            precondition(motion.frameCount <= VMDMotion.longest + 1)
            for index in [0, motion.frameCount / 2, motion.frameCount - 1] {
                precondition(motion.frame(index).inputs.values.allSatisfy { $0.isFinite }, "a number that is none")
            }
        }
        if let table = try? MappingTable(parsing: bytes),
            let mapping = try? ChannelMapping(table, channels: ChannelMapping.Channel.pose())
        {
            precondition(mapping([InputName("jawOpen"): 0.5]).allSatisfy { $0.isFinite }, "a number that is none")
        }
        var recording = RecordingReader()
        for line in bytes.split(separator: 0x0A) { _ = try? recording.read(line, number: 1) }
    }
}
