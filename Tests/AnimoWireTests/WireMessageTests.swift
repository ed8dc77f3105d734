import AnimoMotion
import AnimoWire
import NIOCore
import Testing

@Suite struct WireMessageTests {
    static let picture = Wire.Picture(format: .rgba8, data: [1, 2, 0, 255], width: 1, height: 1, stride: 4)

    static let request = Wire.ReenactRequest(
        model: "größer",
        source: Wire.Source(
            kind: .picture(
                Wire.SourcePicture(
                    picture: picture, domain: .vox,
                    crop: Wire.Crop(mode: .box, box: Wire.Box(x: -1.5, y: 2, width: 3e9, height: 4)), size: 256,
                    sizeOfSource: true))),
        driver: Wire.Driver(
            kind: .pose(
                Wire.Pose(
                    values: [0, -1.25, .infinity],
                    channels: [Wire.NamedValue(name: "yaw", value: 20), Wire.NamedValue()]))),
        options: Wire.DrawOptions(
            format: .jpeg, jpegQuality: 80, pasteBack: true, translation: Wire.Translation(), outOfRange: .refuse,
            priority: .batch))

    @Test func everyKindOfFieldComesBack() throws {
        let bytes = Self.request.encoded()
        #expect(try Wire.ReenactRequest(decoding: bytes) == Self.request)
        #expect(try Wire.ReenactRequest(decoding: ByteBuffer(bytes: bytes)) == Self.request)
    }

    @Test func repliesComeBack() throws {
        let model = Wire.ModelDescription(
            name: "demo", digest: Array(0..<32), domains: [.anime, .vox],
            estimators: [Wire.Estimator(domain: .vox, inputSize: 128)], drivers: ["pose", "", "frame"], builtin: true)
        let status = Wire.StatusReply(
            uptimeSeconds: 1.5, residentBytes: .max, requests: [Wire.Counter(name: "Reenact OK", value: 7)],
            sources: Wire.SourceCacheStatus(entries: 1), models: [model])
        #expect(try Wire.StatusReply(decoding: status.encoded()) == status)
        let output = Wire.AnimateOutput(
            kind: .result(Wire.AnimateResult(seq: 9, captureTime: [0, 0], outcome: .dropped, message: "newer")))
        #expect(try Wire.AnimateOutput(decoding: output.encoded()) == output)
        let request = Wire.Request(
            service: "s", method: "m", payload: [0], timeoutNano: -1,
            metadata: [Wire.KeyValue(key: "authorization", value: "x")])
        #expect(try Wire.Request(decoding: request.encoded()) == request)
    }

    @Test func theEmptyMessageIsNoBytes() throws {
        #expect(Wire.ReenactRequest().encoded().isEmpty)
        #expect(try Wire.ReenactRequest(decoding: []) == Wire.ReenactRequest())
        #expect(try Wire.DropSourceReply(decoding: []) == Wire.DropSourceReply())
    }

    @Test func anEmptyIdIsAnIdAllTheSame() throws {
        let source = Wire.Source(kind: .id([]))
        #expect(try Wire.Source(decoding: source.encoded()) == source)
        let draining = Wire.AnimateOutput(kind: .draining(Wire.AnimateDraining()))
        #expect(try Wire.AnimateOutput(decoding: draining.encoded()) == draining)
    }

    @Test func bytesAreWhatProtobufSays() {
        // field 1, varint 2 · field 2, bytes · fields 3 to 5, varints
        let expected: [UInt8] = [0x08, 4, 0x12, 4, 1, 2, 0, 255, 0x18, 1, 0x20, 1, 0x28, 4]
        #expect(Self.picture.encoded() == expected)
    }

    @Test func unknownFieldsAreSkipped() throws {
        let bytes = Wire.DescribeRequest(model: "a").encoded() + [0xFA, 0x01, 2, 9, 9, 0x7D, 1, 2, 3, 4]
        #expect(try Wire.DescribeRequest(decoding: bytes) == Wire.DescribeRequest(model: "a"))
    }

    @Test(arguments: [[0x0A, 5, 65], [0x0A], [0x07], [0xFF, 0xFF], [0x0D, 1, 2, 3, 4], [0x00, 0]] as [[UInt8]])
    func bytesThatAreNoMessageAreRefused(bytes: [UInt8]) {
        #expect(throws: MessageError.malformed(message: "DescribeRequest")) {
            try Wire.DescribeRequest(decoding: bytes)
        }
    }

    @Test func namesTheFieldOfAnUnknownNumber() {
        #expect(throws: MessageError.unknownNumber(field: "Picture.format", number: 99)) {
            try Wire.Picture(decoding: [0x08, 99])
        }
        #expect(throws: MessageError.unknownNumber(field: "ModelDescription.domains", number: 7)) {
            try Wire.ModelDescription(decoding: [0x22, 2, 1, 7])
        }
    }

    @Test func namesTheFieldThatIsNotText() {
        #expect(throws: MessageError.notText(field: "DescribeRequest.model")) {
            try Wire.DescribeRequest(decoding: [0x0A, 2, 0xC3, 0x28])
        }
    }

    @Test func aBombOfTinyFieldsIsStopped() {
        let bomb = [[UInt8]](repeating: [0x2A, 0], count: 1_000_000).flatMap { $0 }
        #expect(throws: MessageError.tooManyFields(message: "Request")) { try Wire.Request(decoding: bomb) }
    }

    @Test func aLargePictureIsNoBomb() throws {
        let picture = Wire.Picture(data: [UInt8](repeating: 7, count: 15_000_000))
        let request = Wire.Request(payload: picture.encoded())
        let payload = try Wire.Request(decoding: request.encoded()).payload
        #expect(try Wire.Picture(decoding: payload) == picture)
    }

    /// Whatever comes out of damaged bytes, it is a message or an error; under the address sanitizer
    /// this also watches the C library.
    @Test func damagedBytesNeverTrap() {
        var random = SplitMix64(state: 1)
        let whole = Self.request.encoded()
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 2: bytes.removeLast(bytes.count - max(place, 1))
                default: bytes.insert(contentsOf: bytes[place...].prefix(20), at: place)
                }
            }
            if let message = try? Wire.ReenactRequest(decoding: bytes) {
                #expect((try? Wire.ReenactRequest(decoding: message.encoded())) != nil)
            }
            _ = try? Wire.AnimateInput(decoding: bytes)
            _ = try? Wire.Request(decoding: bytes)
        }
    }
}
