import AnimoCompute
import Foundation

/// Landmarks → facial coefficients: Blendshape V2, a mixer (Tolstikhin et al. 2021), 146 points → 52 coefficients in
/// 0…1.
final class BlendShapeNetwork: Sendable {
    /// Landmarks that it reads, ``FaceTopology/blendShapePoints``.
    static let points = 146
    /// Coefficients that it gives, ``BlendShape/names``.
    static let outputs = 52
    /// 10⁻⁶ as the file has it, in half precision.
    private static let epsilon = Float(Float16(1e-6))

    /// From 146 points to 96, x and y by themselves; then each pair to 64 channels.
    private let points: Convolution
    private let embed: Convolution
    private let token: [Float]
    private let blocks: [Block]
    private let output: Linear

    private struct Block: Sendable {
        let norm1: [Float]
        let tokens1: Convolution
        let tokens2: Convolution
        let norm2: [Float]
        let channels1: Convolution
        let channels2: Convolution
    }

    /// - Parameter weights: below `face.blendshapes`.
    init(_ weights: Weights) throws {
        func product(_ weights: Weights, _ name: String, extent: Int) throws -> Convolution {
            let shape = weights.shape(of: "\(name).weight") ?? [0, 0]
            return try Convolution(
                weights.scoped(to: name), inputs: [shape[1]], outputs: shape[0], kernel: 1, extent: extent)
        }
        points = try product(weights, "points", extent: 2)
        embed = try product(weights, "embed", extent: 10)
        token = try weights.tensor("token")
        blocks = try (0..<weights.count("blocks", having: "tokens1.weight")).map { index in
            let block = weights.scoped(to: "blocks.\(index)")
            return Block(
                norm1: try block.tensor("norm1.weight"), tokens1: try product(block, "tokens1", extent: 8),
                tokens2: try product(block, "tokens2", extent: 8), norm2: try block.tensor("norm2.weight"),
                channels1: try product(block, "channels1", extent: 10),
                channels2: try product(block, "channels2", extent: 10))
        }
        output = try Linear(weights.scoped(to: "output"))
    }

    /// - Parameters:
    ///   - faces: (146, 2) each, in any unit.
    ///   - observe: shown the centred points as (2, 146), the tokens, then what comes out of each block.
    /// - Returns: (52) each.
    func outputs(
        _ context: ComputeContext, _ faces: [[Float]], observe: (Tensor) -> Void = { _ in }
    ) -> [[Float]] {
        guard !faces.isEmpty else { return [] }
        let centred = context.tokens(faces.map(Self.centred), count: 2, channels: Self.points)
        observe(centred)
        let fewer = context.transposed(context.convolve(points, ConvolutionInput(Operand(centred))))
        var x = context.prepending(token, to: context.convolve(embed, ConvolutionInput(Operand(fewer))))
        observe(x)
        for block in blocks {
            let first = context.transposed(context.tokenNorm(x, weight: block.norm1, epsilon: Self.epsilon))
            let mixed = run(context, block.tokens1, block.tokens2, first, adding: nil)
            let between = context.adding(x, transposed: mixed)
            let second = context.tokenNorm(between, weight: block.norm2, epsilon: Self.epsilon)
            let next = run(context, block.channels1, block.channels2, second, adding: between)
            for tensor in [x, first, mixed, between, second] { context.release(tensor) }
            x = next
            observe(x)
        }
        let rows = context.linear(output, context.firstPixel(x))
        return (0..<faces.count).map { rows[$0].map { Float(sigmoid(Double($0))) } }
    }

    /// second(relu(first(x))) + residual
    private func run(
        _ context: ComputeContext, _ first: Convolution, _ second: Convolution, _ x: Tensor, adding residual: Tensor?
    ) -> Tensor {
        let inner = context.convolve(first, ConvolutionInput(Operand(x)), then: .relu)
        defer { context.release(inner) }
        return context.convolve(second, ConvolutionInput(Operand(inner)), adding: residual)
    }

    /// p ← p − mean, p ← ½ p / mean |p|, transposed to (2, 146).
    private static func centred(_ face: [Float]) -> [Float] {
        var (x, y) = (0.0, 0.0)
        for point in 0..<points {
            x += Double(face[2 * point])
            y += Double(face[2 * point + 1])
        }
        (x, y) = (x / Double(points), y / Double(points))
        var size = 0.0
        for point in 0..<points {
            let (dx, dy) = (Double(face[2 * point]) - x, Double(face[2 * point + 1]) - y)
            size += (dx * dx + dy * dy).squareRoot()
        }
        // Points that all coincide have no size, and no shape either.
        let scale = size > 0 ? 0.5 * Double(points) / size : 0
        return (0..<(2 * points)).map { place in
            let (axis, point) = (place / points, place % points)
            return Float((Double(face[2 * point + axis]) - (axis == 0 ? x : y)) * scale)
        }
    }
}

/// 1 / (1 + e⁻ˣ), x cut to ±100; not a number stays none.
func sigmoid(_ x: Double) -> Double { x.isNaN ? x : 1 / (1 + exp(-max(-100, min(100, x)))) }
