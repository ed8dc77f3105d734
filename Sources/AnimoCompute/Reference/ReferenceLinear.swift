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
