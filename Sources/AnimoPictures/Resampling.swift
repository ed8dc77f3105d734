extension Picture {
    /// Resizes an RGB picture by one plan for its columns and one for its rows.
    ///
    /// Rows first, since a whole row is summed at a stroke; sums are float32 and rounded once, at the end.
    /// - Parameter background: what shines through where the plans leave the source; nil: its edge goes on.
    func resampled(columns: AxisPlan, rows: AxisPlan, background: Float?) -> Picture {
        let (newWidth, newHeight) = (columns.first.count, rows.first.count)
        let span = columns.range
        let length = span.count * 3
        let sum = UnsafeMutablePointer<Float>.allocate(capacity: max(length, 1))
        defer { sum.deallocate() }
        let resized = [UInt8](unsafeUninitializedCapacity: newWidth * newHeight * 3) { target, initialised in
            pixels.withUnsafeBufferPointer { source in
                guard let source = source.baseAddress, let target = target.baseAddress else { return }
                for y in 0..<newHeight {
                    for tap in 0..<rows.taps[y] {
                        let row = source + ((rows.first[y] + tap) * width + span.lowerBound) * 3
                        Self.add(row, times: rows.weights[y * rows.stride + tap], to: sum, length, first: tap == 0)
                    }
                    let line = target + y * newWidth * 3
                    for x in 0..<newWidth {
                        Self.gather(sum + (columns.first[x] - span.lowerBound) * 3, columns, x, into: line + 3 * x) {
                            guard let background else { return $0 }
                            let cover = columns.coverage[x] * rows.coverage[y]
                            return cover == 1 ? $0 : $0 * cover + background * (1 - cover)
                        }
                    }
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

    /// One target pixel from the summed row.
    @inline(__always)
    private static func gather(
        _ sum: UnsafePointer<Float>, _ columns: AxisPlan, _ x: Int, into pixel: UnsafeMutablePointer<UInt8>,
        finish: (SIMD3<Float>) -> SIMD3<Float>
    ) {
        var value = SIMD3<Float>.zero
        let weights = x * columns.stride
        for tap in 0..<columns.taps[x] {
            value += columns.weights[weights + tap] * SIMD3(sum[3 * tap], sum[3 * tap + 1], sum[3 * tap + 2])
        }
        value = (finish(value) + 0.5).clamped(lowerBound: .zero, upperBound: SIMD3(repeating: 255))
        pixel[0] = UInt8(value.x)
        pixel[1] = UInt8(value.y)
        pixel[2] = UInt8(value.z)
    }
}
