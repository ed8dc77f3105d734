/// The blocks of the pose encoder, MobileNetV2 as published (Sandler et al. 2018, table 2).
package enum PoseEncoderLayout {
    /// Rows of the table: expansion t, how many blocks, stride of the first. Neither t nor strides show in the tensors'
    /// shapes; channels do.
    static let table: [(expansion: Int, count: Int, stride: Int)] = [
        (1, 1, 1), (6, 2, 2), (6, 3, 2), (6, 4, 2), (6, 3, 1), (6, 3, 2), (6, 1, 1),
    ]
    /// Strides of `features.1` to `features.17`.
    package static let strides = table.flatMap { row in (0..<row.count).map { $0 == 0 ? row.stride : 1 } }
    /// Expansion factors of `features.1` to `features.17`.
    package static let expansions = table.flatMap { row in (0..<row.count).map { _ in row.expansion } }
    /// The index of the last 1×1 convolution among the features.
    package static let last = strides.count + 1
}
