import AnimoMotion
import Testing

@testable import AnimoDrivers

struct TrackerProtocolTests {
    private func frame(_ tracker: TrackerProtocol, _ datagrams: [[UInt8]]) throws -> TrackerFrame? {
        var reader = TrackerReader(tracker)
        var frame: TrackerFrame?
        for datagram in datagrams { frame = try reader.take(datagram[...]) ?? frame }
        return frame
    }

    private func near(_ frame: TrackerFrame?, _ name: String, _ value: Double, within limit: Double = 1e-5) -> Bool {
        guard let read = frame?.inputs[InputName(name)] else { return false }
        return abs(read - value) <= limit
    }

    @Test func openSeeFacesAnglesAreOurs() throws {
        var builder = PacketBuilder(seed: 1)
        // To image left, mirrored, turned clockwise, looking up right.
        for (euler, angles) in [
            ([172, -34, 84], [-8, -34, 6]), ([171, 29, 95], [-9, 29, -5]),
            ([172, -30, 68], [-8, -30, 22]), ([154, 40, 87], [-26, 40, 3]),
            ([-170.0, 0, -100], [10.0, 0, -170.0]),
        ] {
            let read = try frame(.openseeface, [builder.openSeeFace(euler: euler)])
            let isNear = zip(["headPitch", "headYaw", "headRoll"], angles).allSatisfy {
                near(read, $0, $1, within: 1e-4)
            }
            #expect(isNear, "\(euler)")
        }
    }

    @Test func openSeeFaceFollowsTheLowestFaceOrTheOneAskedFor() throws {
        var builder = PacketBuilder(seed: 2)
        let datagram =
            builder.openSeeFace(face: 4, eyes: (0.4, 0.4)) + builder.openSeeFace(face: 2, eyes: (0.2, 0.2))
            + builder.openSeeFace(face: 7, eyes: (0.7, 0.7))
        #expect(near(try OpenSeeFaceDatagram.frame(datagram[...], face: nil), "leftEyeOpen", 0.2))
        #expect(near(try OpenSeeFaceDatagram.frame(datagram[...], face: 7), "leftEyeOpen", 0.7))
        #expect(try OpenSeeFaceDatagram.frame(datagram[...], face: 1) == nil)
    }

    @Test func aNumberThatIsNoneKeepsItsNamesValue() throws {
        var builder = PacketBuilder(seed: 3)
        var features = [Double](repeating: 0.25, count: 14)
        let good = builder.openSeeFace(features: features)
        features[12] = .nan
        let bad = builder.openSeeFace(features: features)
        #expect(near(try frame(.openseeface, [good, bad]), "mouthOpen", 0.25))
        #expect(try frame(.openseeface, [bad])?.inputs[InputName("mouthOpen")] == nil)
    }

    @Test func textIsReadInBothVersionsWithBlanksAndLineEnds() throws {
        let builder = PacketBuilder(seed: 4)
        for (mark, spelling) in [("-", "eyeBlink_L"), ("&", "eyeBlinkLeft")] {
            let datagram = builder.iFacialMocap([(spelling, 37), ("jawOpen", 50)], head: [-21.5, 4, 3], mark: mark)
            let read = try frame(.ifacialmocap, [Array(" ".utf8) + datagram + Array(" \r\n".utf8)])
            #expect(near(read, "eyeBlinkLeft", 0.37) && near(read, "jawOpen", 0.5))
            #expect(near(read, "headPitch", -21.5) && near(read, "headYaw", 4) && near(read, "headRoll", -3))
            #expect(read?.isTracking == true)
        }
    }

