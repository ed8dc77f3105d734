import Foundation

extension Picture {
    /// A part of an RGB picture that lies inside it.
    func cut(_ box: PixelBox) -> Picture {
        var part: [UInt8] = []
        part.reserveCapacity(box.width * box.height * 3)
        for y in box.top..<box.bottom {
            let row = (y * width + box.left) * 3
            part += pixels[row..<(row + box.width * 3)]
        }
        return Picture(width: box.width, height: box.height, layout: .rgb, pixels: part)
    }

    /// A part of an RGB picture that may reach beyond it: what lies there is reflected, and the further out the more
    /// it is blurred and then fades to the part's median colour, as Latent Pose Descriptors crop.
    ///
    /// With m the distance beyond the edge as a share of the padding on that side (negative inside):
    /// image += (Gaussian(image) − image) · clip(3m + 1), image += (median − image) · clip(m).
    func cutFaded(_ box: PixelBox) -> Picture {
        let padding = (
            left: max(0, -box.left), top: max(0, -box.top), right: max(0, box.right - width),
            bottom: max(0, box.bottom - height)
        )
        let part = cutReflected(box)
        if padding.left + padding.top + padding.right + padding.bottom == 0 { return part }
        func beyond(_ place: Int, _ count: Int, _ before: Int, _ after: Int) -> Float {
            let first = before == 0 ? Float.infinity : Float(place) / Float(before)
            let second = after == 0 ? Float.infinity : Float(count - 1 - place) / Float(after)
            return 1 - min(first, second)
        }
        let columns = (0..<box.width).map { beyond($0, box.width, padding.left, padding.right) }
        let rows = (0..<box.height).map { beyond($0, box.height, padding.top, padding.bottom) }
        let blurred = part.blurred(sigma: Double(box.height) * 0.016)
        var values = part.pixels.map { Float($0) / 255 }
        for y in 0..<box.height {
            for x in 0..<box.width {
                let share = min(max(3 * max(columns[x], rows[y]) + 1, 0), 1)
                guard share > 0 else { continue }
                for place in ((y * box.width + x) * 3)..<((y * box.width + x) * 3 + 3) {
                    values[place] += (Float(blurred.pixels[place]) / 255 - values[place]) * share
                }
            }
        }
        let median = (0..<3).map { Self.median(of: values, channel: $0) }
        var faded = part
        for y in 0..<box.height {
            for x in 0..<box.width {
                let share = min(max(max(columns[x], rows[y]), 0), 1)
                for channel in 0..<3 {
                    let place = (y * box.width + x) * 3 + channel
                    let value = values[place] + (median[channel] - values[place]) * share
                    faded.pixels[place] = UInt8(min(max(value * 255, 0), 255).rounded(.toNearestOrEven))
                }
            }
        }
        return faded
    }

    /// Cuts a box out, beyond the edges the picture's reflection without the edge's own pixels, as often as it takes.
    private func cutReflected(_ box: PixelBox) -> Picture {
        let columns = (box.left..<box.right).map { Self.reflected($0, width) * 3 }
        var part: [UInt8] = []
        part.reserveCapacity(box.width * box.height * 3)
        for y in box.top..<box.bottom {
            let row = Self.reflected(y, height) * width * 3
            for column in columns { part += pixels[(row + column)..<(row + column + 3)] }
        }
        return Picture(width: box.width, height: box.height, layout: .rgb, pixels: part)
    }

    /// Place of 0..<count that any place reflects to, the edge's own pixel once.
    static func reflected(_ place: Int, _ count: Int) -> Int {
        if count == 1 { return 0 }
        let period = 2 * (count - 1)
        let within = (place % period + period) % period
        return within < count ? within : period - within
    }

    /// A Gaussian whose kernel has round(6σ + 1) | 1 taps, reflected at the edges, rounded to bytes.
    private func blurred(sigma: Double) -> Picture {
        let taps = Int((6 * sigma + 1).rounded()) | 1
        var kernel = (0..<taps).map { tap in
            let place = Double(tap - taps / 2)
            return Float(exp(-place * place / (2 * sigma * sigma)))
        }
        let sum = kernel.reduce(0, +)
        for tap in kernel.indices { kernel[tap] /= sum }
        let length = width * 3
        var rows = [Float](repeating: 0, count: pixels.count)
        var wide = [Float](repeating: 0, count: (width + taps - 1) * 3)
        for y in 0..<height {
            for x in 0..<(width + taps - 1) {
                let from = (y * width + Self.reflected(x - taps / 2, width)) * 3
                for channel in 0..<3 { wide[x * 3 + channel] = Float(pixels[from + channel]) }
            }
            rows.withUnsafeMutableBufferPointer { rows in
                let line = UnsafeMutableBufferPointer(rebasing: rows[(y * length)..<((y + 1) * length)])
                for tap in 0..<taps { Self.add(wide[(tap * 3)..<(tap * 3 + length)], times: kernel[tap], to: line) }
            }
        }
        var result = self
        var line = [Float](repeating: 0, count: length)
        for y in 0..<height {
            for place in line.indices { line[place] = 0 }
            for tap in 0..<taps {
                let row = Self.reflected(y + tap - taps / 2, height) * length
                line.withUnsafeMutableBufferPointer {
                    Self.add(rows[row..<(row + length)], times: kernel[tap], to: $0)
                }
            }
            for place in line.indices {
                result.pixels[y * length + place] = UInt8(min(max(line[place], 0), 255).rounded(.toNearestOrEven))
            }
        }
        return result
    }

    /// sum += weight · row
    @inline(__always)
    private static func add(
        _ row: ArraySlice<Float>, times weight: Float, to sum: UnsafeMutableBufferPointer<Float>
    ) {
        row.withUnsafeBufferPointer { row in
            guard let from = row.baseAddress, let to = sum.baseAddress else { return }
            for place in 0..<min(row.count, sum.count) { to[place] += weight * from[place] }
        }
    }

    /// The median of one of three interleaved channels of values in 0…1, to 1/65535.
    private static func median(of values: [Float], channel: Int) -> Float {
        var counts = [Int](repeating: 0, count: 65_536)
        for place in stride(from: channel, to: values.count, by: 3) {
            counts[Int(min(max(values[place], 0), 1) * 65_535 + 0.5)] += 1
        }
        let count = values.count / 3
        func value(atRank rank: Int) -> Float {
            var below = 0
            for (bin, more) in counts.enumerated() {
                below += more
                if below > rank { return Float(bin) / 65_535 }
            }
            return 1
        }
        return (value(atRank: (count - 1) / 2) + value(atRank: count / 2)) / 2
    }
}
