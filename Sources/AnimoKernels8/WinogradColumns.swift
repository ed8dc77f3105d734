import AnimoKernelArguments

// F(4, 7) along the columns: points 0, ±1, ±2, ±1/2, ±3/4, ∞. The two rows of a pair ±p share their terms of even
// and of odd places: even ± odd.

/// Brings ten rows to the ten points.
func winogradColumnsInput(_ arguments: WinogradColumnsInputArguments) {
    func row(_ index: Int) -> UnsafePointer<Float> {
        let place = arguments.first + index
        return arguments.rows + (place < 10 ? place : place - 10) * arguments.rowStride
    }
    let (r0, r1, r2, r3, r4) = (row(0), row(1), row(2), row(3), row(4))
    let (r5, r6, r7, r8, r9) = (row(5), row(6), row(7), row(8), row(9))
    let step = arguments.pointStride
    var place = 0
    while place < arguments.count {
        let (d1, d2, d3, d4) = (load(r1 + place), load(r2 + place), load(r3 + place), load(r4 + place))
        let (d5, d6, d7, d8) = (load(r5 + place), load(r6 + place), load(r7 + place), load(r8 + place))
        var target = arguments.output + place
        let zero = fused(9 / 16, load(r0 + place), fused(-253 / 64, d2, fused(525 / 64, d4, fused(-93 / 16, d6, d8))))
        store(target, zero)
        target += step
        @inline(__always)
        func pair(_ e: (Float, Float, Float), _ o: (Float, Float, Float, Float)) {
            let even = fused(e.0, d2, fused(e.1, d4, fused(e.2, d6, d8)))
            let odd = fused(o.0, d1, fused(o.1, d3, fused(o.2, d5, d7 * o.3)))
            store(target, even + odd)
            store(target + step, even - odd)
            target += 2 * step
        }
        pair((-9 / 16, 217 / 64, -77 / 16), (-9 / 16, 217 / 64, -77 / 16, 1))
        pair((-9 / 64, 61 / 64, -29 / 16), (-9 / 32, 61 / 32, -29 / 8, 2))
        pair((-9 / 4, 109 / 16, -89 / 16), (-9 / 8, 109 / 32, -89 / 32, 0.5))
        pair((-1, 21 / 4, -21 / 4), (-3 / 4, 63 / 16, -63 / 16, 0.75))
        store(
            target, fused(9 / 16, d1, fused(-253 / 64, d3, fused(525 / 64, d5, fused(-93 / 16, d7, load(r9 + place))))))
        place += lanes
    }
}

/// Gathers products to pixels.
func winogradColumnsOutput(_ arguments: WinogradColumnsOutputArguments) {
    typealias Quad = SIMD4<Float>
    let step = arguments.pointStride
    let bias = UnsafeRawPointer(arguments.bias).loadUnaligned(as: Quad.self)
    for x in 0..<arguments.width {
        let first = arguments.products + x * 32
        @inline(__always)
        func sum(_ point: Int) -> Quad {
            let place = UnsafeRawPointer(first + point * step)
            // From one column to the next: one pixel of 32 floats and four floats further.
            let stride = 36 * MemoryLayout<Float>.stride
            var sum = place.loadUnaligned(as: Quad.self)
            for column in 1..<7 { sum += place.loadUnaligned(fromByteOffset: column * stride, as: Quad.self) }
            return sum
        }
        let (a, b) = (sum(1), sum(2))
        let (c, d) = (sum(3), sum(4))
        let (e, f) = (sum(5), sum(6))
        let (g, h) = (sum(7), sum(8))
        let (s1, t1, s2, t2) = (a + b, a - b, c + d, c - d)
        let (s3, t3, s4, t4) = (e + f, e - f, g + h, g - h)
        let target = arguments.output + x * 8
        @inline(__always)
        func put(_ row: Int, _ value: Quad) {
            let place = UnsafeMutableRawPointer(target + row * arguments.pitch)
            place.storeBytes(of: value + bias, as: Quad.self)
            place.storeBytes(of: .zero, toByteOffset: 4 * MemoryLayout<Float>.stride, as: Quad.self)
        }
        put(0, (sum(0) + s1) + (s2 + (s3 + s4)))
        if arguments.height > 1 { put(1, t1 + t2 * 2 + t3 * 0.5 + t4 * 0.75) }
        if arguments.height > 2 { put(2, s1 + s2 * 4 + s3 * 0.25 + s4 * 0.5625) }
        if arguments.height > 3 { put(3, t1 + t2 * 8 + t3 * 0.125 + t4 * 0.421875 + sum(9)) }
    }
}
