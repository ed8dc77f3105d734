import AnimoKernelArguments
import CProcessor

private typealias Quad = SIMD4<Float>
private typealias Octet = SIMD8<Float>

@inline(__always)
private func quad(_ place: UnsafePointer<Float>) -> Quad { UnsafeRawPointer(place).loadUnaligned(as: Quad.self) }

/// Lays what a network paints over a picture: first what lies below, then the paint, so that either loop keeps all it
/// needs in registers.
func layerRow(_ arguments: LayerRowArguments) {
    switch (arguments.grid, arguments.baseGrid) {
    case (let grid?, let more?): moveRow(arguments, grid, more, isAdded: true)
    case (let grid?, nil): moveRow(arguments, grid, grid, isAdded: false)
    case (nil, _): copyPixels(arguments)
    }
    if let covered = arguments.covered { coverRow(arguments, covered) }
    guard let heads = arguments.heads else { return }
    switch (arguments.hasFourAlphas, arguments.isSwapped) {
    case (false, false): paintRow(arguments, heads, hasFourAlphas: false, isSwapped: false)
    case (false, true): paintRow(arguments, heads, hasFourAlphas: false, isSwapped: true)
    case (true, false): paintRow(arguments, heads, hasFourAlphas: true, isSwapped: false)
    case (true, true): paintRow(arguments, heads, hasFourAlphas: true, isSwapped: true)
    }
}

/// Four channels of a pixel, and four zeros.
@inline(__always)
private func put(_ value: Quad, at place: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(place).storeBytes(of: Octet(lowHalf: value, highHalf: Quad(repeating: 0)), as: Octet.self)
}

private func copyPixels(_ arguments: LayerRowArguments) {
    let (pixel, step) = (arguments.picturePixel, arguments.outputPixel)
    var from = arguments.picture + arguments.y * arguments.width * pixel
    var target = arguments.output
    for _ in 0..<arguments.width {
        put(quad(from), at: target)
        from += pixel
        target += step
    }
}

/// The picture between its pixels: bilinear, held inside; its first pixel for what is not a number.
///
/// - Parameter isAdded: whether `more` is added to the grid.
@inline(__always)
private func moveRow(
    _ arguments: LayerRowArguments, _ grid: UnsafePointer<Float>, _ more: UnsafePointer<Float>, isAdded: Bool
) {
    let (picture, pixel, step) = (arguments.picture, arguments.picturePixel, arguments.outputPixel)
    let (width, height) = (arguments.width, arguments.height)
    let pitch = width * pixel
    let (lastX, lastY) = (Float(width - 1), Float(height - 1))
    let (halfWidth, halfHeight) = (Float(width) * 0.5, Float(height) * 0.5)
    let y = Float(arguments.y)
    let (gridPixel, morePixel) = (arguments.gridPixel, arguments.baseGridPixel)
    var target = arguments.output
    for x in 0..<width {
        var (moveX, moveY) = (grid[x * gridPixel], grid[x * gridPixel + 1])
        if isAdded {
            moveX += more[x * morePixel]
            moveY += more[x * morePixel + 1]
        }
        let px = held(Float(x) + moveX * halfWidth, lastX)
        let py = held(y + moveY * halfHeight, lastY)
        let (column, row) = (Int(px), Int(py))
        let (fx, fy) = (px - Float(column), py - Float(row))
        let right = column + 1 < width ? pixel : 0
        let down = row + 1 < height ? pitch : 0
        let corner = picture + row * pitch + column * pixel
        let upper: Quad = quad(corner) * (1 - fx) + quad(corner + right) * fx
        let lower: Quad = quad(corner + down) * (1 - fx) + quad(corner + down + right) * fx
        put(upper * (1 - fy) + lower * fy, at: target)
        target += step
    }
}

/// A place held between 0 and `last`; 0 for what is not a number.
@inline(__always)
private func held(_ place: Float, _ last: Float) -> Float {
    let above = place > 0 ? place : 0
    return above < last ? above : last
}

