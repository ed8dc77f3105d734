import AnimoJSON
import AnimoMotion
import AnimoWire
import Testing

@testable import AnimoStudio

@Suite struct PageControlTests {
    private static let all: Set<ControlGroup> = Set(ControlGroup.allCases)

    private func control(_ text: String) throws -> PageControl {
        guard case .object(let object) = try JSONValue(parsing: Array(text.utf8)) else { return PageControl() }
        return try PageControl(object)
    }

    @Test func whatIsNotSaidHasItsUsualValue() throws {
        let usual = try control("{}")
        #expect(usual == PageControl())
        let wire = try #require(usual.wire(Self.all))
        #expect(wire.mouth == Wire.Group(strength: .gain(1), origin: .driver, smoothing: 0))
        #expect(wire.lost == Wire.Lost(holdMs: 500))
        #expect(wire.idle == Wire.Idle(strength: .amount(1), seed: 1))
        #expect(!wire.mirror && usual.neutral == nil && usual.measured == nil)
    }

    @Test func readsAllOfIt() throws {
        let read = try control(
            #"""
            {"groups": {"mouth": {"origin": "source", "gain": 0.5, "smooth": 4}, "eyes": {"origin": "idle"}},
             "mirror": true, "hold_ms": 1200, "idle": 0, "neutral": "camera", "measured": {"yaw": 3}}
            """#)
        let wire = try #require(read.wire(Self.all))
        #expect(wire.mouth == Wire.Group(strength: .gain(0.5), origin: .source, smoothing: 4))
        #expect(wire.eyes?.origin == .idle && wire.brows?.origin == .driver)
        #expect(wire.mirror && wire.lost?.holdMs == 1200)
        #expect(wire.idle?.strength == .amount(0))
        #expect(read.neutral == "camera")
        #expect(
            read.measured == Wire.Driver(kind: .pose(Wire.Pose(channels: [Wire.NamedValue(name: "yaw", value: 3)]))))
    }

    @Test func aModelIsToldOfItsOwnGroupsOnly() throws {
        #expect(try control("{}").wire([]) == nil)
        let wire = try #require(try control(#"{"groups": {"mouth": {"gain": 2}}}"#).wire([.rotation]))
        #expect(wire.rotation != nil && wire.mouth == nil && wire.body == nil)
    }

    /// A hold of 0 would be the daemon's default to it.
    @Test func noHoldIsTheShortestThereIs() throws {
        #expect(try control(#"{"hold_ms": 0}"#).wire(Self.all)?.lost?.holdMs == 1)
    }

    @Test func aMotionsNeutralHasItsSeventyNumbers() throws {
        let numbers = (0..<Motion.count).map { "\($0)" }.joined(separator: ",")
        #expect(
            try control("{\"measured\": [\(numbers)]}").measured
                == Wire.Driver(kind: .motion(Wire.Motion(values: (0..<Motion.count).map { Float($0) }))))
    }

    @Test(arguments: [
        (#"{"groups": {"ears": {}}}"#, #"groups."ears""#), (#"{"groups": {"mouth": 1}}"#, #"groups."mouth""#),
        (#"{"groups": {"mouth": {"origin": "moon"}}}"#, "origin"),
        (#"{"groups": {"mouth": {"gain": 2.01}}}"#, "groups.mouth.gain"),
        (#"{"groups": {"mouth": {"gain": "much"}}}"#, "groups.mouth.gain"),
        (#"{"groups": {"mouth": {"smooth": -0.1}}}"#, "groups.mouth.smooth"),
        (#"{"hold_ms": 3600001}"#, "hold_ms"), (#"{"hold_ms": -1}"#, "hold_ms"), (#"{"hold_ms": 1e300}"#, "hold_ms"),
        (#"{"idle": 3}"#, "idle"), (#"{"measured": [1, 2]}"#, "measured"),
        (#"{"measured": {"yaw": "left"}}"#, "measured"),
        (#"{"measured": {"yaw": 1e300}}"#, "measured"), (#"{"measured": 5}"#, "measured"),
    ])
    func refusesInWordsThatNameIt(text: String, named: String) {
        let error = #expect(throws: PageMessage.Malformed.self) { try control(text) }
        #expect(error?.description.contains(named) == true, "\(error?.description ?? "")")
    }
}
