import Testing

@testable import AnimoCompute

extension SeparableBlock.Shape {
    /// Those of both networks, and channels that fill no vector.
    static let awkward: [SeparableBlock.Shape] = {
        var shapes: [SeparableBlock.Shape] = []
        for (inputs, outputs) in [(24, 24), (28, 32), (3, 5), (42, 48), (16, 17), (88, 96)] {
            for halves in [false, true] {
                shapes.append(SeparableBlock.Shape(inputs: inputs, middle: nil, outputs: outputs, halves: halves))
                shapes.append(
                    SeparableBlock.Shape(inputs: inputs, middle: outputs / 2, outputs: outputs, halves: halves))
            }
        }
        shapes.append(SeparableBlock.Shape(inputs: 16, middle: 8, outputs: 16, halves: false))
        shapes.append(SeparableBlock.Shape(inputs: 64, middle: 64, outputs: 128, halves: true))
        return shapes
    }()

    func weights(_ noise: inout Noise) -> SeparableBlock.Weights {
        var weights = SeparableBlock.Weights(
            depthwise: noise.values(inner * 9), depthwiseBias: noise.values(inner),
            pointwise: noise.values(inner * outputs), pointwiseBias: noise.values(outputs),
            slope: noise.values(outputs).map { 2 * $0 })
        if let middle {
            weights.reduce = noise.values(middle * inputs * reduction * reduction)
            weights.reduceBias = noise.values(middle)
            weights.reduceSlope = noise.values(middle)
        }
        return weights
    }
}

struct SeparableBlockTests {
    static let pool = WorkerPool(threads: 2)

    @Test("A block agrees with the plain loops at every size", arguments: SeparableBlock.Shape.awkward)
    func agrees(of shape: SeparableBlock.Shape) {
        var noise = Noise(shape.inputs * 31 + shape.outputs)
        let weights = shape.weights(&noise)
        let slow = SeparableBlock(shape, weights, isPlain: true)
        for lanes in Processor.widths {
            let fast = SeparableBlock(shape, weights, upTo: lanes)
            for (height, width) in [(2, 2), (4, 6), (10, 14), (34, 18), (66, 130)] {
                let context = ComputeContext(pool: Self.pool, workspace: Workspace(), upTo: lanes)
                let input = context.noise(4, batch: 2, height: height, width: width, channels: shape.inputs)
                let got = context.separable(fast, input)
                let expected = context.separable(slow, input)
                for picture in 0..<2 {
                    #expect(
                        relativeDifference(got.values(picture), expected.values(picture)) < 1e-5,
                        "\(lanes) lanes, \(height)×\(width)")
                }
            }
        }
    }

    @Test("Odd sides are as good as even ones where nothing is halved")
    func takesOddSides() {
        let shape = SeparableBlock.Shape(inputs: 16, middle: 8, outputs: 24, halves: false)
        var noise = Noise(3)
        let weights = shape.weights(&noise)
        let context = ComputeContext(pool: Self.pool, workspace: Workspace())
        for (height, width) in [(1, 1), (1, 7), (5, 1), (13, 17)] {
            let input = context.noise(5, height: height, width: width, channels: 16)
            let got = context.separable(SeparableBlock(shape, weights), input).values(0)
            let expected = context.separable(SeparableBlock(shape, weights, isPlain: true), input).values(0)
            #expect(relativeDifference(got, expected) < 1e-5, "\(height)×\(width)")
        }
    }

    @Test("What a block gives does not depend on the threads nor on the batch, to the bit")
    func isIndependentOfThreads() {
        let shape = SeparableBlock.Shape(inputs: 16, middle: 8, outputs: 16, halves: false)
        var noise = Noise(8)
        let block = SeparableBlock(shape, shape.weights(&noise))
        let values = [(1, 1), (2, 1), (3, 1), (2, 3)].map { threads, batch in
            let context = ComputeContext(pool: WorkerPool(threads: threads), workspace: Workspace())
            let input = context.noise(6, batch: batch, height: 128, width: 96, channels: 16)
            return context.separable(block, input).values(0)
        }
        for other in values.dropFirst() { #expect(other == values[0]) }
    }

    @Test("A stem agrees with the plain loops, its odd zeros at the right and below", arguments: [3, 5])
    func stemAgrees(of kernel: Int) {
        var noise = Noise(kernel)
        for outputs in [16, 24, 5] {
            let (weights, bias) = (noise.values(outputs * 3 * kernel * kernel), noise.values(outputs))
            let slope = noise.values(outputs)
            let slow = StemConvolution(kernel: kernel, weights: weights, bias: bias, slope: slope, isPlain: true)
            for lanes in Processor.widths {
                let fast = StemConvolution(
                    kernel: kernel, weights: weights, bias: bias, slope: slope, upTo: lanes)
                for side in [2, 7, 32] {
                    let context = ComputeContext(pool: Self.pool, workspace: Workspace(), upTo: lanes)
                    let pictures: [[Float]] = [noise.values(side * side * 3), noise.values(side * side * 3)]
                    let input = context.bordered(fast, pictures, height: side, width: side)
                    #expect(input.values(1) == pictures[1])
                    let (got, expected) = (context.stem(fast, input), context.stem(slow, input))
                    #expect(got.height == (side + 1) / 2)
                    #expect(relativeDifference(got.values(1), expected.values(1)) < 1e-5, "\(lanes) lanes, \(side)")
                }
            }
        }
        // One pixel at the upper left: with an odd zero there, the first output would see it through another tap.
        let middle: [Float] = (0..<(3 * kernel * kernel)).map { Float($0) }
        let stem = StemConvolution(kernel: kernel, weights: middle, bias: [0], slope: [1], isPlain: true)
        let context = ComputeContext(pool: Self.pool, workspace: Workspace())
        var picture = [Float](repeating: 0, count: 8 * 8 * 3)
        picture[0] = 1
        let before = kernel == 3 ? 0 : 1
        let output = context.stem(stem, context.bordered(stem, [picture], height: 8, width: 8)).values(0)
        #expect(output[0] == Float(before * kernel + before))
    }
}

