/// All that decides how a separable convolution can be computed: every channel by itself, then 1×1, neither with a bias
/// (Chollet 2017, Xception).
package struct SeparableShape: Sendable, Hashable, CustomStringConvertible {
    /// Effect of the depthwise half on height and width.
    package enum Spatial: String, Sendable, CaseIterable {
        /// k×k taps, k odd, stride 1, padding k/2.
        case same
        /// 4×4 taps, stride 2, padding 1.
        case halving
        /// Nearest-neighbour enlargement by two, then 3×3 taps, padding 1.
        case doubling
        /// The transposed convolution of 4×4 taps, stride 2, padding 1.
        case transposed
    }

    /// One tensor of its input.
    package struct Part: Sendable, Hashable {
        /// Channels of the tensor.
        package var channels: Int
        /// Effect of its taps on height and width.
        package var spatial: Spatial

        /// Creates a part from its fields.
        package init(_ channels: Int, _ spatial: Spatial) {
            self.channels = channels
            self.spatial = spatial
        }
    }

    /// One or two, joined along the channels.
    package var parts: [Part]
    /// Constant planes joined behind the parts, read by `same` taps.
    package var planes: Int
    /// Output channels.
    package var outputs: Int
    /// Taps on a side of the `same` parts and of the planes.
    package var kernel: Int

    /// Creates a shape from its fields.
    package init(parts: [Part], planes: Int = 0, outputs: Int, kernel: Int = 3) {
        self.parts = parts
        self.planes = planes
        self.outputs = outputs
        self.kernel = kernel
    }

    /// Channels of the input, planes among them.
    package var depth: Int { parts.reduce(planes) { $0 + $1.channels } }

    /// Height or width of the output for that of the first part.
    package func outputExtent(_ input: Int) -> Int {
        switch parts[0].spatial {
        case .same: input
        case .halving: input / 2
        case .doubling, .transposed: input * 2
        }
    }

    /// Taps on a side of a part's weights as published.
    func taps(_ spatial: Spatial) -> Int {
        switch spatial {
        case .same: kernel
        case .halving, .transposed: 4
        case .doubling: 3
        }
    }

    /// Text for messages and reports, as `separable 3×3 same 64→128`.
    package var description: String {
        let parts = parts.map { "\($0.spatial.rawValue) \($0.channels)" } + (planes > 0 ? ["planes \(planes)"] : [])
        return "separable \(kernel)×\(kernel) \(parts.joined(separator: "+"))→\(outputs)"
    }
}
