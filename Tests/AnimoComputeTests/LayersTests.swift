import Foundation
import Testing

@testable import AnimoCompute

struct LayersTests {
    private let context = ComputeContext(pool: WorkerPool(threads: 2), workspace: Workspace())

    @Test("Zero flow is not the identity: the published grid spans corners and is read between them")
    func zeroFlow() {
        let flow = context.tensor([[Float](repeating: 0, count: 4 * 4 * 3)], height: 4, width: 4)
        let positions = context.positions(flow, height: 4, width: 4)
        let row = (0..<4).map { positions.places[2 * $0] }
        #expect(relativeDifference(row, [0, 5.0 / 6, 13.0 / 6, 3]) < 1e-6)
    }

    @Test("A flow of another size is resized between its pixels", arguments: [(8, 12), (16, 24), (2, 3), (4, 6)])
    func resizedFlow(height: Int, width: Int) {
        let flow = context.noise(8, height: 4, width: 6, channels: 2)
        let positions = context.positions(flow, height: height, width: width)
        for y in 0..<height {
            for x in 0..<width {
                let expected = publishedPosition(flow, y, x, height, width)
                let place = (y * width + x) * 2
                #expect(abs(positions.places[place] - expected.x) < 2e-5)
                #expect(abs(positions.places[place + 1] - expected.y) < 2e-5)
            }
        }
    }

    /// The grid as published: normalised coordinates, resized, then brought to pixels and held inside.
    private func publishedPosition(
        _ flow: Tensor, _ y: Int, _ x: Int, _ height: Int, _ width: Int
    ) -> SIMD2<Float> {
        func grid(_ row: Int, _ column: Int) -> SIMD2<Double> {
            let place = flow.pictures[0] + (row * flow.width + column) * flow.depth
            return SIMD2(
                2 * (Double(column) + Double(place[0])) / Double(flow.width - 1) - 1,
                2 * (Double(row) + Double(place[1])) / Double(flow.height - 1) - 1)
        }
        func near(_ index: Int, _ input: Int, _ output: Int) -> (Int, Int, Double) {
            let place = max(Double(input) / Double(output) * (Double(index) + 0.5) - 0.5, 0)
            let first = Int(place)
            return (first, min(first + 1, input - 1), place - Double(first))
        }
        let (y0, y1, ty) = near(y, flow.height, height)
        let (x0, x1, tx) = near(x, flow.width, width)
        let upper = grid(y0, x0) * (1 - tx) + grid(y0, x1) * tx
        let lower = grid(y1, x0) * (1 - tx) + grid(y1, x1) * tx
        let place = upper * (1 - ty) + lower * ty
        let size = SIMD2(Double(width), Double(height))
        let pixel = (((place + 1) * size - 1) / 2).clamped(lowerBound: .zero, upperBound: size - 1)
        return SIMD2(Float(pixel.x), Float(pixel.y))
    }

    @Test("Zeros around a picture weigh in from a pixel outside, and nothing further is read")
    func zerosAround() {
        let picture = context.tensor([[Float](repeating: 1, count: 4 * 4 * 3)], height: 4, width: 4)
        for (shift, expected): (Float, Float) in [(0, 0.25), (-0.5, 0), (-50, 0), (4, 0), (.nan, 0), (-.infinity, 0)] {
            // Zero flow reads the corner half a pixel outside in both directions.
            let flow = context.tensor([[Float](repeating: shift, count: 4 * 4 * 3)], height: 4, width: 4)
            let positions = context.positions(flow, height: 4, width: 4, padding: .zeros)
            let warped = context.materialise(.warped(picture, positions)).values(0)
            let corner = shift > 0 ? warped[3 * 15] : warped[0]
            #expect(abs(corner - expected) < 0.1, "shift \(shift): \(corner)")
            #expect(warped.allSatisfy { $0 >= 0 && $0 <= 1.0001 })
        }
    }

    @Test("Key points that have not moved move nothing, and the middle of a flat map is the middle")
    func stillKeyPoints() {
        let points: [Float] = [-0.5, 0.25, 1, 0.5, -0.25, 2, 0.5, -0.5, 0.75, 0, 0, 1.5]
        let still = SparseMotions(source: points, driving: points)
        for motion in still.motions {
            let place = motion.place(SIMD2(0.3, -0.7))
            #expect(abs(place.x - 0.3) < 1e-6 && abs(place.y + 0.7) < 1e-6)
        }
        let flat = context.workspace.tensor(batch: 1, height: 6, width: 8, channels: 5)
        for place in 0..<(48 * flat.depth) { flat.pictures[0][place] = 0.5 }
        let found = context.keyPoints(flat, points: 1, temperature: 0.1)[0]
        #expect(found.prefix(2).allSatisfy { abs($0) < 1e-6 } && found.dropFirst(2).allSatisfy { $0 == 0.5 })
    }

