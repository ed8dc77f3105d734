extension Picture {
    /// Resizes an RGB picture by one plan for its columns and one for its rows.
    ///
    /// Rows first, since a whole row is summed at a stroke; sums are float32 and rounded once, at the end.
    /// - Parameter background: what shines through where the plans leave the source; nil: its edge goes on.
    func resampled(columns: AxisPlan, rows: AxisPlan, background: Float?) -> Picture {
        let (newWidth, newHeight) = (columns.first.count, rows.first.count)
        let span = columns.range
        let length = span.count * 3
        // One float more, since pixels are read as four.
        let sum = UnsafeMutablePointer<Float>.allocate(capacity: length + 1)
        sum.initialize(repeating: 0, count: length + 1)
        defer { sum.deallocate() }
        let resized = [UInt8](unsafeUninitializedCapacity: newWidth * newHeight * 3) { target, initialised in
            pixels.withUnsafeBufferPointer { source in
                guard let source = source.baseAddress, let target = target.baseAddress else { return }
                for y in 0..<newHeight {
                    for tap in 0..<rows.taps[y] {
                        let row = source + ((rows.first[y] + tap) * width + span.lowerBound) * 3
                        Self.add(row, times: rows.weights[y * rows.stride + tap], to: sum, length, first: tap == 0)
                    }
                    Self.gather(
                        sum, columns, cover: rows.coverage[y], background: background, into: target + y * newWidth * 3)
                }
            }
            initialised = newWidth * newHeight * 3
        }
        return Picture(width: newWidth, height: newHeight, layout: .rgb, pixels: resized)
    }

    /// sum = (first ? 0 : sum) + weight · row
    @inline(__always)
    private static func add(
        _ row: UnsafePointer<UInt8>, times weight: Float, to sum: UnsafeMutablePointer<Float>, _ length: Int,
        first: Bool
    ) {
        if first {
            for i in 0..<length { sum[i] = weight * Float(row[i]) }
        } else {
            for i in 0..<length { sum[i] += weight * Float(row[i]) }
        }
    }

    /// One row of the target from the summed row of the source.
    ///
    /// Reads each pixel as four floats, of which the fourth is its neighbour's and unused.
    private static func gather(
        _ sum: UnsafePointer<Float>, _ columns: AxisPlan, cover: Float, background: Float?,
        into line: UnsafeMutablePointer<UInt8>
    ) {
        columns.weights.withUnsafeBufferPointer { weights in
            for x in 0..<columns.first.count {
                let from = UnsafeRawPointer(sum + (columns.first[x] - columns.range.lowerBound) * 3)
                var value = SIMD4<Float>.zero
                for tap in 0..<columns.taps[x] {
                    value +=
                        weights[x &* columns.stride &+ tap]
                        * from.loadUnaligned(fromByteOffset: tap &* 12, as: SIMD4<Float>.self)
                }
                if let background {
                    let share = cover * columns.coverage[x]
                    if share < 1 { value = value * share + background * (1 - share) }
                }
                line[3 &* x] = Self.byte(value.x)
                line[3 &* x &+ 1] = Self.byte(value.y)
                line[3 &* x &+ 2] = Self.byte(value.z)
            }
        }
    }

    /// Rounded; bicubic sums may lie a little outside the range.
    @inline(__always)
    private static func byte(_ value: Float) -> UInt8 {
        UInt8(truncatingIfNeeded: Int32(max(min(value, 255), 0) + 0.5))
    }
}
