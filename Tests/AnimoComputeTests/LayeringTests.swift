import Foundation
import Testing

@testable import AnimoCompute

struct LayeringTests {
    private static let pool = WorkerPool(threads: 2)

    private static func sigmoid(_ value: Float) -> Float { 1 / (1 + exp(-value)) }

    /// A picture between its pixels, by the definition.
    private static func sample(_ picture: [Float], _ width: Int, _ height: Int, _ x: Float, _ y: Float) -> [Float] {
        let (px, py) = (min(max(x, 0), Float(width - 1)), min(max(y, 0), Float(height - 1)))
        let (x0, y0) = (Int(px), Int(py))
        let (x1, y1) = (min(x0 + 1, width - 1), min(y0 + 1, height - 1))
        let (fx, fy) = (px - Float(x0), py - Float(y0))
        return (0..<4).map { channel in
            func at(_ x: Int, _ y: Int) -> Float { picture[(y * width + x) * 4 + channel] }
            let upper = at(x0, y0) * (1 - fx) + at(x1, y0) * fx
            return upper * (1 - fy) + (at(x0, y1) * (1 - fx) + at(x1, y1) * fx) * fy
        }
    }

    static let cases: [(Layering, moved: Bool)] = [
        (Layering(alpha: 0, colour: 1), false), (Layering(alpha: 5, colour: 6, isSwapped: true), false),
        (Layering(alpha: 2, colour: 3, grid: 0), false),
        (Layering(alpha: 0, hasFourAlphas: true, colour: 4, grid: 8), true),
    ]

    @Test("What heads paint lies over the picture as the definition says", arguments: cases.indices, [(7, 5), (16, 9)])
    func layers(index: Int, size: (Int, Int)) {
        let (layering, isMoved) = Self.cases[index]
        let (width, height) = size
        let context = ComputeContext(pool: Self.pool, workspace: Workspace())
        let picture = context.noise(1, height: height, width: width, channels: 4)
        let heads = context.noise(2, height: height, width: width, channels: 10)
        let moved = context.noise(3, height: height, width: width, channels: 10)
        let got = context.layer(layering, heads, over: picture, moved: isMoved ? (moved, 8) : nil).values(0)
        let (below, painted, more) = (picture.values(0), heads.values(0), moved.values(0))
        var expected: [Float] = []
        for y in 0..<height {
            for x in 0..<width {
                let pixel = (y * width + x) * 10
                var (gx, gy): (Float, Float) = (0, 0)
                if let grid = layering.grid { (gx, gy) = (painted[pixel + grid], painted[pixel + grid + 1]) }
                if isMoved { (gx, gy) = (gx + more[pixel + 8], gy + more[pixel + 9]) }
                let base = Self.sample(
                    below, width, height, Float(x) + gx * Float(width) / 2, Float(y) + gy * Float(height) / 2)
                for channel in 0..<4 {
                    let alpha = Self.sigmoid(painted[pixel + layering.alpha + (layering.hasFourAlphas ? channel : 0)])
                    let colour = tanh(painted[pixel + layering.colour + channel])
                    let (over, under) = layering.isSwapped ? (base[channel], colour) : (colour, base[channel])
                    expected.append(alpha * over + (1 - alpha) * under)
                }
            }
        }
        #expect(zip(got, expected).allSatisfy { abs($0 - $1) < 2e-6 })
    }

    @Test("Numbers that are none move nothing out of the picture") func holdsWhatIsNoNumber() {
        let context = ComputeContext(pool: Self.pool, workspace: Workspace())
        let picture = context.noise(1, height: 4, width: 6, channels: 4)
        let grid = context.noise(2, height: 4, width: 6, channels: 2)
        for pixel in 0..<grid.pixels {
            grid.pictures[0][pixel * grid.depth] = [.nan, .infinity, -.infinity, 1e30][pixel % 4]
        }
        let values = context.warp(picture, by: (grid, 0)).values(0)
        #expect(values.allSatisfy { $0.isFinite && abs($0) <= 1 })
    }

