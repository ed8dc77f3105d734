import AnimoCheckpoint
import AnimoCompute

/// A cursor into a model's tensors, like a directory in a tree: names below it are relative to it.
package struct Weights: Sendable {
    private let arrays: [String: NamedArray]
    private let path: String
    /// Style in which the layers made from these weights compute.
    let style: Style

    /// Style in which layers are to be made.
    struct Style: Sendable {
        /// One method for all convolutions; none means the best for each.
        var method: ConvolutionMethod?
        /// The side of the pictures at which speed matters.
        var nativeSize: Int
        /// The widest vectors to use, in floats.
        var lanes = 16
        /// Everything by the plain loops, to hold the fast ways against.
        var isPlain: Bool { method == .reference }
    }

    /// Begins at the root of `arrays`.
    package init(_ arrays: [String: NamedArray]) {
        self.init(arrays, style: Style(method: nil, nativeSize: 256))
    }

    /// - Parameter path: scope that names are relative to; empty at the root.
    init(_ arrays: [String: NamedArray], style: Style, path: String = "") {
        self.arrays = arrays
        self.style = style
        self.path = path
    }

    /// The weights below `name`.
    package func scoped(to name: String) -> Weights {
        Weights(arrays, style: style, path: path.isEmpty ? name : "\(path).\(name)")
    }

    /// Returns whether there is a tensor of this name.
    package func has(_ name: String) -> Bool { shape(of: name) != nil }

    /// Returns a tensor's shape; nil where there is none.
    package func shape(of name: String) -> [Int]? { arrays[full(name)]?.shape }

    /// A tensor's values in row-major order.
    package func tensor(_ name: String) throws -> [Float] {
        guard let array = arrays[full(name)] else {
            throw ModelError(.missingTensor, "tensor \"\(full(name))\": expected one, got none")
        }
        return try array.floats()
    }

    private func full(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}
