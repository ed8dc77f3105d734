import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoModelFile
@testable import AnimoMotion

@Suite struct DriverFileTests {
    static let mapping = PoseMapping(basis: nil)
    static let twenty = Array("[\((0..<20).map { "0.\($0 % 10)" }.joined(separator: ","))]".utf8)
    static let seventy = Array("[\((0..<70).map { "\($0)" }.joined(separator: ","))]".utf8)

    @Test func readsPosesByNameAndByNumber() throws {
        let named = try DriverFile.pose(Array(#"{"eye_closed": 1, "yaw": -12.5}"#.utf8), mapping: Self.mapping)
        #expect(named[6] == 1 && named[7] == 1 && named.yaw == -12.5)
        let listed = try DriverFile.pose(Self.twenty, mapping: Self.mapping)
        #expect(listed[13] == 0.3)
    }

    @Test func readsMotionsOfEveryKind() throws {
        #expect(try DriverFile.numbers(Self.seventy) == (0..<70).map(Float.init))
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 70), }\n"
        let numpy: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
        let data = (0..<70).flatMap { value in withUnsafeBytes(of: Float(value).bitPattern.littleEndian) { Array($0) } }
        #expect(try DriverFile.numbers(numpy + data) == (0..<70).map(Float.init))
    }

    @Test func readsSequencesOfEither() throws {
        let text =
            "[" + String(decoding: Self.twenty, as: UTF8.self) + "," + String(decoding: Self.seventy, as: UTF8.self)
            + #", {"mouth_a": 0.5}]"#
        let items = try DriverFile.sequence(Array(text.utf8), mapping: Self.mapping)
        #expect(items.count == 3)
        if case .motion(let motion) = items[1] { #expect(motion.values[69] == 69) } else { Issue.record("no motion") }
        if case .pose(let pose) = items[2] { #expect(pose[12] == 0.5) } else { Issue.record("no pose") }
        #expect(try DriverFile.sequence(Self.seventy, mapping: Self.mapping).count == 1)
        #expect(try DriverFile.sequence(Array("[]".utf8), mapping: Self.mapping).isEmpty)
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func readsTheDemoSequence() throws {
        let data = try Data(contentsOf: try #require(Fixtures.sharedURL("demo/samples/sequence.json")))
        #expect(try DriverFile.sequence(Array(data), mapping: Self.mapping).count == 60)
    }

    @Test(arguments: [
        ("[1, 2]", "20 numbers"), (#"{"eye_closd": 1}"#, "eye_closed"), (#"{"yaw": "left"}"#, "a string"),
        ("[\(Array(repeating: "1e300", count: 20).joined(separator: ","))]", "finite"), ("{", "JSON"),
        ("7", "an object"),
    ])
    func refusesInWords(text: String, word: String) {
        let error = #expect(throws: PoseError.self) { try DriverFile.pose(Array(text.utf8), mapping: Self.mapping) }
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }

    @Test func refusesAMotionForAPoseAndTheOtherWayRound() {
        #expect(throws: PoseError.self) { try DriverFile.pose(Self.seventy, mapping: Self.mapping) }
        #expect(throws: PoseError.self) { try Motion([Float](repeating: .nan, count: 70)) }
        #expect(throws: PoseError.self) { try Pose([Float](repeating: 0, count: 19)) }
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func readsDECAsCoefficients() throws {
        let data = try Data(contentsOf: try #require(Fixtures.url("real/vox_deca/0000000.mat")))
        let numbers = try DriverFile.numbers(Array(data))
        #expect(numbers.count == 156)
        #expect(try DriverNumbers(numbers, codeCount: 70) == .flame(numbers))
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func saysWhatAMATFileLacks() throws {
        let data = try Data(contentsOf: try #require(Fixtures.url("real/expression.mat")))
        let error = #expect(throws: PoseError.self) { try DriverFile.numbers(Array(data)) }
        #expect(error?.message.contains("64 numbers called exp") == true)
    }
}
