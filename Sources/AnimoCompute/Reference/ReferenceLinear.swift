/// y += W·x by the plain loop, summed in double precision.
///
/// - Parameters:
///   - weights: (outputs, inputs), row-major; x: (inputs); y: (outputs).
func referenceProduct(
    _ weights: UnsafePointer<Float>, outputs: Int, inputs: Int, _ x: UnsafePointer<Float>,
    addingTo y: UnsafeMutablePointer<Float>
) {
    for output in 0..<outputs {
        var sum = Double(y[output])
        for input in 0..<inputs { sum += Double(weights[output * inputs + input]) * Double(x[input]) }
        y[output] = Float(sum)
    }
}

extension Linear {
    /// W·x + b with its padding, in double precision.
    func referenceOutputs(_ x: [some BinaryFloatingPoint]) -> [Double] {
        (0..<paddedChannels(outputs)).map { output in
            var sum = Double(bias.floats[output])
            guard output < outputs else { return sum }
            for input in 0..<inputs { sum += Double(weights.floats[output * inputs + input]) * Double(x[input]) }
            return sum
        }
    }
}
