import CAllocationCount
import Testing

@testable import AnimoCompute

/// Once the first frames of a kind are drawn, layers find all their memory where it was.
@Suite(.enabled(if: allocations_are_counted() == 1, "needs glibc and no sanitizer"))
struct AllocationTests {
    /// One thread: a pool's work is counted where it is done.
    private let context = ComputeContext(pool: WorkerPool(threads: 1), workspace: Workspace())

    private func ofTen(_ body: () -> Void) -> Int {
        for _ in 0..<3 { body() }
        let before = allocations_of_this_thread()
        for _ in 0..<10 { body() }
        return allocations_of_this_thread() - before
    }

    @Test("A convolution allocates nothing", arguments: ConvolutionMethod.allCases.dropLast())
    func convolution(method: ConvolutionMethod) throws {
        let shape = try #require(ConvolutionShape.awkward.first { method.suits($0) && $0.inputs.count == 1 })
        var noise = Noise(1)
        let layer = Convolution(
            shape, weights: noise.values(shape.weightCount), bias: noise.values(shape.outputs), method: method)
        let stored = StoredTensor(noise.values(16 * 16 * shape.depth), height: 16, width: 16, channels: shape.depth)
        let isMeasured = method != .winogradColumns
        let count = ofTen {
            context.workspace.reset()
            let input = ConvolutionInput(Operand(context.workspace.gather(1) { _ in stored }))
            if isMeasured {
                context.release(context.convolveAndMeasure(layer, input, then: .relu).0)
            } else {
                context.release(context.convolve(layer, input))
            }
        }
        #expect(count == 0)
    }

    @Test("Neither do norms, styles, positions and what is written out")
    func others() {
        var noise = Noise(2)
        let stored = StoredTensor(noise.values(16 * 16 * 8), height: 16, width: 16, channels: 8)
        let norm = LayerNorm(channels: [8, 8], weight: noise.values(16), bias: noise.values(16))
        let style = AdaptiveNorm(
            channels: [8], latent: 12, hidden: 16, shared: (noise.values(12 * 16), noise.values(16)),
            gamma: (noise.values(16 * 8), noise.values(8)), beta: (noise.values(16 * 8), noise.values(8)))
        let norms = [style, style]
        let (latent, kept) = (noise.values(12), noise.values(16))
        let count = ofTen {
            context.workspace.reset()
            let tensor = context.workspace.gather(1) { _ in stored }
            let moments = context.gather(1, pixels: 256) { _ in kept }
            let styles = context.styles(norms, context.rows(1) { _ in latent })
            _ = context.adaptiveNorm(moments, styles[1])
            let affines = context.layerNorm(moments, moments, norm, batch: 1)
            let positions = context.positions(tensor, height: 32, width: 32)
            _ = context.materialise(.warped(tensor, positions))
            _ = context.materialise(Operand(tensor, affines.second, slope: 0.1), .averagePooled)
        }
        #expect(count == 0)
    }
}
