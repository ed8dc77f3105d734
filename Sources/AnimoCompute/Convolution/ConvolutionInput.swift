import AnimoKernelArguments

/// Scale and shift of every channel of every picture of a batch, (batch, depth) each: a norm ready to be applied.
package struct Affine {
    let scale: UnsafeMutablePointer<Float>
    let shift: UnsafeMutablePointer<Float>
    let depth: Int
}

/// Value that sampling yields beyond a picture's edge.
package enum GridPadding: String, Sendable, Equatable {
    /// The nearest pixel of the edge.
    case border
    /// Zero: black where pictures are 0…1, grey where they are -1…1.
    case zeros
}

/// Source position of each pixel of a warped picture: (batch, height, width, 2), x then y in pixels of the source, at
/// most a pixel outside of it and, without zeros around it, inside.
package struct Positions {
    let batch: Int
    let height: Int
    let width: Int
    let places: UnsafeMutablePointer<Float>
    let padding: GridPadding

    @inline(__always)
    func picture(_ index: Int) -> UnsafeMutablePointer<Float> { places + index * height * width * 2 }
}

/// One part of a convolution's input: a tensor and what is done to it while it is loaded.
package struct Operand {
    var kind = Segment.Kind.single
    var tensor: Tensor
    var affine: Affine?
    var slope: Float
    var other: Tensor?
    var otherAffine: Affine?
    var otherSlope: Float = 1
    var positions: Positions?
    var keep: Tensor?

    /// act(tensor · scale + shift), act leaking `slope` of what is negative; as stored without `affine`.
    package init(_ tensor: Tensor, _ affine: Affine? = nil, slope: Float = 1) {
        self.tensor = tensor
        self.affine = affine
        self.slope = slope
    }

    /// The sum of two operands of the same size, the second one normalised.
    package static func sum(_ first: Operand, _ second: Operand) -> Operand {
        var sum = first
        sum.kind = .sum
        sum.other = second.tensor
        sum.otherAffine = second.affine
        sum.otherSlope = second.slope
        return sum
    }

    /// `tensor` read at `positions`.
    package static func warped(_ tensor: Tensor, _ positions: Positions) -> Operand {
        var operand = Operand(tensor)
        operand.kind = .warped
        operand.positions = positions
        return operand
    }

    /// The same operand, whose values are also written to `tensor` on the way.
    package func keeping(_ tensor: Tensor) -> Operand {
        var operand = self
        operand.keep = tensor
        return operand
    }

    /// Whether it is `tensor` as stored.
    var isStored: Bool { kind == .single && affine == nil }

    /// See ``ConvolutionInput/check(_:_:)``.
    fileprivate func check(_ shape: ConvolutionShape, _ part: Int, batch: Int, height: Int, width: Int) {
        guard tensor.channels == shape.inputs[part], tensor.batch == batch, tensor.height == height,
            tensor.width == width
        else {
            fatalError("\(shape): got \(tensor.height)×\(tensor.width)×\(tensor.channels) beside \(height)×\(width)")
        }
        if let other, other.pixels != tensor.pixels || other.depth != tensor.depth {
            fatalError("\(shape): got a sum of different sizes")
        }
        if let affine, affine.depth < tensor.depth { fatalError("\(shape): got a norm of \(affine.depth) channels") }
        if let positions, positions.height != height || positions.width != width {
            fatalError("\(shape): got positions of \(positions.height)×\(positions.width)")
        }
        if let keep, keep.pixels != tensor.pixels || keep.depth != tensor.depth {
            fatalError("\(shape): got room for \(keep.height)×\(keep.width)×\(keep.channels) to keep")
        }
    }

    /// Picture `index` as the kernels read it.
    func segment(_ index: Int) -> Segment {
        var segment = Segment(
            source: tensor.pictures[index], height: tensor.height, width: tensor.width, channels: tensor.depth)
        segment.kind = kind
        segment.slope = slope
        if let affine {
            segment.scale = UnsafePointer(affine.scale + index * affine.depth)
            segment.shift = UnsafePointer(affine.shift + index * affine.depth)
        }
        if let other, let otherAffine {
            segment.other = UnsafePointer(other.pictures[index])
            segment.otherScale = UnsafePointer(otherAffine.scale + index * otherAffine.depth)
            segment.otherShift = UnsafePointer(otherAffine.shift + index * otherAffine.depth)
            segment.otherSlope = otherSlope
        }
        if let positions {
            segment.positions = UnsafePointer(positions.picture(index))
            segment.isOverZeros = positions.padding == .zeros
        }
        if let keep { segment.keep = keep.pictures[index] }
        return segment
    }
}

/// A convolution's input: up to three operands joined along the channels.
package struct ConvolutionInput {
    var first: Operand
    var second: Operand?
    var third: Operand?

    /// Joins the operands' channels in their order; all are of one height, width and batch.
    package init(_ first: Operand, _ second: Operand? = nil, _ third: Operand? = nil) {
        self.first = first
        self.second = second
        self.third = third
    }

    /// Stops the program where the operands are not of the shape's channels, or not all of one size: this module is
    /// compiled without checks of memory, and a network's shapes are known when its weights are read.
    func check(_ shape: ConvolutionShape, _ residual: Tensor?) {
        guard count == shape.inputs.count else { fatalError("\(shape): got \(count) operands") }
        for part in 0..<count { operand(part).check(shape, part, batch: batch, height: height, width: width) }
        guard let residual else { return }
        let (tall, wide) = (shape.outputExtent(height), shape.outputExtent(width))
        guard residual.channels == shape.outputs, residual.batch == batch,
            residual.height == tall && residual.width == wide
                || (residual.height + residual.height, residual.width + residual.width) == (tall, wide)
        else { fatalError("\(shape): got a residual of \(residual.height)×\(residual.width)×\(residual.channels)") }
    }

    @inline(__always)
    private func operand(_ part: Int) -> Operand {
        switch part {
        case 1: second ?? first
        case 2: third ?? first
        default: first
        }
    }

    var count: Int { third != nil ? 3 : second != nil ? 2 : 1 }
    var batch: Int { first.tensor.batch }
    var height: Int { first.tensor.height }
    var width: Int { first.tensor.width }

    @inline(__always)
    func segment(_ part: Int, picture: Int) -> Segment { operand(part).segment(picture) }
}
