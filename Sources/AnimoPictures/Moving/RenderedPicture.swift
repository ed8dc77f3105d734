/// A picture as the networks rendered it, at their own size, with the flow that they found for it.
package struct RenderedPicture: Sendable {
    /// Width in pixels.
    package let width: Int
    /// Height in pixels.
    package let height: Int
    /// Motion that the networks found for it.
    package let flow: FlowGrid
    /// (height, width), red, green and blue, 0 … 255.
    let levels: [SIMD4<Float>]

    /// - Parameter pixels: (height, width, 3), 0 … 1; clamped to that, what is not a number counts as black.
    package init(pixels: [Float], width: Int, height: Int, flow: FlowGrid) {
        self.width = max(1, width)
        self.height = max(1, height)
        self.flow = flow
        let count = self.width * self.height
        func level(_ index: Int) -> Float {
            let value = index < pixels.count ? pixels[index] : 0
            return value > 0 ? min(value, 1) * 255 : 0
        }
        levels = (0..<count).map { SIMD4(level(3 * $0), level(3 * $0 + 1), level(3 * $0 + 2), 0) }
    }
}
