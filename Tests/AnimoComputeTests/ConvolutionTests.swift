import Testing

@testable import AnimoCompute

extension ConvolutionShape {
    /// Channels that fill no vector, one, or some and a bit; every form and stride that the networks have.
    static let awkward: [ConvolutionShape] = {
        var shapes: [ConvolutionShape] = []
        for (inputs, outputs) in [
            (1, 2), (2, 1), (3, 5), (5, 3), (8, 8), (12, 16), (16, 12), (17, 24), (24, 17), (64, 64),
        ] {
            shapes.append(ConvolutionShape(inputs: [inputs], outputs: outputs, kernel: 3, extent: 16))
            shapes.append(ConvolutionShape(inputs: [inputs], outputs: outputs, kernel: 4, stride: 2, extent: 16))
            shapes.append(
                ConvolutionShape(inputs: [inputs], outputs: outputs, kernel: 3, form: .upsampling, extent: 16))
            shapes.append(
                ConvolutionShape(
                    inputs: [inputs], outputs: outputs, kernel: 3, stride: 2, padding: 1, form: .transposed, extent: 16)
            )
        }
        for (inputs, outputs) in [([8, 3], 4), ([5, 16, 1], 3), ([64], 2), ([3], 1), ([17], 3)] {
            shapes.append(ConvolutionShape(inputs: inputs, outputs: outputs, kernel: 7, extent: 16))
        }
        shapes.append(ConvolutionShape(inputs: [12, 16, 5], outputs: 24, kernel: 3, extent: 16))
        shapes.append(
            ConvolutionShape(
                inputs: [16, 8, 24], outputs: 16, kernel: 3, stride: 2, padding: 1, form: .transposed, extent: 16))
        shapes.append(ConvolutionShape(inputs: [3], outputs: 16, kernel: 7, stride: 2, padding: 3, extent: 16))
        shapes.append(ConvolutionShape(inputs: [16], outputs: 32, kernel: 3, stride: 2, padding: 1, extent: 16))
        for (inputs, outputs) in [(16, 32), (3, 5), (17, 24), (64, 130), (40, 3)] {
            for stride in [1, 2] {
                shapes.append(
                    ConvolutionShape(
                        inputs: [inputs], outputs: outputs, kernel: 1, stride: stride, padding: 0, extent: 16))
            }
        }
        for (inputs, outputs) in [(3, 5), (12, 16), (64, 130)] {
            shapes.append(
                ConvolutionShape(
                    inputs: [inputs], outputs: outputs, kernel: 3, stride: 2, padding: 1, extent: 16))
        }
        for (channels, kernel, stride) in [(3, 3, 1), (8, 3, 2), (17, 3, 1), (24, 3, 2), (64, 3, 1), (3, 13, 4)] {
            shapes.append(
                ConvolutionShape(
                    inputs: [channels], outputs: channels, kernel: kernel, stride: stride, padding: kernel / 2,
                    form: .depthwise, extent: 16))
        }
        return shapes
    }()
}

/// A fast method, a shape it suits, and the widest vectors it may use.
struct ConvolutionCase: CustomTestStringConvertible, Sendable {
    let method: ConvolutionMethod
    let shape: ConvolutionShape
    let width: Int

    var testDescription: String { "\(method.rawValue), \(shape), \(width) lanes" }

    static let all: [ConvolutionCase] = ConvolutionMethod.allCases.filter { $0 != .reference }.flatMap { method in
        ConvolutionShape.awkward.filter { method.suits($0) }.flatMap { shape in
            Processor.widths.map { ConvolutionCase(method: method, shape: shape, width: $0) }
        }
    }
}

struct ConvolutionTests {
    static let pool = WorkerPool(threads: 2)

