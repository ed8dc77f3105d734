import Testing

@testable import AnimoModel
@testable import AnimoModelFile
@testable import AnimoMotion

/// The frame of a film that a first order motion starts from.
struct KeyPointsStartTests {
    private func points(_ places: [SIMD2<Float>]) throws -> KeyPoints {
        try KeyPoints(places.flatMap { [$0.x, $0.y, 1, 0, 0, 1] })
    }

    private let face: [SIMD2<Float>] = [[-0.3, -0.2], [0.3, -0.2], [0, 0.1], [-0.2, 0.4], [0.2, 0.4]]

    @Test func placeAndSizeDoNotCount() throws {
        let here = try points(face)
        let there = try points(face.map { $0 * 0.5 + [0.3, -0.2] })
        #expect(here.attitudeDistance(to: there) < 1e-9)
    }

    @Test func aTurnedHeadIsFurtherThanATiltedOne() throws {
        let here = try points(face)
        let little = try points(face.map { [$0.x * 0.95, $0.y] })
        let much = try points(face.map { [$0.x * 0.5, $0.y] })
        #expect(here.attitudeDistance(to: little) < here.attitudeDistance(to: much))
        #expect(here.attitudeDistance(to: little) > 0)
    }

    @Test func anotherNumberOfPointsIsNoMatch() throws {
        #expect(try points(face).attitudeDistance(to: points(Array(face.prefix(4)))) == .infinity)
    }
}
