import AnimoKernelArguments

/// Source of a loaded row: values of one pixel, a vector of channels at a time.
protocol PixelSource {
    associatedtype Pixel: PixelValue
    func pixel(_ y: Int, _ x: Int) -> Pixel
}

protocol PixelValue {
    func vector(_ channel: Int) -> Vector
}

/// source as stored.
struct StoredSource: PixelSource {
    let source: UnsafePointer<Float>
    let width: Int
    let channels: Int

    struct Pixel: PixelValue {
        let place: UnsafePointer<Float>
        @inline(__always) func vector(_ channel: Int) -> Vector { load(place + channel) }
    }

    @inline(__always)
    func pixel(_ y: Int, _ x: Int) -> Pixel { Pixel(place: source + (y * width + x) * channels) }
}

/// act(source · scale + shift)
struct NormalisedSource: PixelSource {
    let source: UnsafePointer<Float>
    let scale: UnsafePointer<Float>
    let shift: UnsafePointer<Float>
    let slope: Vector
    let width: Int
    let channels: Int

    struct Pixel: PixelValue {
        let place: UnsafePointer<Float>
        let scale: UnsafePointer<Float>
        let shift: UnsafePointer<Float>
        let slope: Vector
        @inline(__always)
        func vector(_ channel: Int) -> Vector {
            leaky(fused(load(place + channel), load(scale + channel), load(shift + channel)), slope)
        }
    }

    @inline(__always)
    func pixel(_ y: Int, _ x: Int) -> Pixel {
        Pixel(place: source + (y * width + x) * channels, scale: scale, shift: shift, slope: slope)
    }
}

/// The sum of two sources of the same size.
struct SummedSource<First: PixelSource, Second: PixelSource>: PixelSource {
    let first: First
    let second: Second

    struct Pixel: PixelValue {
        let first: First.Pixel
        let second: Second.Pixel
        @inline(__always)
        func vector(_ channel: Int) -> Vector { first.vector(channel) + second.vector(channel) }
    }

    @inline(__always)
    func pixel(_ y: Int, _ x: Int) -> Pixel { Pixel(first: first.pixel(y, x), second: second.pixel(y, x)) }
}

/// The mean of four pixels, each with its weight.
struct BilinearPixel: PixelValue {
    let upperLeft: UnsafePointer<Float>
    let right: Int
    let down: Int
    let weights: (Vector, Vector, Vector, Vector)

    @inline(__always)
    func vector(_ channel: Int) -> Vector {
        let place = upperLeft + channel
        var sum = load(place) * weights.0
        sum = fused(load(place + right), weights.1, sum)
        sum = fused(load(place + down), weights.2, sum)
        return fused(load(place + down + right), weights.3, sum)
    }
}

/// source read between its pixels: bilinear, positions already inside the picture.
struct WarpedSource: PixelSource {
    let source: UnsafePointer<Float>
    let positions: UnsafePointer<Float>
    let height: Int
    let width: Int
    let channels: Int

    @inline(__always)
    func pixel(_ y: Int, _ x: Int) -> BilinearPixel {
        let place = positions + (y * width + x) * 2
        let (px, py) = (place[0], place[1])
        let (x0, y0) = (Int(px), Int(py))
        let (fx, fy) = (px - Float(x0), py - Float(y0))
        return BilinearPixel(
            upperLeft: source + (y0 * width + x0) * channels,
            right: x0 + 1 < width ? channels : 0,
            down: y0 + 1 < height ? width * channels : 0,
            weights: (
                Vector(repeating: (1 - fx) * (1 - fy)), Vector(repeating: fx * (1 - fy)),
                Vector(repeating: (1 - fx) * fy), Vector(repeating: fx * fy)
            ))
    }
}

/// source read between its pixels, zeros around it: positions from -1 to the size.
struct WarpedOverZerosSource: PixelSource {
    let source: UnsafePointer<Float>
    let positions: UnsafePointer<Float>
    let height: Int
    let width: Int
    let channels: Int

    @inline(__always)
    func pixel(_ y: Int, _ x: Int) -> BilinearPixel {
        let place = positions + (y * width + x) * 2
        let (column, left, right) = neighbours(place[0], width)
        let (row, up, down) = neighbours(place[1], height)
        return BilinearPixel(
            upperLeft: source + (row * width + column) * channels,
            right: column + 1 < width ? channels : 0, down: row + 1 < height ? width * channels : 0,
            weights: (
                Vector(repeating: left * up), Vector(repeating: right * up), Vector(repeating: left * down),
                Vector(repeating: right * down)
            ))
    }

    /// A pixel of an axis, its weight and the next one's; what lies outside weighs nothing.
    @inline(__always)
    private func neighbours(_ place: Float, _ count: Int) -> (Int, Float, Float) {
        let first = Int(place + 1) - 1
        let part = place - Float(first)
        // Left of the picture its first pixel is the next one; it stands for both, with the weight it has as such.
        if first < 0 { return (0, part, 0) }
        return (min(first, count - 1), first < count ? 1 - part : 0, first + 1 < count ? part : 0)
    }
}