    @Test func liveLinkFacesAnglesAreOurs() throws {
        var builder = PacketBuilder(seed: 5)
        let values = (0..<52).map { _ in builder.number() }
        let datagram = builder.liveLinkFace(values, head: (yaw: 0.2, pitch: 0.1, roll: -0.3))
        let read = try frame(.livelinkface, [datagram])
        for (name, value) in zip(ARKit.blendShapes, values) { #expect(near(read, name.text, value)) }
        #expect(near(read, "headYaw", 11.459156, within: 1e-4) && near(read, "headPitch", -5.729578, within: 1e-4))
        #expect(near(read, "headRoll", 17.188734, within: 1e-4))
        #expect(read?.time == 60.5 / 60)
        let lost = try frame(.livelinkface, [Array(datagram.dropLast(61 * 4 + 1))])
        #expect(lost?.isTracking == false)
    }

    @Test(arguments: [
        ("/VMC/Ext/OK", [1] as [Int32], true), ("/VMC/Ext/OK", [0], false), ("/VMC/Ext/OK", [1, 3, 0, 0], false),
        ("/VMC/Ext/OK", [1, 3, 0, 1], true),
    ])
    func bonesAloneMakeAFrameOfVMC(_ address: String, _ flags: [Int32], _ isTracking: Bool) throws {
        let builder = PacketBuilder(seed: 6)
        let head = HeadRotation(pitch: 8, yaw: -12, roll: 5)
        let bone = builder.osc(
            "/VMC/Ext/Bone/Pos", .text("Head"), .float(0), .float(0), .float(0), .double(head.x), .double(head.y),
            .double(head.z), .double(head.w))
        var ok = builder.osc(address, .integer(flags[0]))
        if flags.count == 4 {
            ok = builder.osc(
                address, .integer(flags[0]), .integer(flags[1]), .long(Int64(flags[2])), .integer(flags[3]))
        }
        let read = try frame(.vmc, [bone, ok])
        #expect(read?.isTracking == isTracking)
        #expect(near(read, "headPitch", 8) && near(read, "headYaw", -12) && near(read, "headRoll", 5))
    }

    @Test func valuesOfVMCAreRememberedUntilTheyAreSentAgain() throws {
        let builder = PacketBuilder(seed: 7)
        var reader = TrackerReader(.vmc)
        let first = builder.vmc([("Joy", 0.5), ("Blink_L", 1)], head: .identity)
        #expect(near(try reader.take(first[...]), "happy", 0.5))
        #expect(reader.table == .vrm)
        let second = builder.vmc([("Blink_L", 0.25), ("EyeBlinkLeft", 0.75)], head: .identity)
        let read = try reader.take(second[...])
        #expect(near(read, "happy", 0.5) && near(read, "blinkLeft", 0.25))
        #expect(reader.table == .arkit)
        // Nothing new: no frame.
        #expect(try reader.take(builder.osc("/VMC/Ext/Blend/Apply")[...]) == nil)
        // Arguments that are read over, and a name that comes as no text.
        let odd = builder.bundle([
            builder.osc("/VMC/Ext/Blend/Val", .text("Joy"), .truth, .blob([1, 2, 3]), .float(0.75)),
            builder.osc("/VMC/Ext/Blend/Val", .float(1), .float(1)), builder.osc("/VMC/Ext/Blend/Apply"),
        ])
        #expect(near(try reader.take(odd[...]), "happy", 0.75))
    }

    @Test func bundlesInBundlesHaveAnEnd() throws {
        let builder = PacketBuilder(seed: 8)
        var datagram = builder.osc("/VMC/Ext/Blend/Val", .text("A"), .float(1))
        for _ in 0..<8 { datagram = builder.bundle([datagram]) }
        #expect(try OSCMessage.messages(in: datagram[...]).count == 1)
        datagram = builder.bundle([datagram])
        #expect(throws: DatagramError.self) { _ = try OSCMessage.messages(in: datagram[...]) }
    }

    /// A good datagram of each protocol.
    static func good(_ tracker: TrackerProtocol) -> [UInt8] {
        var builder = PacketBuilder(seed: 9)
        switch tracker {
        case .openseeface: return builder.openSeeFace()
        case .ifacialmocap: return builder.iFacialMocap([("jawOpen", 12)], head: [1, 2, 3])
        case .facemotion3d: return builder.iFacialMocap([("jawOpen", 12)], head: [1, 2, 3], mark: "&")
        case .vmc: return builder.vmc([("A", 0.5)], head: HeadRotation(pitch: 1, yaw: 2, roll: 3))
        case .livelinkface:
            return builder.liveLinkFace([Double](repeating: 0.5, count: 52), head: (yaw: 0.1, pitch: 0.2, roll: 0.3))
        case .arkit: return Array(#"{"t": 1, "jawOpen": 0.5, "head": {"pitch": 1, "yaw": 2, "roll": 3}}"#.utf8)
        }
    }

    /// A datagram, a frame in itself, of a head that is turned by so many degrees.
    static func turned(_ tracker: TrackerProtocol, _ yaw: Double) -> [UInt8] {
        var builder = PacketBuilder(seed: 9)
        switch tracker {
        case .openseeface: return builder.openSeeFace(euler: [180, yaw, 90])
        case .ifacialmocap: return builder.iFacialMocap([("jawOpen", 12)], head: [1, yaw, 3])
        case .facemotion3d: return builder.iFacialMocap([("jawOpen", 12)], head: [1, yaw, 3], mark: "&")
        case .vmc: return builder.vmc([("A", 0.5)], head: HeadRotation(pitch: 0, yaw: yaw, roll: 0))
        case .livelinkface:
            return builder.liveLinkFace(
                [Double](repeating: 0.5, count: 52), head: (yaw: yaw * .pi / 180, pitch: 0.2, roll: 0.3))
        case .arkit: return Array("{\"jawOpen\": 0.5, \"head\": {\"pitch\": 1, \"yaw\": \(yaw), \"roll\": 3}}".utf8)
        }
    }

    @Test(arguments: TrackerProtocol.allCases)
    func datagramsCutAnywhereAreReadOrRefused(_ tracker: TrackerProtocol) throws {
        let whole = Self.good(tracker)
        #expect(try frame(tracker, [whole]) != nil)
        let isText = tracker == .ifacialmocap || tracker == .facemotion3d
        for count in 0..<whole.count {
            var reader = TrackerReader(tracker)
            let frame = try? reader.take(whole.prefix(count))
            // Text may be cut between its parts, and Live Link Face ends early where no head is seen.
            #expect(frame == nil || isText || (tracker == .livelinkface && frame?.isTracking == false))
        }
    }

    @Test(arguments: TrackerProtocol.allCases)
    func damagedDatagramsGiveFiniteNumbersOrNone(_ tracker: TrackerProtocol) throws {
        let whole = Self.good(tracker)
        var generator = SplitMix64(state: 10)
        var reader = TrackerReader(tracker)
        var read = 0
        for _ in 0..<3000 {
            var bytes = whole
            for _ in 0...Int.random(in: 0..<6, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[place] = UInt8.random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator)) }
            guard let frame = try? reader.take(bytes[...]) else { continue }
            read += 1
            #expect(frame.inputs.values.allSatisfy { $0.isFinite })
            #expect(frame.time?.isFinite ?? true)
        }
        #expect(read > 0)
    }
}
