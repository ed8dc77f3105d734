/// A convolution with its weights, made ready for one method.
package final class Convolution: Sendable {
    /// Shape that it was made for.
    package let shape: ConvolutionShape
    /// Algorithm that computes it.
    package let method: ConvolutionMethod
    let prepared: any PreparedConvolution

    /// - Parameters:
    ///   - weights: (outputs, inputs, k, k); (inputs, outputs, 3, 3) for the transposed form, (outputs, 1, k, k) for
    ///     the depthwise one.
    ///   - bias: (outputs), or empty.
    ///   - method: one that suits the shape; the one of least cost where none is given.
    ///   - width: the widest vectors to use, in floats.
    package init(
        _ shape: ConvolutionShape, weights: [Float], bias: [Float], method: ConvolutionMethod? = nil,
        upTo width: Int = 16
    ) {
        self.shape = shape
        self.method = method ?? .best(for: shape)
        prepared = self.method.algorithm.prepare(shape, weights, bias, width)
    }

    /// Bytes of the weights as held.
    package var byteCount: Int { prepared.byteCount }
}
