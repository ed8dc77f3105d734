@testable import AnimoPictures

/// Full resolution, alpha and paste-back by plain loops over doubles, whole pictures at a time: what the rows must
/// give.
struct PlainMotion {
    /// A picture of doubles, (height, width, channels).
    struct Field {
        var width: Int
        var height: Int
        var channels: Int
        var values: [Double]

        init(_ width: Int, _ height: Int, _ channels: Int, _ value: (_ y: Int, _ x: Int, _ c: Int) -> Double) {
            (self.width, self.height, self.channels, values) = (width, height, channels, [])
            for y in 0..<height {
                for x in 0..<width { for c in 0..<channels { values.append(value(y, x, c)) } }
            }
        }

        subscript(_ y: Int, _ x: Int, _ c: Int = 0) -> Double { values[(y * width + x) * channels + c] }

        func mapped(_ body: (Double) -> Double) -> Field {
            var field = self
            field.values = values.map(body)
            return field
        }

        /// Each axis by a matrix of weights: (target, source).
        func resized(_ rows: [[Double]], _ columns: [[Double]]) -> Field {
            let across = Field(columns.count, height, channels) { y, x, c in
                columns[x].enumerated().reduce(0) { $1.element == 0 ? $0 : $0 + $1.element * self[y, $1.offset, c] }
            }
            return Field(columns.count, rows.count, channels) { y, x, c in
                rows[y].enumerated().reduce(0) { $1.element == 0 ? $0 : $0 + $1.element * across[$1.offset, x, c] }
            }
        }

        /// The mean, or the least value, over (2 · radius + 1)²; windows are cut at the border.
        func window(_ radius: Int, _ take: ([Double]) -> Double) -> Field {
            Field(width, height, channels) { y, x, c in
                var all: [Double] = []
                for row in max(0, y - radius)...min(height - 1, y + radius) {
                    for column in max(0, x - radius)...min(width - 1, x + radius) { all.append(self[row, column, c]) }
                }
                return take(all)
            }
        }

        /// Bilinear at positions of -1…1, edges held.
        func sampled(_ at: Field) -> Field {
            Field(at.width, at.height, channels) { y, x, c in
                let px = min(max(((at[y, x, 0] + 1) * Double(width) - 1) / 2, 0), Double(width - 1))
                let py = min(max(((at[y, x, 1] + 1) * Double(height) - 1) / 2, 0), Double(height - 1))
                let (x0, y0) = (Int(px), Int(py))
                let (x1, y1) = (min(x0 + 1, width - 1), min(y0 + 1, height - 1))
                let (fx, fy) = (px - Double(x0), py - Double(y0))
                let upper = self[y0, x0, c] * (1 - fx) + self[y0, x1, c] * fx
                return upper * (1 - fy) + (self[y1, x0, c] * (1 - fx) + self[y1, x1, c] * fx) * fy
            }
        }
    }

    static func smooth(_ t: Double) -> Double {
        let t = min(max(t, 0), 1)
        return t * t * (3 - 2 * t)
    }

    static func bilinear(_ count: Int, _ size: Int) -> [[Double]] {
        (0..<count).map { target in
            var row = [Double](repeating: 0, count: size)
            let place = max(Double(size) / Double(count) * (Double(target) + 0.5) - 0.5, 0)
            let first = Int(place)
            row[first] += 1 - (place - Double(first))
            row[min(first + 1, size - 1)] += place - Double(first)
            return row
        }
    }

    static func cubic(_ count: Int, _ size: Int) -> [[Double]] {
        func keys(_ d: Double) -> Double {
            if d < 1 { return (1.5 * d - 2.5) * d * d + 1 }
            return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0
        }
        return (0..<count).map { target in
            var row = [Double](repeating: 0, count: size)
            let place = Double(size) / Double(count) * (Double(target) + 0.5) - 0.5
            for tap in (Int(place.rounded(.down)) - 1)...(Int(place.rounded(.down)) + 2) {
                row[min(max(tap, 0), size - 1)] += keys(abs(place - Double(tap)))
            }
            return row
        }
    }

    static func area(_ count: Int, _ size: Int) -> [[Double]] {
        (0..<count).map { target in
            let (from, to) = (
                Double(target * size) / Double(count), Double((target + 1) * size) / Double(count)
            )
            let row = (0..<size).map { max(0, min(to, Double($0 + 1)) - max(from, Double($0))) }
            let sum = row.reduce(0, +)
            return row.map { $0 / sum }
        }
    }

    /// What is larger is averaged, what is smaller enlarged.
    static func fitted(_ count: Int, _ size: Int) -> [[Double]] {
        count > size ? cubic(count, size) : area(count, size)
    }

    let rendered: Field
    /// Positions, (height, width, 2).
    let flow: Field

