/// Rows of a rendered picture brought to another size: bicubic where that is larger, else the mean.
struct EnlargedRows {
    private let rendered: RenderedPicture
    private let across: AxisPlan
    private let down: AxisPlan

    /// - Parameters:
    ///   - across: from the rendered picture's columns to the result's.
    ///   - down: from the rendered picture's rows to the result's.
    init(_ rendered: RenderedPicture, across: AxisPlan, down: AxisPlan) {
        (self.rendered, self.across, self.down) = (rendered, across, down)
    }

    /// The rendered picture's rows summed for one row of the result, one of each column of the rendered picture.
    func sum(_ y: Int, into sum: UnsafeMutablePointer<SIMD4<Float>>) {
        let width = rendered.width
        for x in 0..<width { sum[x] = .zero }
        rendered.levels.withUnsafeBufferPointer { levels in
            for tap in 0..<down.taps[y] {
                let weight = down.weights[y * down.stride + tap]
                let row = (down.first[y] + tap) * width
                for x in 0..<width { sum[x] += levels[row &+ x] * weight }
            }
        }
    }

    /// A pixel of the row that was summed, 0 … 255.
    @inline(__always)
    func level(_ x: Int, of sum: UnsafeMutablePointer<SIMD4<Float>>) -> SIMD4<Float> {
        let (first, start) = (across.first[x], x &* across.stride)
        var level = SIMD4<Float>.zero
        for tap in 0..<across.taps[x] { level += sum[first &+ tap] * across.weights[start &+ tap] }
        return level.heldToLevels()
    }
}

extension RenderedPicture {
    /// The rendered picture alone, at another size.
    package func enlarged(toWidth newWidth: Int, height newHeight: Int) -> Picture {
        let rows = EnlargedRows(
            self, across: MotionFrame.Axis(whole: newWidth).enlarging(width),
            down: MotionFrame.Axis(whole: newHeight).enlarging(height))
        let sum = UnsafeMutablePointer<SIMD4<Float>>.allocate(capacity: width)
        sum.initialize(repeating: .zero, count: width)
        defer { sum.deallocate() }
        let bytes = [UInt8](unsafeUninitializedCapacity: newWidth * newHeight * 3) { target, count in
            guard let target = target.baseAddress else { return }
            for y in 0..<newHeight {
                rows.sum(y, into: sum)
                for x in 0..<newWidth { OpaquePixel.write(rows.level(x, of: sum), to: target + (y * newWidth + x) * 3) }
            }
            count = newWidth * newHeight * 3
        }
        return Picture(width: newWidth, height: newHeight, layout: .rgb, pixels: bytes)
    }
}