    @Test("Paint further than six pixels from the figure is cleared where that is asked for, and nothing else")
    func clearsSpecks() {
        let context = ComputeContext(pool: Self.pool, workspace: Workspace())
        let (width, height) = (40, 30)
        let (picture, heads) = (
            context.noise(1, height: height, width: width, channels: 4),
            context.noise(2, height: height, width: width, channels: 8)
        )
        // The figure covers one pixel; its neighbour is as faint as what does not count.
        let figure = (x: 12, y: 9)
        for y in 0..<height {
            for x in 0..<width {
                let pixel = y * width + x
                picture.pictures[0][pixel * picture.depth + 3] =
                    (x, y) == figure ? 1 : (x, y) == (figure.x + 1, figure.y) ? 0.019 * 2 - 1 : -1
            }
        }
        let layering = Layering(alpha: 0, hasFourAlphas: true, colour: 4)
        let whole = context.layer(layering, heads, over: picture).values(0)
        let cleared = context.layer(layering, heads, over: picture, clearsSpecks: true).values(0)
        var specks = 0
        for y in 0..<height {
            for x in 0..<width {
                let place = (y * width + x) * 4
                let (dx, dy) = (x - figure.x, y - figure.y)
                let isSpeck = dx * dx + dy * dy > 36 && whole[place + 3] > 0.5 / 255 * 2 - 1
                specks += isSpeck ? 1 : 0
                #expect(cleared[place + 3] == (isSpeck ? -1 : whole[place + 3]), "\(x), \(y)")
                #expect(cleared[place..<(place + 3)] == whole[place..<(place + 3)])
            }
        }
        #expect(specks > 500)
    }

    @Test("Linear light becomes sRGB to a thousandth of a level, alpha stays")
    func showsLinearLight() {
        let context = ComputeContext(pool: Self.pool, workspace: Workspace())
        let tensor = context.noise(1, height: 1, width: 4097, channels: 4)
        for pixel in 0..<tensor.pixels {
            let value = Float(pixel) / 2048 * 1.1 - 1.1
            for channel in 0..<4 { tensor.pictures[0][pixel * tensor.depth + channel] = value }
        }
        tensor.pictures[0][0] = .nan
        let shown = context.displayPicture(tensor, 0)
        #expect(shown[0] == 0)
        for pixel in 1..<tensor.pixels {
            let linear = min(max((Double(Float(pixel) / 2048 * 1.1 - 1.1) + 1) / 2, 0), 1)
            let expected = linear <= 0.003130804953560372 ? linear * 12.92 : 1.055 * pow(linear, 1 / 2.4) - 0.055
            for channel in 0..<3 { #expect(abs(Double(shown[pixel * 4 + channel]) - expected) < 4e-6) }
            #expect(abs(Double(shown[pixel * 4 + 3]) - linear) < 1e-6)
        }
    }

    @Test("A smaller picture and its grid are enlarged beside the whole one") func enlarges() {
        let context = ComputeContext(pool: Self.pool, workspace: Workspace())
        let picture = context.noise(1, height: 8, width: 12, channels: 4)
        let small = context.noise(2, height: 4, width: 6, channels: 4)
        let grid = context.noise(3, height: 4, width: 6, channels: 2)
        let joined = context.joinEnlarged(picture, small, grid).values(0)
        let (whole, lesser, moves) = (picture.values(0), small.values(0), grid.values(0))
        for y in 0..<8 {
            for x in 0..<12 {
                let pixel = (y * 12 + x) * 10
                let (px, py) = (max((Float(x) + 0.5) / 2 - 0.5, 0), max((Float(y) + 0.5) / 2 - 0.5, 0))
                let expected = Self.sample(lesser, 6, 4, px, py)
                for channel in 0..<4 {
                    #expect(joined[pixel + channel] == whole[(y * 12 + x) * 4 + channel])
                    #expect(abs(joined[pixel + 4 + channel] - expected[channel]) < 1e-6)
                }
                let four = moves.enumerated().reduce(into: [Float](repeating: 0, count: 6 * 4 * 4)) { all, pair in
                    all[pair.offset / 2 * 4 + pair.offset % 2] = pair.element
                }
                let moved = Self.sample(four, 6, 4, px, py)
                #expect(abs(joined[pixel + 8] - moved[0]) < 1e-6 && abs(joined[pixel + 9] - moved[1]) < 1e-6)
            }
        }
    }
}
