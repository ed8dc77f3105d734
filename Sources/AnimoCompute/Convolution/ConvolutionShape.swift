/// Change of a convolution's input before the taps.
package enum ConvolutionForm: String, Sendable, CaseIterable {
    /// k×k taps at a stride.
    case plain
    /// Nearest-neighbour enlargement by two, then 3×3 taps of stride 1, padding 1.
    case upsampling
    /// The transposed convolution of kernel 3, stride 2, padding 1, output padding 1: twice the size.
    case transposed
    /// k×k taps at a stride, every channel by itself: as many outputs as inputs.
    case depthwise
}

/// All that decides how a convolution can be computed.
package struct ConvolutionShape: Sendable, Hashable, CustomStringConvertible {
    /// Channels of the parts that its input is joined from, in order.
    package var inputs: [Int]
    /// Output channels.
    package var outputs: Int
    /// Taps on a side.
    package var kernel: Int
    /// Input pixels from one output pixel to the next.
    package var stride: Int
    /// Zeros at each edge.
    package var padding: Int
    /// Change of the input before the taps.
    package var form: ConvolutionForm
    /// Output height or width at the size the model is made for: decides what pays, not what is right.
    package var extent: Int

    /// Creates a shape.
    ///
    /// - Parameter padding: nil for k/2 at stride 1, (k − 1)/2 at others.
    package init(
        inputs: [Int], outputs: Int, kernel: Int, stride: Int = 1, padding: Int? = nil,
        form: ConvolutionForm = .plain, extent: Int
    ) {
        self.inputs = inputs
        self.outputs = outputs
        self.kernel = kernel
        self.stride = stride
        self.padding = padding ?? (stride == 1 ? kernel / 2 : (kernel - 1) / 2)
        self.form = form
        self.extent = extent
    }

    /// Input channels.
    package var depth: Int { inputs.reduce(0, +) }

    /// Height or width of the output for that of the input.
    package func outputExtent(_ input: Int) -> Int {
        switch form {
        case .plain, .depthwise: (input + 2 * padding - kernel) / stride + 1
        case .upsampling, .transposed: 2 * input
        }
    }

    /// Multiply-adds by definition for one output of height × width pixels.
    package func multiplyAdds(height: Int, width: Int) -> Int {
        let each = kernel * kernel * outputs * height * width
        return switch form {
        case .plain, .upsampling: each * depth
        case .transposed: each * depth / 4
        case .depthwise: each
        }
    }

    /// Numbers of the weights: (outputs, inputs, k, k), of any order, and (outputs, 1, k, k) for the depthwise form.
    package var weightCount: Int { outputs * kernel * kernel * (form == .depthwise ? 1 : depth) }

    /// Text for messages and reports, as `plain 3×3/1 64→128 @64`.
    package var description: String {
        let parts = inputs.map(String.init).joined(separator: "+")
        return "\(form.rawValue) \(kernel)×\(kernel)/\(stride) \(parts)→\(outputs) @\(extent)"
    }
}