private func coverRow(_ arguments: LayerRowArguments, _ covered: UnsafeMutablePointer<UInt8>) {
    let (output, step, least) = (arguments.output, arguments.outputPixel, arguments.coveringAlpha)
    for x in 0..<arguments.width { covered[x] = output[x * step + 3] > least ? 1 : 0 }
}

/// Lays the heads' colour over what is in the output.
@inline(__always)
private func paintRow(
    _ arguments: LayerRowArguments, _ heads: UnsafePointer<Float>, hasFourAlphas: Bool, isSwapped: Bool
) {
    let (alpha, colour) = (heads + arguments.alpha, heads + arguments.colour)
    let (pixel, step) = (arguments.headsPixel, arguments.outputPixel)
    var target = arguments.output
    for x in 0..<arguments.width {
        let alphas = hasFourAlphas ? quad(alpha + x * pixel) : Quad(repeating: alpha[x * pixel])
        // sigmoid(a) = 1/2 + tanh(a/2)/2, so both functions are one.
        let values: Octet = tanh(Octet(lowHalf: alphas * 0.5, highHalf: quad(colour + x * pixel)))
        let (share, paint) = (values.lowHalf * 0.5 + 0.5, values.highHalf)
        let base = quad(target)
        put(isSwapped ? share * base + (1 - share) * paint : share * paint + (1 - share) * base, at: target)
        target += step
    }
}

/// A picture and, enlarged by two, a smaller picture and a grid: a row between two of the small ones.
func enlargeRow(_ arguments: EnlargeRowArguments) {
    let (upper, lower, smallPixel) = (arguments.upper, arguments.lower, arguments.smallPixel)
    let (gridUpper, gridLower, gridPixel) = (arguments.gridUpper, arguments.gridLower, arguments.gridPixel)
    let (picture, pixel, step) = (arguments.picture, arguments.picturePixel, arguments.outputPixel)
    let (output, width, down) = (arguments.output, arguments.width, arguments.down)
    @inline(__always)
    func column(_ x: Int) -> Octet {
        let picture: Quad = quad(upper + x * smallPixel) * (1 - down) + quad(lower + x * smallPixel) * down
        let (above, below) = (gridUpper + x * gridPixel, gridLower + x * gridPixel)
        let grid = SIMD2(above[0], above[1]) * (1 - down) + SIMD2(below[0], below[1]) * down
        return Octet(lowHalf: picture, highHalf: Quad(lowHalf: grid, highHalf: SIMD2(repeating: 0)))
    }
    @inline(__always)
    func put(_ x: Int, _ value: Octet) {
        let target = UnsafeMutableRawPointer(output + x * step)
        target.storeBytes(of: Octet(lowHalf: quad(picture + x * pixel), highHalf: value.lowHalf), as: Octet.self)
        target.storeBytes(
            of: Octet(lowHalf: value.highHalf, highHalf: Quad(repeating: 0)), toByteOffset: 32, as: Octet.self)
    }
    var previous = column(0)
    var current = previous
    for x in 0..<width {
        let next = x + 1 < width ? column(x + 1) : current
        put(2 * x, previous * 0.25 + current * 0.75)
        put(2 * x + 1, current * 0.75 + next * 0.25)
        (previous, current) = (current, next)
    }
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
    let (input, pixel, width, output) = (arguments.input, arguments.inputPixel, arguments.width, arguments.output)
    let isAlpha = SIMD8<Int32>(0, 0, 0, 1, 0, 0, 0, 1) .== 1
    var x = 0
    while x < width {
        let isPair = x + 1 < width
        let first = quad(input + x * pixel)
        let second = isPair ? quad(input + (x + 1) * pixel) : first
        let value: Octet = (Octet(lowHalf: first, highHalf: second) + 1) * 0.5
        // Values that are not a number become black.
        let inside = vector8_smaller(vector8_larger(value, Octet(repeating: 0)), Octet(repeating: 1))
        let shown = sRGB(inside).replacing(with: inside, where: isAlpha)
        let target = UnsafeMutableRawPointer(output + x * 4)
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