struct RegionSamplingTests {
    private let bytes: [UInt8] = {
        var noise = Noise(9)
        return (0..<(23 * 17 * 3)).map { _ in UInt8(truncatingIfNeeded: Int(noise.next() * 1000)) }
    }()

    private func sampled(_ region: SampledRegion, side: Int, threads: Int = 1, isPlain: Bool = false) -> [Float] {
        let context = ComputeContext(pool: WorkerPool(threads: threads), workspace: Workspace())
        let stem = StemConvolution(kernel: 3, weights: [Float](repeating: 0, count: 27), bias: [0], slope: [0])
        return bytes.withUnsafeBufferPointer {
            context.sampled(stem, $0, height: 17, width: 23, [region], side: side, isPlain: isPlain).values(0)
        }
    }

    private struct Place: Sendable {
        let x: Double
        let y: Double
        let side: Double
        let turn: Double
    }

    private static let places = [
        Place(x: 11, y: 8, side: 9, turn: 0), Place(x: 0, y: 0, side: 12, turn: 0.3),
        Place(x: 22, y: 16, side: 30, turn: -0.7), Place(x: 11, y: 8, side: 90, turn: 2.5),
        Place(x: -400, y: 300, side: 20, turn: 0), Place(x: 22.5, y: 16.5, side: 1, turn: 0),
    ]

    @Test("Sampling agrees with double precision inside, at every edge and far outside", arguments: 0..<6)
    func agrees(at index: Int) {
        let place = Self.places[index]
        for isBordered in [false, true] {
            let region = SampledRegion(
                centre: SIMD2(place.x, place.y), width: place.side, height: place.side * 1.3, turn: place.turn,
                isBordered: isBordered, scale: 1 / 127.5, shift: -1)
            for size in [8, 33] {
                let expected = sampled(region, side: size, isPlain: true)
                #expect(relativeDifference(sampled(region, side: size), expected) < 1e-6)
                #expect(sampled(region, side: size, threads: 2) == sampled(region, side: size))
            }
        }
    }

    @Test("Pixel (u, v) lies at (u, v) / side of the region, without half a pixel's shift")
    func hasNoShift() {
        let region = SampledRegion(
            centre: SIMD2(4, 4), width: 8, height: 8, isBordered: true, scale: 1)
        var expected: [Float] = []
        for y in 0..<8 {
            for place in 0..<24 { expected.append(Float(bytes[y * 69 + place])) }
        }
        #expect(sampled(region, side: 8) == expected)
    }

    @Test("A region that is no number, or too far to count, is zeros")
    func refusesNoNumbers() {
        for (x, side) in [(Double.nan, 8.0), (4, .infinity), (1e300, 8), (4, -1e300)] {
            let region = SampledRegion(
                centre: SIMD2(x, 4), width: side, height: 8, isBordered: true, scale: 1, shift: 3)
            #expect(sampled(region, side: 4) == [Float](repeating: 0, count: 48))
        }
    }
}

struct TokenMixingTests {
    @Test("Tokens are turned, normed, joined and added by their definitions")
    func agrees() {
        let context = ComputeContext(pool: WorkerPool(threads: 1), workspace: Workspace())
        var noise = Noise(12)
        let values = noise.values(7 * 10)
        let x = context.tokens([values, values], count: 7, channels: 10)
        #expect(x.values(1) == values)
        let turned = context.transposed(x)
        let columns: [Float] = (0..<70).map { (place: Int) -> Float in values[place % 7 * 10 + place / 7] }
        #expect(turned.values(1) == columns)
        #expect(context.transposed(turned).values(0) == values)
        let doubled: [Float] = values.map { 2 * $0 }
        #expect(context.adding(x, transposed: turned).values(1) == doubled)
        let token = noise.values(10)
        #expect(context.prepending(token, to: x).values(0) == token + values)
        #expect(context.firstPixel(context.prepending(token, to: x))[1] == token)
        let weight = noise.values(10)
        let normed = context.tokenNorm(x, weight: weight, epsilon: 0.01).values(1)
        let expected: [Float] = (0..<70).map { (place: Int) -> Float in
            let first = place / 10 * 10
            let row: [Double] = values[first..<(first + 10)].map { Double($0) }
            let mean = row.reduce(0, +) / 10
            var variance = 0.0
            for value in row { variance += (value - mean) * (value - mean) / 10 }
            let scale = Double(weight[place % 10]) / (variance + 0.01).squareRoot()
            return Float((row[place % 10] - mean) * scale)
        }
        #expect(relativeDifference(normed, expected) < 1e-6)
    }
}
