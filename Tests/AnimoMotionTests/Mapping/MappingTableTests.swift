import AnimoJSON
import AnimoMotion
import Foundation
import Testing

struct MappingTableTests {
    private let channels = ChannelMapping.Channel.pose()

    @Test(.enabled(if: LiveFixture.available, LiveFixture.skipped))
    func givesTheReferencesNumbers() throws {
        let fixture = try LiveFixture.json("mapping.json")
        var tables: [String: MappingTable] = [:]
        for builtIn in MappingTable.BuiltIn.allCases { tables[builtIn.rawValue] = try builtIn.table }
        tables["custom"] = try MappingTable(parsing: Array(fixture["tables"]["custom"].text.utf8))
        for (index, item) in fixture["cases"].items.enumerated() {
            let name = try #require(item["table"].stringValue)
            let pose = try ChannelMapping(#require(tables[name]), channels: channels)(item["inputs"].inputs)
            #expect(largestDifference(pose, item["pose"].numbers) < 1e-6, "case \(index), \(name)")
        }
        #expect(fixture["cases"].items.count == 48)
    }

    @Test(.enabled(if: LiveFixture.available, LiveFixture.skipped), arguments: MappingTable.BuiltIn.allCases)
    func builtInTablesAreTheSpecified(_ builtIn: MappingTable.BuiltIn) throws {
        let specified = try LiveFixture.bytes("mappings/\(builtIn.rawValue).json")
        #expect(builtIn.text == specified)
    }

    @Test(arguments: MappingTable.BuiltIn.allCases)
    func aRestingFaceGivesARestingPose(_ builtIn: MappingTable.BuiltIn) throws {
        let pose = try ChannelMapping(builtIn.table, channels: channels)([:])
        #expect(pose == [Double](repeating: 0, count: 20))
    }

    @Test
    func namesAreReadHoweverTheyAreSpelt() {
        let spellings = ["eyeBlink_L", "EyeBlinkLeft", " eyeblinkleft ", "EYEBLINK_l"]
        #expect(Set(spellings.map { InputName($0) }) == [InputName("eyeBlinkLeft")])
        #expect(InputName("Joy") == InputName("happy"))
        #expect(InputName("Blink_R") == InputName("blinkRight"))
        #expect(InputName("A") == InputName("aa"))
        #expect(InputName("_L").text == "_l")
    }

    @Test
    func aChannelNamedItselfComesBeforeItsPair() throws {
        let text = #"""
            {"version": 1, "channels": {"eye_closed_left": [{"from": "x", "out": [0, 0.25]}],
             "eye_closed": [{"from": "lid{side}"}]}}
            """#
        let mapping = try ChannelMapping(MappingTable(parsing: Array(text.utf8)), channels: channels)
        let pose = mapping([InputName("x"): 1, InputName("lidLeft"): 1, InputName("lidRight"): 0.5])
        #expect(pose[6] == 0.25)
        #expect(pose[7] == 0.5)
    }

    @Test
    func aPairInALimitStandsForBoth() throws {
        let text = #"""
            {"version": 1, "channels": {"eye_closed": [{"from": "x"}]}, "limits": [{"of": ["eye_closed"], "sum": 1}]}
            """#
        let mapping = try ChannelMapping(MappingTable(parsing: Array(text.utf8)), channels: channels)
        #expect(Array(mapping([InputName("x"): 1])[6...7]) == [0.5, 0.5])
    }

    @Test
    func numbersFarOutsideAnyTrackersStayNumbers() throws {
        let text = #"""
            {"version": 1, "channels": {"mouth_a": [{"from": ["x", "y"], "gain": 1e308}, {"from": "y", "gain": -1e308,
             "out": [0, 1e308]}], "yaw": [{"from": "x", "in": [-1e308, 1e308], "out": [-1e308, 1e308]}]}}
            """#
        let mapping = try ChannelMapping(MappingTable(parsing: Array(text.utf8)), channels: channels)
        for value in [1e308, -1e308, 0.5] {
            let pose = mapping([InputName("x"): value, InputName("y"): value])
            #expect(pose.allSatisfy { $0.isFinite })
            #expect((0...1).contains(pose[12]))
        }
    }

    /// Tables that cannot be used, and what the message must name.
    static let refused: [(text: String, names: [String])] = [
        ("[", ["mapping table", "byte 1"]),
        ("[]", ["table: expected an object"]),
        ("{}", ["table.version", "got nothing"]),
        (#"{"version": 2, "channels": {}}"#, ["table.version", "expected 1", "got 2"]),
        (#"{"version": 1}"#, ["table.channels", "got nothing"]),
        (#"{"version": 1, "channels": {}, "limit": []}"#, ["table", "\"limit\"", "limits"]),
        (#"{"version": 1, "channels": {"mouth_x": []}}"#, ["channels.mouth_x", "such as mouth_a"]),
        (#"{"version": 1, "channels": {"mouth_a": [{"form": "x"}]}}"#, ["channels.mouth_a[0]", "\"form\"", "from"]),
        (#"{"version": 1, "channels": {"mouth_a": [{}]}}"#, ["channels.mouth_a[0].from", "got nothing"]),
        (#"{"version": 1, "channels": {"mouth_a": [{"from": []}]}}"#, ["channels.mouth_a[0].from", "got none"]),
        (#"{"version": 1, "channels": {"mouth_a": [{"from": 3}]}}"#, ["channels.mouth_a[0].from", "a number"]),
        (#"{"version": 1, "channels": {"mouth_a": [{"from": "x", "in": [0]}]}}"#, ["channels.mouth_a[0].in", "two"]),
        (#"{"version": 1, "channels": {"mouth_a": [{"from": "x", "out": [0, "y"]}]}}"#, ["channels.mouth_a[0].out[1]"]),
        (#"{"version": 1, "channels": {"mouth_a": [{"from": "x", "in": [0, NaN]}]}}"#, ["mapping table", "byte"]),
        (#"{"version": 1, "channels": {"mouth_a": [{"from": "x", "curve": 0}]}}"#, ["channels.mouth_a[0].curve"]),
        (
            #"{"version": 1, "channels": {"mouth_a": {"combine": "mean", "terms": []}}}"#,
            ["channels.mouth_a.combine", "\"mean\""]
        ),
        (
            #"{"version": 1, "channels": {"mouth_a": {"terms": [{"from": "x", "times": [{"from": "y", "curve": -1}]}]}}}"#,
            ["channels.mouth_a.terms[0].times[0].curve", "-1"]
        ),
        (
            #"{"version": 1, "channels": {"mouth_a": [{"from": "x", "times": [{"from": "y", "times": []}]}]}}"#,
            ["channels.mouth_a[0].times[0]", "\"times\""]
        ),
        (#"{"version": 1, "channels": {"mouth_a": [{"from": "x{side}"}]}}"#, ["channels.mouth_a", "{side}"]),
        (
            #"{"version": 1, "channels": {}, "limits": [{"of": ["mouth_a", "mouth_q"], "sum": 1}]}"#,
            ["limits[0].of", "\"mouth_q\""]
        ),
        (#"{"version": 1, "channels": {}, "limits": [{"of": ["mouth_a"]}]}"#, ["limits[0].sum", "got nothing"]),
        (#"{"version": 1, "channels": {}, "limits": [{"of": ["mouth_a"], "sum": -1}]}"#, ["limits[0].sum", "-1"]),
    ]

    @Test(arguments: refused)
    func refusalsNameThePlaceInTheFile(_ refused: (text: String, names: [String])) throws {
        let error = try #require(throws: PoseError.self) {
            _ = try ChannelMapping(MappingTable(parsing: Array(refused.text.utf8)), channels: channels)
        }
        for name in refused.names { #expect(error.message.contains(name), "\(error.message)") }
    }
}
