/// The ways to compute a convolution, fastest first. The last one is plain loops: the reference for all others.
///
/// Dispatch and tests both walk this table.
public enum ConvolutionMethod: String, Sendable, CaseIterable {
    /// 7×7 to at most four channels: F(4, 7) along the columns, the taps of a row as columns of one product.
    case winogradColumns
    /// Winograd's F(6×6, 3×3): 64 products for 36 outputs.
    case winograd6x6
    /// Winograd's F(4×4, 3×3): 36 products for 16 outputs.
    case winograd4x4
    /// A transposed convolution as four ordinary ones of nine taps together.
    case subpixel
    /// 1×1: the picture's pixels as one long row, read where they lie.
    case pointwise
    /// Every channel by itself, its sums in registers.
    case depthwise
    /// Sums in registers over packed weights, rows loaded once for each band.
    case directPacked
    /// The definition.
    case reference

    /// Whether the method can compute such a convolution.
    public func suits(_ shape: ConvolutionShape) -> Bool {
        switch self {
        case .winogradColumns:
            shape.form == .plain && shape.kernel == 7 && shape.stride == 1 && shape.padding == 3
                && shape.outputs <= 4
        case .winograd6x6, .winograd4x4:
            shape.form == .upsampling || shape.form == .transposed
                || shape.form == .plain && shape.kernel == 3 && shape.stride == 1 && shape.padding == 1
                || shape.form == .plain && shape.kernel == 4 && shape.stride == 2 && shape.padding == 1
        case .subpixel: shape.form == .transposed
        case .pointwise:
            shape.form == .plain && shape.kernel == 1 && shape.stride <= 2 && shape.padding == 0
                && shape.inputs.count == 1
        case .depthwise: shape.form == .depthwise && shape.inputs.count == 1
        case .directPacked: shape.form != .depthwise
        case .reference: true
        }
    }

    /// Roughly how long the method takes for one picture of the shape's extent, in seconds on one core.
    ///
    /// Products at the speed of the product kernels; weights at the speed of the memory they come from, once more for
    /// the room they take; the transforms as measured for each point, tile and channel.
    func cost(_ shape: ConvolutionShape) -> Double {
        let (depth, outputs) = (Double(shape.depth), Double(paddedChannels(shape.outputs)))
        let extent = Double(shape.extent)
        func product(_ rows: Double, _ depth: Double) -> Double {
            2 * rows * depth * outputs / 2.4e11 + 4 * depth * outputs / 1e10
        }
        switch self {
        case .winogradColumns: return 0
        case .winograd6x6, .winograd4x4:
            let side = self == .winograd6x6 ? 6.0 : 4.0
            let across = (extent / side).rounded(.up)
            let gathers = shape.form == .plain && shape.stride == 2
            let line = side + (shape.form == .plain && !gathers ? 2 : 1)
            let loaded = gathers ? 4 * depth : depth
            let each = self == .winograd6x6 ? 1.9e-10 : 1.4e-10
            return line * line * (product(across * across, loaded) + across * across * (loaded + outputs) * each)
        case .subpixel:
            return product(extent * extent / 4, depth * 9)
        case .pointwise: return product(extent * extent, depth)
        case .depthwise: return 0
        case .directPacked:
            let taps = Double(shape.kernel * shape.kernel)
            return product(extent * extent, depth * taps)
        case .reference: return .infinity
        }
    }

    /// The method that should take the least time.
    public static func best(for shape: ConvolutionShape) -> Self {
        allCases.filter { $0.suits(shape) }.min { $0.cost(shape) < $1.cost(shape) } ?? .reference
    }
}
