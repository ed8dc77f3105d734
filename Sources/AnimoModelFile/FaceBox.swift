/// A rectangle along the picture's axes, in pixels.
package struct FaceBox: Sendable, Equatable {
    /// Upper left corner, x then y.
    package var low: SIMD2<Double>
    /// Lower right corner, x then y.
    package var high: SIMD2<Double>

    /// Creates one from its fields.
    package init(low: SIMD2<Double>, high: SIMD2<Double>) {
        self.low = low
        self.high = high
    }

    /// Around points, of which there is at least one.
    package init(around points: some Sequence<SIMD2<Double>>) {
        var box = FaceBox(low: SIMD2(repeating: .infinity), high: SIMD2(repeating: -.infinity))
        for point in points {
            box.low = pointwiseMin(box.low, point)
            box.high = pointwiseMax(box.high, point)
        }
        self = box
    }

    /// Centre, x then y.
    package var middle: SIMD2<Double> { (low + high) / 2 }
    /// Width, then height.
    package var size: SIMD2<Double> { high - low }
    /// The longer side.
    package var longer: Double { max(size.x, size.y) }
    /// Area in square pixels.
    package var area: Double { size.x * size.y }

    /// Area of the intersection over that of the union.
    package func overlap(_ other: FaceBox) -> Double {
        let shared = pointwiseMin(high, other.high) - pointwiseMax(low, other.low)
        let both = max(shared.x, 0) * max(shared.y, 0)
        return both / (area + other.area - both)
    }
}