    func positions(_ width: Int, _ height: Int) -> Field {
        flow.resized(Self.bilinear(height, flow.height), Self.bilinear(width, flow.width))
    }

    func agreement(_ warped: Field) -> Field {
        let small = warped.resized(
            Self.fitted(rendered.height, warped.height), Self.fitted(rendered.width, warped.width)
        ).mapped { min(max($0, 0), 1) }
        let step = Field(rendered.width, rendered.height, 1) { y, x, _ in
            (0..<3).reduce(0) { $0 + abs(rendered[y, x, $1] - small[y, x, $1]) } / 3
        }
        return step.window(1) { $0.reduce(0, +) / Double($0.count) }.mapped { Self.smooth((0.12 - $0) / 0.09) }
    }

    /// 1 within two native pixels of the outline, and outside it, at the picture's size.
    func rim(_ moved: Field) -> Field {
        let small = moved.resized(
            Self.fitted(rendered.height, moved.height), Self.fitted(rendered.width, moved.width)
        ).mapped { min(max($0, 0), 1) }
        let outside = small.window(2) { $0.min() ?? 0 }.mapped { 1 - $0 }
        return outside.window(1) { $0.reduce(0, +) / Double($0.count) }.resized(
            Self.bilinear(moved.height, rendered.height), Self.bilinear(moved.width, rendered.width))
    }

    func enlarged(_ width: Int, _ height: Int) -> Field {
        rendered.resized(Self.fitted(height, rendered.height), Self.fitted(width, rendered.width)).mapped {
            min(max($0, 0), 1)
        }
    }

    /// Colour over white and alpha, (height, width, 4).
    func full(_ source: Field, alpha: Field?, usesFlow: Bool = true) -> Field {
        let at = positions(source.width, source.height)
        let warped = source.sampled(at)
        let moved = alpha?.sampled(at)
        let agreed = agreement(warped).resized(
            Self.bilinear(source.height, rendered.height), Self.bilinear(source.width, rendered.width))
        let rim = moved.map(rim)
        let large = enlarged(source.width, source.height)
        return Field(source.width, source.height, 4) { y, x, c in
            guard c < 3 else { return moved?[y, x] ?? 1 }
            let share = max(usesFlow ? agreed[y, x] : 0, rim?[y, x] ?? 0)
            return large[y, x, c] + share * (warped[y, x, c] - large[y, x, c])
        }
    }

    /// Colour over white and alpha of a box whose whole pixels are the square, (height, width, 4).
    func pasted(_ crop: Field, alpha: Field?, fade: Double, open: (Bool, Bool, Bool, Bool)) -> Field {
        let (width, height) = (crop.width, crop.height)
        let reach = max(fade * Double(min(width, height)), 1)
        func axis(_ i: Int, _ count: Int, _ low: Bool, _ high: Bool) -> Double {
            (low ? Self.smooth((Double(i) + 0.5) / reach) : 1)
                * (high ? Self.smooth((Double(count - i) - 0.5) / reach) : 1)
        }
        func strength(_ y: Int, _ x: Int) -> Double { axis(x, width, open.0, open.2) * axis(y, height, open.1, open.3) }
        let to = positions(width, height)
        let faded = Field(width, height, 2) { y, x, c in
            let own = c == 0 ? (2 * Double(x) + 1) / Double(width) - 1 : (2 * Double(y) + 1) / Double(height) - 1
            return own + strength(y, x) * (to[y, x, c] - own)
        }
        let (warped, still) = (crop.sampled(to), crop.sampled(faded))
        let agreed = agreement(warped).resized(
            Self.bilinear(height, rendered.height), Self.bilinear(width, rendered.width))
        let rim = alpha.map { self.rim($0.sampled(to)) }
        let moved = alpha?.sampled(faded)
        let large = enlarged(width, height)
        return Field(width, height, 4) { y, x, c in
            guard c < 3 else { return moved?[y, x] ?? 1 }
            let share = max(agreed[y, x], rim?[y, x] ?? 0)
            let value = still[y, x, c] + strength(y, x) * (1 - share) * (large[y, x, c] - warped[y, x, c])
            return min(max(value, 0), 1)
        }
    }

    /// Straight bytes of colour over white and alpha.
    static func straight(_ field: Field) -> [UInt8] {
        stride(from: 0, to: field.values.count, by: 4).flatMap { place -> [UInt8] in
            let alpha = field.values[place + 3]
            let rounded = (alpha * 255 + 0.5).rounded(.down)
            let colour = (0..<3).map { channel -> UInt8 in
                let premultiplied = min(max(field.values[place + channel] - (1 - alpha), 0), alpha)
                let value = min(max(premultiplied / max(alpha, 1e-9), 0), 1)
                return rounded > 0 ? UInt8((value * 255 + 0.5).rounded(.down)) : 0
            }
            return colour + [UInt8(rounded)]
        }
    }
}
