/// A rectangle along the picture's axes, in pixels.
package struct FaceBox: Sendable, Equatable {
    package var low: SIMD2<Double>
    package var high: SIMD2<Double>

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

    package var middle: SIMD2<Double> { (low + high) / 2 }
    package var size: SIMD2<Double> { high - low }
    package var longer: Double { max(size.x, size.y) }
    package var area: Double { size.x * size.y }

    /// Area of the intersection over that of the union.
    package func overlap(_ other: FaceBox) -> Double {
        let shared = pointwiseMin(high, other.high) - pointwiseMax(low, other.low)
        let both = max(shared.x, 0) * max(shared.y, 0)
        return both / (area + other.area - both)
    }
}
