import AnimoCheckpoint

/// The blend-shape network, a mixer over tokens and channels: (1, 146, 2) → 52 coefficients (Tolstikhin et al. 2021;
/// Grishchenko et al. 2023, "Blendshapes GHUM").
enum BlendshapeGraph {
    /// Tensors of the network by their names in a model file.
    ///
    /// - Parameter what: name of the file, for messages.
    /// - Throws: where the graph is not the published one.
    static func tensors(_ file: FileBytes, what: String) throws(CheckpointError) -> [String: NamedArray] {
        let points = FaceTensors.blendshapePoints
        var matcher = try GraphMatcher(file, what: what, inputShape: [1, points, 2])
        let root = "face.blendshapes"
        var value = try matcher.normalisedPoints(points)
        value = try matcher.turned(value)
        value = try matcher.linear(
            value, "\(root).points", from: points, to: FaceTensors.blendshapePairs, rows: (1, 2))
        value = try matcher.turned(value)
        let channels = FaceTensors.blendshapeChannels
        value = try matcher.linear(
            value, "\(root).embed", from: 2, to: channels, rows: (1, FaceTensors.blendshapePairs))
        let token = GraphMatcher.Weight(name: "\(root).token", shape: [1, 1, 1, channels], reshaped: [channels])
        value = try matcher.next(
            .concatenation, .weight(token), .value(value), options: [.integer(0, -2, "axis")])
        for index in 0..<FaceTensors.blendshapeBlocks {
            value = try matcher.mixerBlock(value, "\(root).blocks.\(index)")
        }
        for count in [2, 1] {
            value = try matcher.next(
                .stridedSlice, .value(value), .constant([0, 0, 0, 0], shape: [4]),
                .constant([0, 0, Float(count), 0], shape: [4]), .constant([1, 1, 1, 1], shape: [4]),
                shape: [1, 1, count, channels])
        }
        let count = FaceTensors.blendshapeCount
        value = try matcher.linear(value, "\(root).output", from: channels, to: count, rows: (1, 1))
        value = try matcher.next(.logistic, .value(value))
        value = try matcher.next(.reshape, .value(value), .constant([1, Float(count)], shape: [2]))
        value = try matcher.next(
            .stridedSlice, .value(value), .constant([0, 0], shape: [2]), .constant([1, Float(count)], shape: [2]),
            .constant([1, 1], shape: [2]), shape: [count])
        return try matcher.end(value)
    }
}

extension GraphMatcher {
    /// p ← p − mean; p ← ½ p / mean|p|, as (1, 1, points, 2)
    fileprivate mutating func normalisedPoints(_ points: Int) throws(CheckpointError) -> Int {
        let axis = Operand.constant([-2], shape: [])
        var value = try mean(input, axis)
        value = try next(.sub, .value(input), .value(value))
        let square = try next(.mul, .value(value), .value(value))
        let sum = try next(
            .sum, .value(square), .constant([-1], shape: [1]), options: [.byte(0, 1, "keep dimensions")])
        let length = try mean(try next(.sqrt, .value(sum)), axis)
        value = try next(.div, .value(value), .value(length))
        value = try next(.reshape, .value(value), .constant([1, 1, Float(points), 2], shape: [4]))
        value = try next(
            .stridedSlice, .value(value), .constant([0, 0, 0, 0], shape: [4]),
            .constant([0, 1, Float(points), 2], shape: [4]), .constant([1, 1, 1, 1], shape: [4]),
            shape: [1, 1, points, 2])
        return try next(.mul, .value(value), .constant([0.5], shape: []))
    }

    /// X += tokens2(ReLU(tokens1(N₁(X)ᵀ)))ᵀ, then X += channels2(ReLU(channels1(N₂(X))))
    fileprivate mutating func mixerBlock(_ input: Int, _ name: String) throws(CheckpointError) -> Int {
        let (tokens, channels) = (FaceTensors.blendshapeTokens, FaceTensors.blendshapeChannels)
        var value = try turned(try norm(input, "\(name).norm1"))
        value = try twoLayers(
            value, "\(name).tokens", width: tokens, middle: FaceTensors.tokensMiddle, rows: (1, channels))
        let sum = try add(.value(try turned(value)), .value(input))
        value = try twoLayers(
            try norm(sum, "\(name).norm2"), "\(name).channels", width: channels, middle: FaceTensors.channelsMiddle,
            rows: (1, tokens))
        return try add(.value(value), .value(sum))
    }

    /// (x − mean) / √(variance + ε) · weight, with ε = 10⁻⁶ as float16 has it.
    private mutating func norm(_ input: Int, _ name: String) throws(CheckpointError) -> Int {
        let axis = Operand.constant([3], shape: [1])
        let centre = try mean(input, axis)
        let minus = try next(.neg, .value(centre))
        let variance = try mean(try next(.squaredDifference, .value(input), .value(centre)), axis)
        let sum = try add(.value(variance), .constant([Float(Float16(1e-6))], shape: []))
        let rate = try next(.rsqrt, .value(sum))
        let weight = Weight(name: "\(name).weight", shape: [FaceTensors.blendshapeChannels])
        let scale = try next(.mul, .value(rate), .weight(weight))
        let scaled = try next(.mul, .value(input), .value(scale))
        let shift = try next(.mul, .value(minus), .value(scale))
        return try add(.value(scaled), .value(shift))
    }

    private mutating func twoLayers(
        _ input: Int, _ name: String, width: Int, middle: Int, rows: (Int, Int)
    ) throws(CheckpointError) -> Int {
        let between = try linear(input, "\(name)1", from: width, to: middle, rows: rows, hasReLU: true)
        return try linear(between, "\(name)2", from: middle, to: width, rows: rows)
    }

    /// A linear layer over the last axis, written as a 1×1 convolution.
    fileprivate mutating func linear(
        _ input: Int, _ name: String, from: Int, to: Int, rows: (Int, Int), hasReLU: Bool = false
    ) throws(CheckpointError) -> Int {
        try convolution(
            input, name, kind: .linear, from: from, to: to, side: 1, result: rows, hasReLU: hasReLU)
    }

    private mutating func mean(_ input: Int, _ axis: Operand) throws(CheckpointError) -> Int {
        try next(.mean, .value(input), axis, options: [.byte(0, 1, "keep dimensions")])
    }

    /// The last two axes exchanged.
    fileprivate mutating func turned(_ input: Int) throws(CheckpointError) -> Int {
        try next(.transpose, .value(input), .constant([0, 1, 3, 2], shape: [4]))
    }
}
