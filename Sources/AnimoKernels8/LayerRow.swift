import AnimoKernelArguments
import CProcessor

private typealias Quad = SIMD4<Float>
private typealias Octet = SIMD8<Float>

@inline(__always)
private func quad(_ place: UnsafePointer<Float>) -> Quad { UnsafeRawPointer(place).loadUnaligned(as: Quad.self) }

/// Lays what a network paints over a picture.
func layerRow(_ arguments: LayerRowArguments) {
    for x in 0..<arguments.width {
        var base: Quad
        if let grid = arguments.grid {
            var move = SIMD2(grid[x * arguments.gridPixel], grid[x * arguments.gridPixel + 1])
            if let more = arguments.baseGrid {
                move += SIMD2(more[x * arguments.baseGridPixel], more[x * arguments.baseGridPixel + 1])
            }
            let place =
                SIMD2(Float(x), Float(arguments.y)) + move * SIMD2(Float(arguments.width), Float(arguments.height))
                * 0.5
            base = sample(arguments, place)
        } else {
            base = quad(arguments.picture + (arguments.y * arguments.width + x) * arguments.picturePixel)
        }
        if let covered = arguments.covered { covered[x] = base.w > arguments.coveringAlpha ? 1 : 0 }
        if let heads = arguments.heads {
            let pixel = heads + x * arguments.headsPixel
            let alphas =
                arguments.hasFourAlphas ? quad(pixel + arguments.alpha) : Quad(repeating: pixel[arguments.alpha])
            // sigmoid(a) = 1/2 + tanh(a/2)/2, so both functions are one.
            let values: Octet = tanh(Octet(lowHalf: alphas * 0.5, highHalf: quad(pixel + arguments.colour)))
            let (alpha, colour) = (values.lowHalf * 0.5 + 0.5, values.highHalf)
            base = arguments.isSwapped ? alpha * base + (1 - alpha) * colour : alpha * colour + (1 - alpha) * base
        }
        let target = UnsafeMutableRawPointer(arguments.output + x * arguments.outputPixel)
        target.storeBytes(of: Octet(lowHalf: base, highHalf: Quad(repeating: 0)), as: Octet.self)
    }
}

/// A picture between its pixels: bilinear, held inside; its first pixel for what is not a number.
@inline(__always)
private func sample(_ arguments: LayerRowArguments, _ place: SIMD2<Float>) -> Quad {
    let last = SIMD2(Float(arguments.width - 1), Float(arguments.height - 1))
    let first = SIMD2<Float>(repeating: 0)
    let above = place.replacing(with: first, where: .!(place .>= first))
    let inside = above.replacing(with: last, where: above .> last)
    let (column, row) = (Int(inside.x), Int(inside.y))
    let (fx, fy) = (inside.x - Float(column), inside.y - Float(row))
    let right = column + 1 < arguments.width ? arguments.picturePixel : 0
    let down = row + 1 < arguments.height ? arguments.width * arguments.picturePixel : 0
    let corner = arguments.picture + (row * arguments.width + column) * arguments.picturePixel
    let upper: Quad = quad(corner) * (1 - fx) + quad(corner + right) * fx
    let lower: Quad = quad(corner + down) * (1 - fx) + quad(corner + down + right) * fx
    return upper * (1 - fy) + lower * fy
}

/// tanh to about three units in the last place: an odd polynomial over an even one, as in Eigen.
@inline(__always)
private func tanh(_ value: Octet) -> Octet {
    let bound = Octet(repeating: 7.905_311)
    let x = vector8_smaller(vector8_larger(value, -bound), bound)
    let square = x * x
    @inline(__always)
    func next(_ sum: Octet, _ term: Float) -> Octet { vector8_fused(sum, square, Octet(repeating: term)) }
    var over = next(Octet(repeating: -2.760_768_477_423_55e-16), 2.000_187_904_824_77e-13)
    over = next(over, -8.604_671_522_137_35e-11)
    over = next(over, 5.122_297_090_371_14e-08)
    over = next(over, 1.485_722_357_179_79e-05)
    over = next(over, 6.372_619_288_754_36e-04)
    over = next(over, 4.893_524_558_917_86e-03)
    var under = next(Octet(repeating: 1.198_258_394_667_02e-06), 1.185_347_056_866_54e-04)
    under = next(under, 2.268_434_632_439e-03)
    under = next(under, 4.893_525_185_543_85e-03)
    return x * over / under
}

/// Linear light to sRGB, two pixels at a time.
func displayRow(_ arguments: DisplayRowArguments) {
    var x = 0
    while x < arguments.width {
        let isPair = x + 1 < arguments.width
        let first = quad(arguments.input + x * arguments.inputPixel)
        let second = isPair ? quad(arguments.input + (x + 1) * arguments.inputPixel) : first
        let value: Octet = (Octet(lowHalf: first, highHalf: second) + 1) * 0.5
        // Values that are not a number become black.
        let low = value.replacing(with: Octet(repeating: 0), where: .!(value .> Octet(repeating: 0)))
        let inside = low.replacing(with: Octet(repeating: 1), where: low .> Octet(repeating: 1))
        var shown = sRGB(inside)
        shown[3] = inside[3]
        shown[7] = inside[7]
        let target = UnsafeMutableRawPointer(arguments.output + x * 4)
        if isPair {
            target.storeBytes(of: shown, as: Octet.self)
        } else {
            target.storeBytes(of: shown.lowHalf, as: Quad.self)
        }
        x += 2
    }
}

/// v ≤ 0.0031308 ? 12.92 v : 1.055 v^(1/2.4) − 0.055, with v^(5/12) = ∛v · ⁴√∛v.
@inline(__always)
private func sRGB(_ value: Octet) -> Octet {
    let root = cubeRoot(value)
    let curved = root * root.squareRoot().squareRoot() * 1.055 - 0.055
    return curved.replacing(with: value * 12.92, where: value .<= 0.003_130_804_953_560_372)
}

/// ∛v = v / (∛v)², by three steps of Newton's for 1/∛v, which divide by nothing: r ← r (4 − v r³) / 3.
@inline(__always)
private func cubeRoot(_ value: Octet) -> Octet {
    let (third, limit) = (value * (-1 / 3), Octet(repeating: 4 / 3))
    var root = vector8_near_inverse_cube_root(value)
    for _ in 0..<3 { root *= vector8_fused(third * root, root * root, limit) }
    return value * (root * root)
}
