import AnimoCheckpoint
import AnimoTestSupport
import Testing

@testable import AnimoModel
@testable import AnimoModelFile
@testable import AnimoMotion

/// Recorded arrays of a family.
struct Golden {
    let arrays: [String: NamedArray]

    init(_ name: String) throws {
        arrays = try CheckpointReader.read(path: try #require(Fixtures.url("families/\(name)")).path).arrays
    }

    func array(_ name: String) throws -> NamedArray { try #require(arrays[name], "\(name)") }
    func floats(_ name: String) throws -> [Float] { try array(name).floats() }

    /// Item `index` along the first axis.
    func item(_ name: String, _ index: Int = 0) throws -> [Float] {
        let array = try array(name)
        let each = array.count / max(1, array.shape[0])
        return Array(try array.floats()[(index * each)..<((index + 1) * each)])
    }

    /// Item `index` of (batch, channels, height, width) as (height, width, channels).
    func channelsLast(_ name: String, _ index: Int = 0) throws -> [Float] {
        let shape = try array(name).shape
        let (channels, pixels) = (shape[1], shape[2] * shape[3])
        let values = try item(name, index)
        return (0..<(pixels * channels)).map { values[$0 % channels * pixels + $0 / channels] }
    }

    /// A recorded picture in 0…1.
    func picture(_ name: String, _ index: Int = 0, from range: ClosedRange<Float> = 0...1) throws -> FloatImage {
        let shape = try array(name).shape
        let span = range.upperBound - range.lowerBound
        return FloatImage(
            pixels: try channelsLast(name, index).map { ($0 - range.lowerBound) / span }, width: shape[3],
            height: shape[2])
    }
}

/// Expects two lists to agree, and says how far they are apart where they do not.
func expect(
    _ what: String, _ got: [Float], _ expected: [Float], within limit: Float,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let difference = largestDifference(got, expected)
    #expect(difference <= limit, "\(what): \(difference) is more than \(limit)", sourceLocation: sourceLocation)
}
