import AnimoMotion

/// Datagrams as trackers write them, with numbers from a seed.
struct PacketBuilder {
    private var generator: SplitMix64

    init(seed: UInt64) { generator = SplitMix64(state: seed) }

    /// In steps that text keeps.
    mutating func number(_ range: ClosedRange<Double> = 0...1) -> Double {
        let unit = Double(generator.next() >> 40) * 0x1p-24
        return ((range.lowerBound + unit * (range.upperBound - range.lowerBound)) * 1000).rounded() / 1000
    }

    // MARK: OpenSeeFace

    /// One record of 1785 bytes. Features in their order, after right and left eye.
    mutating func openSeeFace(
        time: Double = 1, face: Int32 = 0, eyes: (right: Double, left: Double) = (1, 1), isFound: Bool = true,
        error: Double = 10, euler: [Double] = [180, 0, 90], features: [Double] = [Double](repeating: 0, count: 14)
    ) -> [UInt8] {
        var bytes = little(time.bitPattern) + little(UInt32(bitPattern: face)) + floats([640, 480])
        bytes += floats([eyes.right, eyes.left]) + [isFound ? 1 : 0] + floats([error, 0, 0, 0, 1]) + floats(euler)
        bytes += floats([0, 0, -3])
        bytes += floats((0..<68 + 136 + 210).map { _ in number(-1...1) })
        return bytes + floats(features)
    }

    // MARK: Text

    func iFacialMocap(_ values: [(name: String, value: Double)], head: [Double], mark: String = "-") -> [UInt8] {
        let names = values.map { "\($0.name)\(mark)\($0.value)|" }.joined()
        let angles = (head + [0.01, -0.02, -0.5]).map { "\($0)" }.joined(separator: ",")
        return Array("\(names)=head#\(angles)|rightEye#1,2,3|leftEye#1,2,3|".utf8)
    }

    // MARK: Live Link Face

    func liveLinkFace(_ values: [Double], head: (yaw: Double, pitch: Double, roll: Double), frame: Int32 = 60)
        -> [UInt8]
    {
        var bytes: [UInt8] = [6] + text("device") + text("phone")
        bytes += big(UInt32(bitPattern: frame)) + bigFloats([0.5]) + big(UInt32(60)) + big(UInt32(1)) + [61]
        return bytes + bigFloats(values + [head.yaw, head.pitch, head.roll, 0, 0, 0, 0, 0, 0])
    }

    private func text(_ text: String) -> [UInt8] { big(UInt32(text.utf8.count)) + Array(text.utf8) }

    // MARK: OSC

    enum Argument {
        case text(String), float(Double), double(Double), integer(Int32), long(Int64), truth, blob([UInt8])
    }

    func osc(_ address: String, _ arguments: Argument...) -> [UInt8] {
        var tags = ","
        var values: [UInt8] = []
        for argument in arguments {
            switch argument {
            case .text(let text):
                tags += "s"
                values += padded(text)
            case .float(let value):
                tags += "f"
                values += bigFloats([value])
            case .double(let value):
                tags += "d"
                values += big(value.bitPattern)
            case .integer(let value):
                tags += "i"
                values += big(UInt32(bitPattern: value))
            case .long(let value):
                tags += "h"
                values += big(UInt64(bitPattern: value))
            case .truth: tags += "T"
            case .blob(let bytes):
                tags += "b"
                values += big(UInt32(bytes.count)) + bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
            }
        }
        return padded(address) + padded(tags) + values
    }

    func bundle(_ messages: [[UInt8]]) -> [UInt8] {
        padded("#bundle") + [0, 0, 0, 0, 0, 0, 0, 1] + messages.flatMap { big(UInt32($0.count)) + $0 }
    }

    /// The messages of one frame of a VMC sender.
    func vmc(_ values: [(name: String, value: Double)], head: HeadRotation) -> [UInt8] {
        let blends = values.map { osc("/VMC/Ext/Blend/Val", .text($0.name), .float($0.value)) }
        let bone = osc(
            "/VMC/Ext/Bone/Pos", .text("Head"), .float(0), .float(0), .float(0), .float(head.x), .float(head.y),
            .float(head.z), .float(head.w))
        return bundle([bone] + blends + [osc("/VMC/Ext/Blend/Apply")])
    }

    private func padded(_ text: String) -> [UInt8] {
        Array(text.utf8) + [UInt8](repeating: 0, count: 4 - text.utf8.count % 4)
    }

    // MARK: Numbers

    private func little(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    private func big(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

    private func floats(_ values: [Double]) -> [UInt8] { values.flatMap { little(Float($0).bitPattern) } }

    private func bigFloats(_ values: [Double]) -> [UInt8] { values.flatMap { big(Float($0).bitPattern) } }
}
