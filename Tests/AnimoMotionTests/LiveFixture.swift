import AnimoJSON
import AnimoMotion
import AnimoTestSupport
import Foundation
import Testing

/// Goldens of `../shared/fixtures/live`.
enum LiveFixture {
    static let skipped: Comment = "needs ../shared/fixtures/live"
    static var available: Bool { Fixtures.url("live/control.json") != nil }

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: try #require(Fixtures.url("live/" + name))))
    }

    static func json(_ name: String) throws -> JSONValue { try JSONValue(parsing: bytes(name)) }
}

extension JSONValue {
    subscript(name: String) -> JSONValue { objectValue?[name] ?? .null }

    var items: [JSONValue] { arrayValue ?? [] }

    /// Numbers; the words "nan" and "inf" stand for what JSON cannot write.
    var numbers: [Double] { items.map { $0.doubleValue ?? ($0.stringValue == "inf" ? .infinity : .nan) } }

    var inputs: [InputName: Double] {
        var inputs: [InputName: Double] = [:]
        for (name, value) in objectValue?.members ?? [] { inputs[InputName(name)] = value.doubleValue }
        return inputs
    }
}

/// The largest difference of two lists; infinite where their lengths differ or a number is none.
func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).reduce(0) { largest, pair in
        let step = abs(pair.0 - pair.1)
        return step.isNaN ? .infinity : max(largest, step)
    }
}
