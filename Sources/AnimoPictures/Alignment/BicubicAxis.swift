/// Weights of one axis of a picture that is resized as Pillow does it: Keys' cubic with a = −½, widened when shrinking,
/// in fixed point of 22 bits.
struct BicubicAxis {
    /// First source pixel of each target pixel.
    let first: [Int]
    /// Weights of each target pixel; none for one beyond the resized picture, or where the size stays the same.
    let weights: [[Int32]]
    /// Indicates whether sizes differ; else pixels are taken as they are.
    let isFiltered: Bool
    /// Target pixels that the resized picture has.
    let inside: Range<Int>

    /// Bits behind the point of a weight.
    static let bits: Int32 = 22

    /// - Parameters:
    ///   - from: source pixels.
    ///   - to: pixels of the whole resized axis.
    ///   - taking: which of those are wanted; some may lie beyond.
    init(from: Int, to: Int, taking: Range<Int>) {
        isFiltered = from != to
        let low = min(max(taking.lowerBound, 0), taking.upperBound)
        let high = max(min(taking.upperBound, to), low)
        inside = (low - taking.lowerBound)..<(high - taking.lowerBound)
        var first: [Int] = []
        var weights: [[Int32]] = []
        let step = Double(from) / Double(to)
        let wide = max(step, 1)
        for target in taking {
            guard isFiltered, target >= 0, target < to else {
                first.append(min(max(target, 0), from - 1))
                weights.append([])
                continue
            }
            let centre = (Double(target) + 0.5) * step
            let begin = max(Int(centre - 2 * wide + 0.5), 0)
            let end = max(min(Int(centre + 2 * wide + 0.5), from), begin + 1)
            let taps = (begin..<end).map { Self.keys((Double($0) - centre + 0.5) / wide) }
            let sum = taps.reduce(0, +)
            first.append(begin)
            weights.append(
                taps.map { tap in
                    let scaled = tap / sum * Double(1 << Self.bits)
                    return Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
                })
        }
        self.first = first
        self.weights = weights
    }

    private static func keys(_ place: Double) -> Double {
        let x = abs(place)
        if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
        if x < 2 { return (((x - 5) * x + 8) * x - 4) * -0.5 }
        return 0
    }
}

extension Picture {
    /// An RGB picture resized along both axes, columns first and rounded to bytes between; black beyond.
    func resampled(columns: BicubicAxis, rows: BicubicAxis) -> Picture {
        let (width, height) = (columns.first.count, rows.first.count)
        var result = [UInt8](repeating: 0, count: width * height * 3)
        guard !columns.inside.isEmpty, !rows.inside.isEmpty else {
            return Picture(width: width, height: height, layout: .rgb, pixels: result)
        }
        // The source rows that any target row needs, their columns already resized.
        let needed = rows.inside.map { rows.first[$0]..<(rows.first[$0] + max(1, rows.weights[$0].count)) }
        let low = needed.map(\.lowerBound).min() ?? 0
        let high = needed.map(\.upperBound).max() ?? 0
        var narrow = [UInt8](repeating: 0, count: (high - low) * width * 3)
        for y in low..<high {
            for x in columns.inside {
                let weights = columns.weights[x]
                for c in 0..<3 {
                    let from = (y * self.width + columns.first[x]) * 3 + c
                    narrow[((y - low) * width + x) * 3 + c] =
                        columns.isFiltered
                        ? Self.filtered(pixels, from, stride: 3, weights) : pixels[from]
                }
            }
        }
        for y in rows.inside {
            let weights = rows.weights[y]
            for place in (columns.inside.lowerBound * 3)..<(columns.inside.upperBound * 3) {
                let from = (rows.first[y] - low) * width * 3 + place
                result[y * width * 3 + place] =
                    rows.isFiltered ? Self.filtered(narrow, from, stride: width * 3, weights) : narrow[from]
            }
        }
        return Picture(width: width, height: height, layout: .rgb, pixels: result)
    }

    @inline(__always)
    private static func filtered(_ values: [UInt8], _ from: Int, stride: Int, _ weights: [Int32]) -> UInt8 {
        var sum: Int32 = 1 << (BicubicAxis.bits - 1)
        guard let last = weights.indices.last, values.indices.contains(from + last * stride) else { return 0 }
        values.withUnsafeBufferPointer { values in
            weights.withUnsafeBufferPointer { weights in
                var place = from
                for weight in weights {
                    sum &+= weight &* Int32(values[place])
                    place &+= stride
                }
            }
        }
        return UInt8(min(max(sum >> BicubicAxis.bits, 0), 255))
    }
}
