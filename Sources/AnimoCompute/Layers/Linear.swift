import AnimoKernelTypes

/// A few vectors of one length, one for each picture of a batch: (batch, depth).
public struct Rows {
    public let batch: Int
    public let count: Int
    let floats: UnsafeMutablePointer<Float>
    var depth: Int { paddedChannels(count) }

    public subscript(_ picture: Int) -> [Float] {
        Array(UnsafeBufferPointer(start: floats + picture * depth, count: count))
    }
}

/// y = W·x + b
public final class Linear: Sendable {
    public let inputs: Int
    public let outputs: Int
    private let weights: Buffer
    private let bias: Buffer
    private let kernels: KernelChoice

    /// - Parameters:
    ///   - weights: (outputs, inputs); bias: (outputs).
    public init(inputs: Int, outputs: Int, weights original: [Float], bias originalBias: [Float]) {
        self.inputs = inputs
        self.outputs = outputs
        kernels = .best
        let (rows, columns) = (paddedChannels(inputs), paddedChannels(outputs))
        var transposed = [Float](repeating: 0, count: rows * columns)
        for output in 0..<outputs {
            for input in 0..<inputs { transposed[input * columns + output] = original[output * inputs + input] }
        }
        let layout = PanelLayout(lanes: kernels.table(for: columns).lanes, rows: rows, columns: columns)
        weights = Buffer(layout.count)
        layout.pack(transposed, into: weights.floats)
        bias = Buffer(padded(originalBias, parts: [outputs]))
    }

    /// - Parameters:
    ///   - input: (batch, padded inputs); output: (batch, padded outputs).
    func apply(_ input: UnsafePointer<Float>, batch: Int, to output: UnsafeMutablePointer<Float>) {
        let (rows, columns) = (paddedChannels(inputs), paddedChannels(outputs))
        kernels.table(for: columns).rowProduct(
            RowProduct(
                input: input, pitch: 0, step: rows, tapStride: 0, depth: rows, tapsHigh: 1, tapsWide: 1,
                weights: weights.floats, bias: bias.floats, output: output, outputs: columns, outputStride: columns,
                width: batch))
    }

    public var byteCount: Int { weights.count * MemoryLayout<Float>.stride }
}

extension Executor {
    /// Vectors of one length as a batch.
    public func rows(_ values: [[Float]]) -> Rows {
        let rows = rows(batch: values.count, count: values.first?.count ?? 0)
        for (picture, vector) in values.enumerated() {
            for index in 0..<rows.depth {
                rows.floats[picture * rows.depth + index] = index < vector.count ? vector[index] : 0
            }
        }
        return rows
    }

    func rows(batch: Int, count: Int) -> Rows {
        Rows(batch: batch, count: count, floats: workspace.floats(batch * paddedChannels(count)))
    }

    public func linear(_ layer: Linear, _ input: Rows) -> Rows {
        let output = rows(batch: input.batch, count: layer.outputs)
        layer.apply(input.floats, batch: input.batch, to: output.floats)
        return output
    }

    /// x + W·act(x) + b, act leaking `slope`.
    public func residualLinear(_ layer: Linear, _ input: Rows, slope: Float) -> Rows {
        let activated = rows(batch: input.batch, count: input.count)
        for place in 0..<(input.batch * input.depth) {
            let value = input.floats[place]
            activated.floats[place] = max(value, slope * value)
        }
        let output = linear(layer, activated)
        for place in 0..<(input.batch * input.depth) { output.floats[place] += input.floats[place] }
        return output
    }
}
