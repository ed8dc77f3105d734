/// The ways to compute a convolution, fastest first. The last one is plain loops: the reference for all others.
///
/// Dispatch and tests both walk this table.
public enum ConvolutionMethod: String, Sendable, CaseIterable {
    /// 7×7 to at most four channels: F(4, 7) along the columns, the taps of a row as columns of one product.
    case head
    /// Winograd's F(6×6, 3×3): 64 products for 36 outputs.
    case tiles6
    /// Winograd's F(4×4, 3×3): 36 products for 16 outputs.
    case tiles4
    /// Sums in registers over packed weights, rows loaded once for each band.
    case packed
    /// The definition.
    case reference

    /// Whether the method can compute such a convolution.
    public func suits(_ shape: ConvolutionShape) -> Bool {
        switch self {
        case .head:
            shape.form == .plain && shape.kernel == 7 && shape.stride == 1 && shape.padding == 3
                && shape.outputs <= 4
        case .tiles6, .tiles4:
            shape.form != .plain || shape.kernel == 3 && shape.stride == 1 && shape.padding == 1
                || shape.kernel == 4 && shape.stride == 2 && shape.padding == 1
        case .packed, .reference: true
        }
    }

    /// Roughly how long the method takes for one picture of the shape's extent, in seconds on one core.
    ///
    /// Products at the speed of the product kernels, or of the memory that their weights come from; and the
    /// transforms, measured for each tile and channel.
    func cost(_ shape: ConvolutionShape) -> Double {
        let (depth, outputs) = (Double(shape.depth), Double(shape.outputs))
        let extent = Double(shape.extent)
        func product(_ rows: Double, _ depth: Double) -> Double {
            max(2 * rows * depth * outputs / 2.2e11, 4 * depth * outputs / 2e10)
        }
        switch self {
        case .head: return 0
        case .tiles6, .tiles4:
            let side = self == .tiles6 ? 6.0 : 4.0
            let across = (extent / side).rounded(.up)
            let gathers = shape.form == .plain && shape.stride == 2
            let line = side + (shape.form == .plain && !gathers ? 2 : 1)
            let loaded = gathers ? 4 * depth : depth
            let transforms = across * across * line * line * (loaded + outputs) * 1.5e-10
            return line * line * product(across * across, loaded) + transforms
        case .packed:
            let waste = shape.form == .transposed ? 1.0 : 1.05
            return product(extent * extent, depth * Double(shape.kernel * shape.kernel)) * waste
        case .reference: return .infinity
        }
    }

    /// The method that should take the least time.
    public static func best(for shape: ConvolutionShape) -> Self {
        allCases.filter { $0.suits(shape) }.min { $0.cost(shape) < $1.cost(shape) } ?? .reference
    }
}
