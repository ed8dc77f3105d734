import Testing

@testable import AnimoCompute

/// A shape, its input's size and the widest vectors to use.
struct SeparableCase: CustomTestStringConvertible, Sendable {
    let shape: SeparableShape
    /// Height and width of the output.
    let height: Int
    let width: Int
    let lanes: Int

    var testDescription: String { "\(shape), \(height)×\(width), \(lanes) lanes" }

    /// Channels that fill no vector, one, or some and a bit; outputs smaller than the taps' reach, of one tile and of
    /// many; every part, alone and beside another.
    static let all: [SeparableCase] = {
        typealias Part = SeparableShape.Part
        let shapes: [(SeparableShape, [(Int, Int)])] = [
            (SeparableShape(parts: [Part(4, .same)], outputs: 9), [(1, 1), (2, 3), (13, 70)]),
            (SeparableShape(parts: [Part(4, .same)], planes: 3, outputs: 16), [(1, 1), (2, 2), (3, 5), (9, 133)]),
            (SeparableShape(parts: [Part(10, .same)], planes: 6, outputs: 32, kernel: 7), [(4, 5), (7, 8), (16, 66)]),
            (SeparableShape(parts: [Part(24, .halving)], outputs: 40), [(1, 1), (5, 3), (12, 66)]),
            (SeparableShape(parts: [Part(64, .doubling)], outputs: 16), [(2, 2), (6, 10), (20, 130)]),
            (SeparableShape(parts: [Part(17, .transposed)], outputs: 8), [(2, 2), (6, 10), (20, 130)]),
            (SeparableShape(parts: [Part(16, .doubling), Part(8, .same)], outputs: 24), [(2, 4), (18, 132)]),
            (SeparableShape(parts: [Part(512, .same)], planes: 2, outputs: 64), [(16, 16), (5, 7)]),
            // Many tiles one below the other.
            (SeparableShape(parts: [Part(4, .same)], planes: 1, outputs: 16, kernel: 7), [(67, 70)]),
            // Products of halves, and of what cannot be halved: an odd row is left.
            (SeparableShape(parts: [Part(512, .same)], planes: 2, outputs: 256), [(16, 16), (6, 130), (5, 7)]),
            (SeparableShape(parts: [Part(512, .transposed)], outputs: 256), [(2, 2), (18, 10)]),
            (SeparableShape(parts: [Part(200, .doubling), Part(120, .same)], outputs: 256), [(4, 6)]),
        ]
        return shapes.flatMap { shape, sizes in
            sizes.flatMap { size in
                Processor.widths.map { SeparableCase(shape: shape, height: size.0, width: size.1, lanes: $0) }
            }
        }
    }()
}

struct SeparableConvolutionTests {
    static let pool = WorkerPool(threads: 2)

    @Test("The fused kernels agree with the definition, up to each channel's constant", arguments: SeparableCase.all)
    func agreesWithTheReference(of test: SeparableCase) {
        let shape = test.shape
        var noise = Noise(shape.depth * 7 + shape.outputs)
        let depthwise = noise.values(shape.depthwiseCount)
        let pointwise = noise.values(shape.outputs * shape.depth).map { $0 / Float(shape.depth).squareRoot() }
        let planes = noise.values(shape.planes).map { 3 * $0 }
        let context = ComputeContext(pool: Self.pool, workspace: Workspace(), upTo: test.lanes)
        let input = Self.input(context, shape, height: test.height, width: test.width)
        let (fast, moments) = context.separate(
            SeparableConvolution(shape, depthwise: depthwise, pointwise: pointwise, upTo: test.lanes), input,
            planes: planes)
        let (slow, expected) = context.separate(
            SeparableConvolution(shape, depthwise: depthwise, pointwise: pointwise, isPlain: true), input,
            planes: planes)
        #expect(slow.height == test.height && slow.width == test.width)
        for picture in 0..<2 {
            let (got, want) = (
                Self.centred(fast, moments, picture), Self.centred(slow, expected, picture)
            )
            #expect(relativeDifference(got, want) < 3e-5)
            let variances = { (moments: Moments) in Array(moments.values(picture).suffix(moments.depth)) }
            #expect(relativeDifference(variances(moments), variances(expected)) < 1e-4)
        }
    }

    @Test("What the first part stands for is kept on the way") func keeps() {
        let shape = SeparableShape(parts: [.init(24, .same)], outputs: 8)
        var noise = Noise(3)
        let (depthwise, pointwise) = (noise.values(shape.depthwiseCount), noise.values(8 * 24))
        let context = ComputeContext(pool: Self.pool, workspace: Workspace())
        for isPlain in [false, true] {
            let layer = SeparableConvolution(shape, depthwise: depthwise, pointwise: pointwise, isPlain: isPlain)
            let operand = Self.input(context, shape, height: 11, width: 70).first
            let kept = context.tensor(like: operand)
            _ = context.separate(layer, ConvolutionInput(operand.keeping(kept)))
            for picture in 0..<2 {
                let expected = context.referenceValues(ConvolutionInput(operand), picture: picture)
                #expect(relativeDifference(kept.values(picture), expected) < 1e-6)
            }
        }
    }

    @Test("The bytes do not depend on the threads") func sameBytes() {
        for shape in Set(SeparableCase.all.map(\.shape)) {
            var noise = Noise(shape.depth)
            let (depthwise, pointwise) = (
                noise.values(shape.depthwiseCount), noise.values(shape.outputs * shape.depth)
            )
            let planes = noise.values(shape.planes)
            let layer = SeparableConvolution(shape, depthwise: depthwise, pointwise: pointwise)
            func run(threads: Int) -> [[Float]] {
                let context = ComputeContext(pool: WorkerPool(threads: threads), workspace: Workspace())
                let (output, moments) = context.separate(
                    layer, Self.input(context, shape, height: 20, width: 130), planes: planes)
                return [output.values(0), output.values(1), moments.values(0), moments.values(1)]
            }
            let alone = run(threads: 1)
            #expect(run(threads: 2) == alone && run(threads: 3) == alone, "\(shape)")
        }
    }

    /// Two pictures, the parts normalised and summed in turn.
    private static func input(
        _ context: ComputeContext, _ shape: SeparableShape, height: Int, width: Int
    ) -> ConvolutionInput {
        let operands = shape.parts.enumerated().map { index, part in
            let (h, w): (Int, Int)
            switch part.spatial {
            case .same: (h, w) = (height, width)
            case .halving: (h, w) = (2 * height, 2 * width)
            case .doubling, .transposed: (h, w) = (height / 2, width / 2)
            }
            let tensor = context.noise(index + 1, batch: 2, height: h, width: w, channels: part.channels)
            let affine = context.affine(5, like: tensor)
            if part.channels % 3 == 0 {
                let other = context.noise(index + 9, batch: 2, height: h, width: w, channels: part.channels)
                return Operand.sum(Operand(tensor, affine, slope: 0.1), Operand(other, context.affine(6, like: other)))
            }
            return Operand(tensor, affine, slope: part.channels.isMultiple(of: 16) ? 0 : 0.1)
        }
        return ConvolutionInput(operands[0], operands.count > 1 ? operands[1] : nil)
    }

    /// A picture less its channels' means.
    private static func centred(_ tensor: Tensor, _ moments: Moments, _ picture: Int) -> [Float] {
        let means = moments.values(picture)
        return tensor.values(picture).enumerated().map { $1 - means[$0 % tensor.channels] }
    }
}
