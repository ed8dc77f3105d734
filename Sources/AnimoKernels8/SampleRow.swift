import AnimoKernelArguments
import CProcessor

/// A row of bilinear samples along a line.
func sampleRow(_ arguments: SampleRowArguments) {
    typealias Pixel = SIMD4<Float>
    let (picture, width, height) = (arguments.picture, arguments.width, arguments.height)
    let pitch = 3 * width
    // Four bytes are read of a pixel's three, so the last pixel of all is read byte by byte.
    let safe = height * pitch - 4
    let (scale, shift) = (Pixel(repeating: arguments.scale), Pixel(repeating: arguments.shift))
    for index in 0..<arguments.count {
        let (px, py) = (arguments.x + Double(index) * arguments.stepX, arguments.y + Double(index) * arguments.stepY)
        let (x0, y0) = (floor(px), floor(py))
        let (fx, fy) = (Pixel(repeating: Float(px - Double(x0))), Pixel(repeating: Float(py - Double(y0))))
        let place = y0 * pitch + 3 * x0
        let (a, b, c, d): (Pixel, Pixel, Pixel, Pixel)
        if x0 >= 0, y0 >= 0, x0 + 1 < width, y0 + 1 < height, place + pitch + 3 <= safe {
            let from = picture + place
            (a, b) = (vector4_of_bytes(from), vector4_of_bytes(from + 3))
            (c, d) = (vector4_of_bytes(from + pitch), vector4_of_bytes(from + pitch + 3))
        } else {
            (a, b) = (pixel(arguments, x0, y0), pixel(arguments, x0 + 1, y0))
            (c, d) = (pixel(arguments, x0, y0 + 1), pixel(arguments, x0 + 1, y0 + 1))
        }
        let (upper, lower) = (a + (b - a) * fx, c + (d - c) * fx)
        let sample = (upper + (lower - upper) * fy) * scale + shift
        UnsafeMutableRawPointer(arguments.output + 3 * index).storeBytes(of: sample, as: Pixel.self)
    }
}

@inline(__always)
private func floor(_ value: Double) -> Int {
    let towardsZero = Int(value)
    return Double(towardsZero) > value ? towardsZero - 1 : towardsZero
}

/// A pixel that may lie outside.
private func pixel(_ arguments: SampleRowArguments, _ x: Int, _ y: Int) -> SIMD4<Float> {
    let (column, row) = (min(max(x, 0), arguments.width - 1), min(max(y, 0), arguments.height - 1))
    if !arguments.isBordered, column != x || row != y { return .zero }
    let place = arguments.picture + (row * arguments.width + column) * 3
    return SIMD4(Float(place[0]), Float(place[1]), Float(place[2]), 0)
}