    @Test("tanh is right over its whole range")
    func tanhIsRight() {
        for step in -1200...1200 {
            let x = Float(step) / 100
            #expect(abs(tanh(SIMD4(repeating: x)).x - tanhf(x)) < 3e-7)
        }
        #expect(tanh(SIMD4(repeating: 1e30)).x <= 1)
    }

    @Test("A linear layer", arguments: [(1, 1), (3, 5), (70, 64), (17, 24), (64, 130)])
    func linear(inputs: Int, outputs: Int) {
        var noise = Noise(inputs)
        let (weights, bias) = (noise.values(inputs * outputs), noise.values(outputs))
        let layer = Linear(inputs: inputs, outputs: outputs, weights: weights, bias: bias)
        let vectors = (0..<3).map { _ in noise.values(inputs) }
        let got = context.linear(layer, context.rows(vectors))
        for (index, vector) in vectors.enumerated() {
            let expected = (0..<outputs).map { output in
                bias[output] + (0..<inputs).reduce(Float(0)) { $0 + vector[$1] * weights[output * inputs + $1] }
            }
            #expect(relativeDifference(got[index], expected) < 1e-5)
        }
    }

    @Test("Moments survive a mean a thousand times the deviation")
    func momentsOfAFlatPicture() {
        let shape = ConvolutionShape(inputs: [8], outputs: 8, kernel: 3, extent: 64)
        var weights = [Float](repeating: 0, count: 8 * 8 * 9)
        for channel in 0..<8 { weights[(channel * 8 + channel) * 9 + 4] = 1 }
        let bias = [Float](repeating: 1000, count: 8)
        for method in ConvolutionMethod.allCases where method.suits(shape) {
            let layer = Convolution(shape, weights: weights, bias: bias, method: method)
            let tensor = context.noise(1, height: 64, width: 64, channels: 8)
            let moments = context.convolveAndMeasure(layer, ConvolutionInput(Operand(tensor))).1
            for channel in 0..<8 {
                let values = (0..<4096).map { Double(tensor.pictures[0][$0 * 8 + channel]) }
                let mean = values.reduce(0, +) / 4096
                let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4096
                #expect(abs(Double(moments.variance[channel]) / variance - 1) < 1e-3, "\(method)")
            }
        }
    }

    @Test("Layer norm covers all channels and pixels of all its tensors")
    func layerNorm() {
        let tensors = [3, 12].map { context.noise($0, height: 6, width: 5, channels: $0) }
        let moments = tensors.map { context.referenceMoments($0) }
        var noise = Noise(4)
        let (weight, bias) = (noise.values(15), noise.values(15))
        let norm = LayerNorm(channels: [3, 12], weight: weight, bias: bias)
        let affines = context.layerNorm(moments[0], moments[1], norm, batch: 1)
        let values = tensors.flatMap { $0.values(0).map(Double.init) }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        for channel in 0..<15 {
            let (affine, place) = channel < 3 ? (affines.first, channel) : (affines.second, channel - 3)
            let scale = Double(weight[channel]) / (variance + 1e-5).squareRoot()
            #expect(abs(Double(affine.scale[place]) - scale) < 1e-5)
            #expect(abs(Double(affine.shift[place]) - (Double(bias[channel]) - mean * scale)) < 1e-5)
        }
    }

    @Test("Halving takes the mean of four pixels")
    func halving() {
        let tensor = context.noise(1, height: 6, width: 8, channels: 5)
        let halved = context.materialise(Operand(tensor), .averagePooled)
        let values = tensor.values(0)
        for y in 0..<3 {
            for x in 0..<4 {
                for channel in 0..<5 {
                    let sum = [(0, 0), (0, 1), (1, 0), (1, 1)].reduce(Float(0)) {
                        $0 + values[((2 * y + $1.0) * 8 + 2 * x + $1.1) * 5 + channel]
                    }
                    #expect(abs(halved.values(0)[(y * 4 + x) * 5 + channel] - sum / 4) < 1e-6)
                }
            }
        }
    }
}
