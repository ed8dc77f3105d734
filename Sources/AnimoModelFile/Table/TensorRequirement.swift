/// Names and shapes of tensors.
package typealias TensorShapes = [String: [Int]]

/// A size of a network that varies from file to file, by the name the metadata gives it.
package struct NetworkWidth: Sendable, Equatable {
    /// Name in the metadata.
    package let name: String
    /// Size, in channels or blocks.
    package let value: Int
}

/// The tensors that a network of a family must have, its sizes read off those that are there.
package struct TensorRequirement: Sendable {
    /// Those of the published sizes where the sizes cannot be read off.
    package var tensors: TensorShapes
    /// Widths read off the shapes.
    package var widths: [NetworkWidth]
    /// Indicates whether the sizes could be read off; if not, only absences are told.
    package var isSized: Bool
}

extension TensorShapes {
    /// An axis of a tensor's shape, where the tensor is there with that many axes and the size is a possible width.
    package func width(_ name: String, axis: Int, rank: Int) -> Int? {
        guard let shape = self[name], shape.count == rank, (1...4096).contains(shape[axis]) else { return nil }
        return shape[axis]
    }

    /// Number of `name(0)`, `name(1)`… that are there without a gap, at most 64.
    package func count(_ name: (Int) -> String) -> Int { (0..<64).prefix { self[name($0)] != nil }.count }

    /// Adds weight (to, from) and bias (to) of a linear layer.
    package mutating func add(linear name: String, from: Int, to: Int) {
        self["\(name).weight"] = [to, from]
        self["\(name).bias"] = [to]
    }

    /// Adds weight (to, from, side, side) and bias (to) of a convolution.
    package mutating func add(convolution name: String, from: Int, to: Int, side: Int, hasBias: Bool = true) {
        self["\(name).weight"] = [to, from, side, side]
        if hasBias { self["\(name).bias"] = [to] }
    }

    /// The four vectors of a batch norm; its counter of batches is in no model file.
    package mutating func add(batchNorm name: String, channels: Int) {
        for leaf in ["weight", "bias", "running_mean", "running_var"] { self["\(name).\(leaf)"] = [channels] }
    }
}
