import AnimoJSON
import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoMotion

struct TalkingHead3DriversTests {
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
            var shapes: [String: Double] = [:]
            for (name, value) in try #require(face["shapes"]?.objectValue).members { shapes[name] = value.doubleValue }
            let head = try #require(face["head"]?.arrayValue).compactMap(\.doubleValue)
            let got = TalkingHead3Drivers().pose(arkit: shapes, head: SIMD3(head[0], head[1], head[2]))
            let expected = try Self.numbers(face["pose"])
            for (index, name) in PoseLayout.talkingHead3.names.enumerated() {
                let limit: Float = vowels.contains(name) ? 1e-4 : 1e-6
                #expect(abs(got[index] - expected[index]) <= limit, "\(name): \(got[index]), not \(expected[index])")
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
            #expect(abs(TalkingHead3Drivers.breathing(seconds: numbers[0]) - Float(numbers[1])) < 1e-6)
        }
        #expect(TalkingHead3Drivers.breathing(seconds: 7, perMinute: 0) == 0)
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
}
