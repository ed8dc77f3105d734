/// The algorithms for a convolution by name, fastest first. The last one is plain loops: the reference for all others.
///
/// Dispatch and tests both walk this table.
package enum ConvolutionMethod: String, Sendable, CaseIterable {
    case winogradColumns
    case winograd6x6
    case winograd4x4
    case subpixel
    case pointwise
    case depthwise
    case directPacked
    case reference

    var algorithm: ConvolutionAlgorithm {
        switch self {
        case .winogradColumns: .winogradColumns
        case .winograd6x6: .winograd6x6
        case .winograd4x4: .winograd4x4
        case .subpixel: .subpixel
        case .pointwise: .pointwise
        case .depthwise: .depthwise
        case .directPacked: .directPacked
        case .reference: .reference
        }
    }

    /// Returns whether the method can compute such a convolution.
    package func suits(_ shape: ConvolutionShape) -> Bool { algorithm.suits(shape) }

    /// The method that should take the least time.
    package static func best(for shape: ConvolutionShape) -> Self {
        allCases.filter { $0.suits(shape) }.min { $0.algorithm.seconds(shape) < $1.algorithm.seconds(shape) }
            ?? .reference
    }
}
