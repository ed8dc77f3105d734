import AnimoKernelArguments
import COpenBLAS

/// A few vectors of one length, one for each picture of a batch: (batch, depth).
package struct Rows {
    /// Number of pictures.
    package let batch: Int
    /// Numbers of one picture, without the padding.
    package let count: Int
    let floats: UnsafeMutablePointer<Float>
    var depth: Int { paddedChannels(count) }

    /// Numbers of one picture, (count), copied.
    package subscript(_ picture: Int) -> [Float] {
        Array(UnsafeBufferPointer(start: floats + picture * depth, count: count))
    }
}

/// y = W·x + b, by OpenBLAS: these products are bound by memory, not by arithmetic, so a kernel of ours gains nothing.
///
/// One product for each picture, so that a picture's numbers do not depend on its batch.
package final class Linear: Sendable {
    /// Numbers read of each picture.
    package let inputs: Int
    /// Numbers made of each picture.
    package let outputs: Int
    /// (outputs, inputs)
    let weights: Buffer
    /// (padded outputs)
    let bias: Buffer
    private let isPlain: Bool

    /// - Parameters:
    ///   - weights: (outputs, inputs); bias: (outputs).
    ///   - isPlain: by the reference loop.
    package init(inputs: Int, outputs: Int, weights: [Float], bias: [Float], isPlain: Bool = false) {
        OneThreadedBLAS.isSet()
        self.isPlain = isPlain
        self.inputs = inputs
        self.outputs = outputs
        self.weights = Buffer(weights)
        self.bias = Buffer(padded(bias, parts: [outputs]))
    }

    /// - Parameters:
    ///   - input: (batch, padded inputs); output: (batch, padded outputs).
    func apply(_ input: UnsafePointer<Float>, batch: Int, to output: UnsafeMutablePointer<Float>) {
        for picture in 0..<batch { apply(input, picture, 0..<outputs, to: output) }
    }

    /// Some of the outputs of one picture; the range that holds the last of them fills the padding too.
    func apply(
        _ input: UnsafePointer<Float>, _ picture: Int, _ range: Range<Int>, to output: UnsafeMutablePointer<Float>
    ) {
        let (rows, columns) = (paddedChannels(inputs), paddedChannels(outputs))
        let (x, y) = (input + picture * rows, output + picture * columns + range.lowerBound)
        let end = range.upperBound == outputs ? columns : range.upperBound
        y.update(from: bias.floats + range.lowerBound, count: end - range.lowerBound)
        let weights = weights.floats + range.lowerBound * inputs
        if isPlain {
            referenceProduct(weights, outputs: range.count, inputs: inputs, x, addingTo: y)
        } else {
            cblas_sgemv(
                CblasRowMajor, CblasNoTrans, Int32(range.count), Int32(inputs), 1, weights, Int32(inputs), x, 1, 1, y,
                1)
        }
    }

    /// Outputs that one thread computes at a time where there are many.
    static let share = 1024

    /// Memory of the weights, in bytes.
    package var byteCount: Int { weights.count * MemoryLayout<Float>.stride }
}

/// The worker pool shares the cores out; OpenBLAS computes on the thread that calls it.
private enum OneThreadedBLAS {
    private static let once: Void = openblas_set_num_threads(1)

    static func isSet() { once }
}

extension ComputeContext {
    /// Vectors of one length as a batch.
    package func rows(_ values: [[Float]]) -> Rows { rows(values.count) { values[$0] } }

    /// A batch of `batch` vectors, of the first one's length.
    package func rows(_ batch: Int, _ values: (_ picture: Int) -> [Float]) -> Rows {
        let rows = rows(batch: batch, count: batch > 0 ? values(0).count : 0)
        for picture in 0..<batch {
            let vector = values(picture)
            for index in 0..<rows.depth {
                rows.floats[picture * rows.depth + index] = index < vector.count ? vector[index] : 0
            }
        }
        return rows
    }

    func rows(batch: Int, count: Int) -> Rows {
        Rows(batch: batch, count: count, floats: workspace.floats(batch * paddedChannels(count)))
    }

    /// act(W·x + b), act leaking `slope` of what is negative: 1 leaves it, 0 is relu.
    package func linear(_ layer: Linear, _ input: Rows, slope: Float = 1) -> Rows {
        let output = rows(batch: input.batch, count: layer.outputs)
        if layer.outputs <= 2 * Linear.share {
            layer.apply(input.floats, batch: input.batch, to: output.floats)
        } else {
            let shares = (layer.outputs + Linear.share - 1) / Linear.share
            pool.run(
                input.batch * shares, LinearShares(layer: layer, input: input, output: output, count: shares))
        }
        if slope != 1 {
            for place in 0..<(output.batch * output.depth) {
                let value = output.floats[place]
                output.floats[place] = max(value, slope * value)
            }
        }
        return output
    }

    /// x + W·act(x) + b, act leaking `slope`.
    package func residualLinear(_ layer: Linear, _ input: Rows, slope: Float) -> Rows {
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

/// The outputs of a large product in shares, picture after picture.
private struct LinearShares: PoolWork {
    let layer: Linear
    let input: Rows
    let output: Rows
    /// Numbers in the row of one picture.
    let count: Int

    func run(_ task: Int, by worker: Int) {
        let first = task % count * Linear.share
        layer.apply(
            input.floats, task / count, first..<min(first + Linear.share, layer.outputs), to: output.floats)
    }
}
