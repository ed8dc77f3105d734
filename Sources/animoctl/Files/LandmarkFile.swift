import AnimoFiles
import AnimoCLI
import AnimoJSON
import AnimoWire

/// Points of a face as people write them.
enum LandmarkFile {
    /// 5 or 68 points: a line of x and y for each, in pixels of the picture, or JSON, an array of pairs.
    ///
    /// - Throws: `Failure` 65 where it is neither.
    static func landmarks(_ bytes: [UInt8], named name: String) throws -> Wire.Landmarks {
        let numbers =
            bytes.withoutByteOrderMark.first { $0 > 0x20 } == UInt8(ascii: "[")
            ? try json(bytes, name) : try lines(bytes, name)
        guard numbers.count == 10 || numbers.count == 136 else {
            throw Failure(.badData, "\(name): expected 5 or 68 points, got \(numbers.count) numbers")
        }
        return Wire.Landmarks(values: numbers)
    }

    private static func json(_ bytes: [UInt8], _ name: String) throws -> [Float] {
        guard let points = try? JSONValue(parsing: bytes).arrayValue else {
            throw Failure(.badData, "\(name): expected an array of pairs")
        }
        return try points.enumerated().flatMap { index, point in
            let pair = point.arrayValue?.compactMap(\.doubleValue) ?? []
            guard pair.count == 2, pair.allSatisfy(\.isFinite) else {
                throw Failure(.badData, "\(name)[\(index)]: expected two numbers, got \(point.text.prefix(40))")
            }
            return pair.map(Float.init)
        }
    }

    private static func lines(_ bytes: [UInt8], _ name: String) throws -> [Float] {
        try String(decoding: bytes.withoutByteOrderMark, as: UTF8.self).split(whereSeparator: \.isNewline).enumerated()
            .flatMap {
                index, line in
                let pair = line.split { $0 == " " || $0 == "\t" || $0 == "," || $0 == ";" }.map { Float($0) ?? .nan }
                guard pair.count == 2, pair.allSatisfy(\.isFinite) else {
                    throw Failure(.badData, "\(name), line \(index + 1): expected x and y, got '\(line.prefix(40))'")
                }
                return pair
            }
    }
}
