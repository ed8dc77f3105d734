import AnimoKernelArguments

extension ComputeContext {
    /// Loads a part of one row of all operands, side by side along the channels.
    @inline(__always)
    func load(
        _ input: ConvolutionInput, picture: Int, _ geometry: Geometry, parts: [Int], y: Int, x: Int, count: Int,
        into target: UnsafeMutablePointer<Float>, stride: Int, keeping: Range<Int>
    ) {
        var place = target
        for part in 0..<input.count {
            let segment = input.segment(part, picture: picture)
            kernels.table(for: segment.channels).loadRow(
                LoadRowArguments(
                    segment: segment, geometry: geometry, y: y, x: x, count: count, target: place,
                    pixelStride: stride, keeps: keeping.contains(y)))
            place += segment.channels * geometry.depthFactor
        }
    }

    /// Writes the first operand's values where it wants them kept.
    func keep(_ input: ConvolutionInput) {
        guard let kept = input.first.keep else { return }
        materialise(input.first, .plain, into: kept)
    }

    /// Writes an operand's values to a tensor of their own.
    package func materialise(_ operand: Operand, _ geometry: Geometry = .plain) -> Tensor {
        let tensor = operand.tensor
        let target = workspace.tensor(
            batch: tensor.batch, height: geometry.extent(of: tensor.height),
            width: geometry.extent(of: tensor.width), channels: tensor.channels)
        materialise(operand, geometry, into: target)
        return target
    }

    /// Writes an operand's values to `target`.
    package func materialise(_ operand: Operand, _ geometry: Geometry = .plain, into target: Tensor) {
        pool.run(
            target.batch * target.height,
            MaterialisedRows(
                operand: operand, geometry: geometry, target: target, kernel: kernels.table(for: target.depth)))
    }
}

private struct MaterialisedRows: PoolWork {
    let operand: Operand
    let geometry: Geometry
    let target: Tensor
    let kernel: KernelTable

    func run(_ task: Int, by worker: Int) {
        let (picture, y) = (task / target.height, task % target.height)
        kernel.loadRow(
            LoadRowArguments(
                segment: operand.segment(picture), geometry: geometry, y: y, x: 0, count: target.width,
                target: target.pictures[picture] + y * target.width * target.depth, pixelStride: target.depth,
                keeps: false))
    }
}
