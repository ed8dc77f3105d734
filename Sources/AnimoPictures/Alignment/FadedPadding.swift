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
        let median = (0..<3).map { channel in
            let sorted = stride(from: channel, to: values.count, by: 3).map { values[$0] }.sorted()
            return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
        }
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

    /// What lies beyond is reflected, the edge's own pixels not repeated; as often as it takes.
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
        let across = (-(taps / 2)..<(width + taps / 2)).map { Self.reflected($0, width) * 3 }
        var rows = [Float](repeating: 0, count: pixels.count)
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<3 {
                    var value: Float = 0
                    for tap in 0..<taps {
                        value += kernel[tap] * Float(pixels[y * width * 3 + across[x + tap] + channel])
                    }
                    rows[(y * width + x) * 3 + channel] = value
                }
            }
        }
        var result = self
        var line = [Float](repeating: 0, count: width * 3)
        for y in 0..<height {
            for place in line.indices { line[place] = 0 }
            for tap in 0..<taps {
                let row = Self.reflected(y + tap - taps / 2, height) * width * 3
                for place in line.indices { line[place] += kernel[tap] * rows[row + place] }
            }
            for place in line.indices {
                result.pixels[y * width * 3 + place] = UInt8(min(max(line[place], 0), 255).rounded(.toNearestOrEven))
            }
        }
        return result
    }
}
