import AnimoJSON
import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoMotion

struct TalkingHead3MappingTests {
    private static let mapping = PoseMapping(.talkingHead3)

    private static func golden() throws -> JSONObject {
        let data = try Data(contentsOf: try #require(Fixtures.url("families/tha3-drivers.json")))
        return try #require(try JSONValue(parsing: Array(data)).objectValue)
    }

    private static func numbers(_ value: JSONValue?) throws -> [Float] {
        try #require(value?.arrayValue).map { Float(try #require($0.doubleValue)) }
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func theNamesAreThePublishedOnes() throws {
        let names = try #require(try Self.golden()["names"]?.arrayValue).compactMap(\.stringValue)
        #expect(PoseLayout.talkingHead3.names == names)
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func facesBecomePosesAsTheReferenceMakesThem() throws {
        let vowels = ["mouth_aaa", "mouth_iii", "mouth_uuu", "mouth_ooo"]
        let faces = try #require(try Self.golden()["arkit"]?.arrayValue).compactMap(\.objectValue)
        #expect(!faces.isEmpty)
        for face in faces {
            var inputs: [InputName: Double] = [:]
            for (name, value) in try #require(face["shapes"]?.objectValue).members {
                inputs[InputName(name)] = value.doubleValue
            }
            // The head bone's rotation in radians, as iFacialMocap sends it.
            let head = try #require(face["head"]?.arrayValue).compactMap(\.doubleValue).map { $0 * 180 / .pi }
            (inputs[.headPitch], inputs[.headYaw], inputs[.headRoll]) = (head[0], head[1], -head[2])
            let got = TalkingHead3Mapping()(inputs)
            let expected = try Self.numbers(face["pose"])
            for (index, name) in PoseLayout.talkingHead3.names.enumerated() {
                let limit = vowels.contains(name) ? 1e-4 : 1e-6
                #expect(
                    abs(got[index] - Double(expected[index])) <= limit, "\(name): \(got[index]), not \(expected[index])"
                )
            }
        }
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func theStandardTwentyBecomeFortyFive() throws {
        let pairs = try #require(try Self.golden()["pose20"]?.arrayValue).compactMap(\.objectValue)
        #expect(!pairs.isEmpty)
        for pair in pairs {
            let pose = try Self.mapping.pose(of: Self.numbers(pair["pose20"]))
            let got = Self.mapping.clamped(pose).pose.values
            let expected = try Self.numbers(pair["pose45"])
            #expect(got.count == 45 && expected.count == 45)
            #expect(zip(got, expected).allSatisfy { abs($0 - $1) <= 1e-6 })
        }
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func breathingIsAClock() throws {
        let pairs = try #require(try Self.golden()["breathing"]?.arrayValue)
        #expect(!pairs.isEmpty)
        for pair in pairs {
            let numbers = try #require(pair.arrayValue).compactMap(\.doubleValue)
            #expect(abs(TalkingHead3Mapping.breathing(seconds: numbers[0], perMinute: 20) - Float(numbers[1])) < 1e-6)
        }
        #expect(TalkingHead3Mapping.breathing(seconds: 7, perMinute: 0) == 0)
    }

    private static func value(_ name: String, of pose: [Double]) throws -> Double {
        pose[try #require(PoseLayout.talkingHead3.names.firstIndex(of: name))]
    }

    @Test func irisesAndBodyMayStayStill() throws {
        let inputs: [InputName: Double] = [
            InputName("eyeLookUpLeft"): 0.6, InputName("eyeLookOutLeft"): 0.6, .headYaw: 5, .headRoll: 3,
        ]
        var mapping = TalkingHead3Mapping()
        for name in ["iris_rotation_x", "iris_rotation_y", "body_y", "body_z"] {
            #expect(try Self.value(name, of: mapping(inputs)) != 0, "\(name)")
        }
        (mapping.irisesFollow, mapping.bodyFollows) = (false, false)
        for name in ["iris_rotation_x", "iris_rotation_y", "body_y", "body_z"] {
            #expect(try Self.value(name, of: mapping(inputs)) == 0, "\(name)")
        }
        #expect(try Self.value("head_y", of: mapping(inputs)) == -0.5)
    }

    @Test func whatNoRuleReadsIsTold() {
        func expressed(_ shapes: [String: Double]) -> Expressed {
            TalkingHead3Mapping().expressed(
                Dictionary(uniqueKeysWithValues: shapes.map { (InputName($0.key), $0.value) }))
        }
        let whole = Expressed(overall: 1, brows: 1, eyes: 1, mouth: 1)
        #expect(expressed([:]) == whole)
        #expect(expressed(["jawOpen": 0.5, "browDownLeft": 1, "eyeBlinkLeft": 1, "headYaw": 20]) == whole)
        let puffed = expressed(["jawOpen": 0.3, "cheekPuff": 0.4, "browInnerUp": 0.5])
        #expect(abs(puffed.mouth - 0.2) < 1e-12 && puffed.brows == 1 && puffed.eyes == 1)
        #expect(abs(puffed.overall - (1 - (0.16 / 0.5).squareRoot())) < 1e-12)
        // Corners go down in shut mouths only.
        #expect(expressed(["mouthFrownLeft": 0.5]).mouth == 1)
        #expect(expressed(["mouthFrownLeft": 0.5, "jawOpen": 0.5]).mouth < 0.5)
        #expect(expressed(["mouthPucker": 0.5]).mouth == 0)
    }

    @Test func theRulesAreForTheirFamilyAlone() throws {
        let rules = try #require(try MappingRules(named: "tha3"))
        #expect(rules == .talkingHead3 && rules.channels.count == 45)
        #expect(throws: PoseError.self) { try FaceMapping(rules, channels: PoseMapping.standardChannels) }
        guard case .talkingHead3 = try FaceMapping(arkitFor: PoseLayout.talkingHead3.names),
            case .table = try FaceMapping(arkitFor: PoseMapping.standardChannels)
        else {
            Issue.record("expected the family's own rules, and the table for others")
            return
        }
    }

    @Test func namesOfBothKindsSetIt() throws {
        let pose = try Self.mapping.pose(setting: [
            ("eye_closed", 1), ("mouth_a", 0.5), ("yaw", 5), ("eyebrow_happy_left", 0.25),
        ])
        func value(_ name: String) throws -> Float {
            pose[try #require(PoseLayout.talkingHead3.names.firstIndex(of: name))]
        }
        #expect(try value("eye_wink_left") == 1 && value("eye_wink_right") == 1 && value("mouth_aaa") == 0.5)
        #expect(try value("head_y") == -0.5 && value("body_y") == -0.5 && value("eyebrow_happy_left") == 0.25)
        #expect(pose.values.count { $0 != 0 } == 6)
    }

    @Test func anglesBeyondItsReachAreToldAsClamped() throws {
        let pose = try Self.mapping.pose(setting: [("yaw", 20)])
        let clamped = Self.mapping.clamped(pose).clamped
        #expect(clamped.map(\.name) == ["head_y", "body_y"] && clamped.allSatisfy { $0.used == -1 && $0.asked == -2 })
    }

    @Test(arguments: [0, 19, 21, 44, 46, 70]) func otherCountsAreRefused(count: Int) {
        #expect(throws: PoseError.self) { try Self.mapping.pose(of: [Float](repeating: 0, count: count)) }
    }

    @Test func whatIsNoNumberIsRefused() {
        #expect(throws: PoseError.self) { try Self.mapping.pose(of: [Float](repeating: .nan, count: 45)) }
    }

    /// A tracker's coefficients of jaw and lower lip hardly move on a smile that shows teeth: what is measured opens
    /// the mouth, in step with the gap, and rounds no mouth that is not round.
    @Test func aMeasuredMouthOpensAsFarAsItIs() throws {
        let smile: [InputName: Double] = [
            InputName("mouthSmileLeft"): 0.9, InputName("mouthSmileRight"): 0.9, InputName("jawOpen"): 0.1,
        ]
        func open(_ inputs: [InputName: Double], _ gap: Double) throws -> [String: Double] {
            let pose = TalkingHead3Mapping()(TalkingHead3Mapping.measured(inputs, mouthGap: gap))
            return Dictionary(uniqueKeysWithValues: zip(PoseLayout.talkingHead3.names, pose))
        }
        let gaps = [0.0, 0.12, 0.24, 0.33, 0.43, 0.5, 1]
        let widths = try gaps.map { try open(smile, $0)["mouth_aaa"] ?? .nan }
        #expect(widths[0] == 0 && widths[1] == 0, "\(widths)")
        #expect(zip(widths.dropFirst(), widths.dropFirst(2)).allSatisfy { $0 <= $1 }, "\(widths)")
        #expect((0.2...0.3).contains(widths[2]) && widths[4] > 0.7 && widths[6] > 0.99, "\(widths)")
        #expect(try open(smile, 0.43)["mouth_raised_corner_left"] == 0.9)
        #expect(
            try open(smile, 0.43).filter { ["mouth_uuu", "mouth_ooo"].contains($0.key) }.allSatisfy { $0.value < 0.05 })
        // What is open already stays as open; a round mouth stays round.
        let wide: [InputName: Double] = [
            InputName("jawOpen"): 0.9, InputName("mouthLowerDownLeft"): 0.6, InputName("mouthLowerDownRight"): 0.6,
        ]
        #expect(TalkingHead3Mapping.measured(wide, mouthGap: 0.1) == wide)
        let round: [InputName: Double] = [
            InputName("jawOpen"): 0.4, InputName("mouthFunnel"): 0.5, InputName("mouthPucker"): 0.4,
            InputName("mouthLowerDownLeft"): 0.1, InputName("mouthLowerDownRight"): 0.1,
        ]
        #expect(try open(round, 0.4)["mouth_ooo"] ?? 0 > 0.8)
    }
}