    @Test("Every method agrees with the reference", arguments: ConvolutionCase.all)
    func agreesWithTheReference(of test: ConvolutionCase) {
        let shape = test.shape
        var noise = Noise(shape.depth * 31 + shape.outputs)
        let weights = noise.values(shape.weightCount)
        let bias = noise.values(shape.outputs)
        let fast = Convolution(shape, weights: weights, bias: bias, method: test.method, upTo: test.width)
        let slow = Convolution(shape, weights: weights, bias: bias, method: .reference)
        for (height, width) in [(1, 1), (2, 3), (5, 7), (13, 18)] where shape.outputExtent(min(height, width)) > 0 {
            let context = ComputeContext(pool: Self.pool, workspace: Workspace(), upTo: test.width)
            let input = input(context, shape, height: height, width: width)
            let (got, gotMoments) = context.convolveAndMeasure(fast, input)
            let (expected, moments) = context.convolveAndMeasure(slow, input)
            #expect(relativeDifference(got.values(0), expected.values(0)) < 2e-5, "\(height)×\(width)")
            #expect(relativeDifference(got.values(1), expected.values(1)) < 2e-5, "\(height)×\(width)")
            for picture in 0..<2 {
                #expect(
                    relativeDifference(gotMoments.values(picture), moments.values(picture)) < 1e-4,
                    "moments at \(height)×\(width)")
            }
        }
    }

    /// Two pictures; the parts normalised, summed, warped and as they are in turn.
    private func input(
        _ context: ComputeContext, _ shape: ConvolutionShape, height: Int, width: Int
    ) -> ConvolutionInput {
        let operands = shape.inputs.enumerated().map { index, channels in
            let tensor = context.noise(index + 1, batch: 2, height: height, width: width, channels: channels)
            switch (index + channels) % 4 {
            case 3: return Operand(tensor)
            case 0:
                return Operand(tensor, context.affine(5, like: tensor), slope: 0.1)
            case 1:
                let other = context.noise(index + 9, batch: 2, height: height, width: width, channels: channels)
                return .sum(Operand(tensor), Operand(other, context.affine(6, like: other), slope: 0.1))
            default:
                let flow = context.noise(3, batch: 2, height: 4, width: 5, channels: 2)
                let padding: GridPadding = (index + channels).isMultiple(of: 2) ? .zeros : .border
                return .warped(tensor, context.positions(flow, height: height, width: width, padding: padding))
            }
        }
        return ConvolutionInput(
            operands[0], operands.count > 1 ? operands[1] : nil, operands.count > 2 ? operands[2] : nil)
    }

    @Test("A residual is added and the sum activated on the way out, to the bit", arguments: ConvolutionCase.all)
    func finishes(of test: ConvolutionCase) {
        let shape = test.shape
        var noise = Noise(shape.depth * 17 + shape.outputs)
        let (weights, bias) = (noise.values(shape.weightCount), noise.values(shape.outputs))
        let fast = Convolution(shape, weights: weights, bias: bias, method: test.method, upTo: test.width)
        let context = ComputeContext(pool: Self.pool, workspace: Workspace(), upTo: test.width)
        let input = input(context, shape, height: 8, width: 12)
        let (height, width) = (shape.outputExtent(8), shape.outputExtent(12))
        let plain = context.convolve(fast, input)
        for activation in [Activation.none, .relu, .relu6] {
            func act(_ value: Float) -> Float {
                switch activation {
                case .none: value
                case .relu: max(0, value)
                case .relu6: min(max(0, value), 6)
                }
            }
            for half in [nil, false, true] where half != true || height % 2 == 0 && width % 2 == 0 {
                let residual = half.map {
                    context.noise(
                        7, batch: 2, height: $0 ? height / 2 : height, width: $0 ? width / 2 : width,
                        channels: shape.outputs)
                }
                let got = context.convolve(fast, input, adding: residual, then: activation)
                let (again, moments) = context.convolveAndMeasure(fast, input, adding: residual, then: activation)
                let expectedMoments = context.referenceMoments(got)
                for picture in 0..<2 {
                    let base = plain.values(picture)
                    let more = residual?.values(picture) ?? []
                    let expected = base.indices.map { place in
                        guard let residual else { return act(base[place]) }
                        var pixel = place / shape.outputs
                        if half == true { pixel = pixel / width / 2 * residual.width + pixel % width / 2 }
                        return act(base[place] + more[pixel * shape.outputs + place % shape.outputs])
                    }
                    #expect(got.values(picture) == expected, "\(activation) \(half as Any)")
                    #expect(again.values(picture) == got.values(picture))
                    #expect(relativeDifference(moments.values(picture), expectedMoments.values(picture)) < 1e-4)
                }
            }
        }
    }

    @Test("What an input stands for is kept on the way", arguments: ConvolutionMethod.allCases)
    func keepsTheInput(method: ConvolutionMethod) {
        let shape = ConvolutionShape(inputs: [12], outputs: 16, kernel: 3, extent: 16)
        guard method.suits(shape) else { return }
        var noise = Noise(1)
        let layer = Convolution(
            shape, weights: noise.values(12 * 16 * 9), bias: noise.values(16), method: method)
        let context = ComputeContext(pool: Self.pool, workspace: Workspace())
        let tensor = context.noise(1, batch: 2, height: 11, width: 9, channels: 12)
        let operand = Operand(tensor, context.affine(2, like: tensor), slope: 0.1)
        let kept = context.tensor(like: operand)
        _ = context.convolve(layer, ConvolutionInput(operand.keeping(kept)))
        for picture in 0..<2 {
            let expected = context.referenceValues(ConvolutionInput(operand), picture: picture)
            #expect(relativeDifference(kept.values(picture), expected) < 1e-6)
        }
    }

    @Test("A picture's bytes depend neither on threads nor on its batch", arguments: ConvolutionMethod.allCases)
    func sameBytes(method: ConvolutionMethod) {
        for shape in ConvolutionShape.awkward where method.suits(shape) && method != .reference {
            var noise = Noise(shape.depth)
            let layer = Convolution(
                shape, weights: noise.values(shape.weightCount),
                bias: noise.values(shape.outputs), method: method)
            func run(threads: Int, batch: Int) -> [[Float]] {
                let context = ComputeContext(pool: WorkerPool(threads: threads), workspace: Workspace())
                let parts = shape.inputs.map {
                    Operand(context.noise(4, batch: batch, height: 30, width: 22, channels: $0))
                }
                let (output, moments) = context.convolveAndMeasure(
                    layer,
                    ConvolutionInput(
                        parts[0], parts.count > 1 ? parts[1] : nil, parts.count > 2 ? parts[2] : nil))
                return [output.values(0), moments.values(0)]
            }
            let alone = run(threads: 1, batch: 1)
            for (threads, batch) in [(2, 1), (3, 1), (1, 3), (2, 2), (4, 3)] {
                #expect(run(threads: threads, batch: batch) == alone, "\(shape), \(threads) threads, batch \(batch)")
            }
        }
    }

    @Test("The plain loops come last, and suit everything")
    func theReferenceComesLast() {
        #expect(ConvolutionMethod.allCases.last == .reference)
        for shape in ConvolutionShape.awkward {
            #expect(ConvolutionMethod.reference.suits(shape))
            #expect(ConvolutionMethod.best(for: shape) != .reference)
        }
    }
}
