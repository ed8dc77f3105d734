/// The names and shapes of an AniMo's tensors, written down once: the model file's check, the converter and tests all
/// read this list.
enum AnimoTensors {
    typealias Shapes = [String: [Int]]

    /// The network that turns a motion into a latent code; both domains share it.
    static func motion(_ widths: AnimoWidths) -> Shapes {
        var shapes: Shapes = [:]
        add(linear: "motion.first.0", from: widths.coefficients, to: widths.latent, to: &shapes)
        for layer in 0..<3 {
            add(linear: "motion.encoder\(layer).1", from: widths.latent, to: widths.latent, to: &shapes)
        }
        return shapes
    }

    /// The hourglass from a picture and a latent code to a flow at a quarter of the size.
    static func warping(_ widths: AnimoWidths, _ domain: Domain) -> Shapes {
        var shapes: Shapes = [:]
        let root = "\(domain.rawValue).warping"
        let encoder = "\(root).hourglass.encoder"
        add(convolution: "\(encoder).input_layer", from: 3, to: widths.warping(0), side: 7, to: &shapes)
        for level in 0..<5 {
            let (before, after) = (widths.warping(level), widths.warping(level + 1))
            let block = "\(encoder).encoder\(level)"
            add(convolution: "\(block).conv_0", from: before, to: after, side: 4, to: &shapes)
            add(convolution: "\(block).conv_1", from: after, to: after, side: 3, to: &shapes)
            add(norm: "\(block).norm_0", channels: before, widths, to: &shapes)
            add(norm: "\(block).norm_1", channels: after, widths, to: &shapes)
        }
        var before = widths.warping(5)
        for level in [4, 3, 2] {
            let after = widths.warping(level)
            let block = "\(root).hourglass.decoder.decoder\(level)"
            add(convolution: "\(block).conv_0", from: before, to: after, side: 3, to: &shapes)
            add(transposed: "\(block).conv_1", from: after, to: after, side: 3, to: &shapes)
            add(transposed: "\(block).conv_s", from: before, to: after, side: 3, to: &shapes)
            add(norm: "\(block).norm_0", channels: before, widths, to: &shapes)
            add(norm: "\(block).norm_1", channels: after, widths, to: &shapes)
            add(norm: "\(block).norm_s", channels: before, widths, to: &shapes)
            before = 2 * after
        }
        add(layerNorm: "\(root).flow_out.0", channels: before, to: &shapes)
        add(convolution: "\(root).flow_out.2", from: before, to: 2, side: 7, to: &shapes)
        return shapes
    }

    /// The network that draws the warped features; only the half of its residual blocks that is computed.
    static func editing(_ widths: AnimoWidths, _ domain: Domain) -> Shapes {
        var shapes: Shapes = [:]
        let root = "\(domain.rawValue).editing"
        func block(_ name: String, _ from: Int, _ to: Int, side: Int) {
            add(convolution: "\(root).\(name).model.0", from: from, to: to, side: side, to: &shapes)
            add(layerNorm: "\(root).\(name).model.1", channels: to, to: &shapes)
        }
        block("encoder.first", 3, widths.editing(0), side: 7)
        for level in 0..<3 { block("encoder.down\(level)", widths.editing(level), widths.editing(level + 1), side: 3) }
        for level in [2, 1, 0] {
            let (before, after) = (widths.editing(level + 1), widths.editing(level))
            for index in 0..<2 {
                let residual = "\(root).decoder.res\(level).res\(index)"
                add(convolution: "\(residual).conv2", from: before, to: before, side: 3, to: &shapes)
                add(norm: "\(residual).norm2", channels: before, widths, to: &shapes)
            }
            block("decoder.up\(level)", before, after, side: 3)
            block("decoder.jump\(level)", after, after, side: 3)
        }
        add(convolution: "\(root).decoder.final.model.0", from: widths.editing(0), to: 3, side: 7, to: &shapes)
        return shapes
    }

    /// Whether `name` belongs to the half of the residual blocks whose result the published code throws away.
    static func isDead(_ name: String) -> Bool {
        name.contains(".decoder.res") && (name.contains(".conv1.") || name.contains(".norm1."))
    }

    static func add(linear name: String, from: Int, to: Int, to shapes: inout Shapes) {
        shapes["\(name).weight"] = [to, from]
        shapes["\(name).bias"] = [to]
    }

    static func add(convolution name: String, from: Int, to: Int, side: Int, to shapes: inout Shapes) {
        shapes["\(name).weight"] = [to, from, side, side]
        shapes["\(name).bias"] = [to]
    }

    private static func add(transposed name: String, from: Int, to: Int, side: Int, to shapes: inout Shapes) {
        shapes["\(name).weight"] = [from, to, side, side]
        shapes["\(name).bias"] = [to]
    }

    private static func add(layerNorm name: String, channels: Int, to shapes: inout Shapes) {
        shapes["\(name).weight"] = [channels, 1, 1]
        shapes["\(name).bias"] = [channels, 1, 1]
    }

    private static func add(norm name: String, channels: Int, _ widths: AnimoWidths, to shapes: inout Shapes) {
        add(linear: "\(name).mlp_shared.0", from: widths.latent, to: widths.style, to: &shapes)
        add(linear: "\(name).mlp_gamma", from: widths.style, to: channels, to: &shapes)
        add(linear: "\(name).mlp_beta", from: widths.style, to: channels, to: &shapes)
    }
}
