/// The ways to compute a convolution, fastest first. The last one is plain loops: the reference for all others.
///
/// Dispatch and tests both walk this table.
public enum ConvolutionMethod: String, Sendable, CaseIterable {
    /// Sums in registers over packed weights, rows loaded once for each band.
    case packed
    /// The definition.
    case reference

    /// Whether the method can compute such a convolution, and is worth it.
    public func suits(_ shape: ConvolutionShape) -> Bool {
        switch self {
        case .packed, .reference: true
        }
    }

    public static func best(for shape: ConvolutionShape) -> Self {
        allCases.first { $0.suits(shape) } ?? .reference
    }
}
