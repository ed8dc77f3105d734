import AnimoKernelTypes

extension Executor {
    /// Bands of output rows: each loads the rows it needs into the worker's scratch memory, then computes.
    ///
    /// The bands depend on the shape alone, since each has its own partial sums.
    func packed(
        _ layer: PackedWeights, _ input: ConvolutionInput, _ output: Tensor, measuring: Bool
    ) -> Moments? {
        let rows = max(1, min(8, output.height / 8))
        let bands = (output.height + rows - 1) / rows
        let partial = measuring ? BandSums(workspace, output, bands: bands) : nil
        let loadedWidth = (output.width - 1) * layer.stride + layer.taps
        let pitch = loadedWidth * layer.depth
        let product = layer.kernels.table(for: layer.outputs)
        pool.run(output.batch * bands) { task, worker in
            let (picture, band) = (task / bands, task % bands)
            let first = band * rows
            let count = min(rows, output.height - first)
            let loadedRows = (count - 1) * layer.stride + layer.taps
            let scratch = pool.scratch(worker, floats: loadedRows * pitch)
            let top = first * layer.stride - layer.origin
            for row in 0..<loadedRows {
                load(
                    input, picture: picture, layer.geometry, parts: layer.parts, y: top + row, x: -layer.origin,
                    count: loadedWidth, into: scratch + row * pitch, stride: layer.depth, keeping: 0..<0)
            }
            let pictureRows = output.pictures[picture]
            for row in 0..<count {
                product.rowProduct(
                    RowProduct(
                        input: scratch + row * layer.stride * pitch, pitch: pitch, step: layer.stride * layer.depth,
                        tapStride: layer.depth, depth: layer.depth, tapsHigh: layer.taps, tapsWide: layer.taps,
                        weights: layer.weights.floats, bias: layer.bias.floats,
                        output: pictureRows + (first + row) * output.width * layer.outputs, outputs: layer.outputs,
                        outputStride: layer.outputs, width: output.width))
            }
            partial?.measure(picture, band, rows: first..<(first + count), output, product)
        }
        // A kept input is written apart: bands overlap, and every pixel is to be written by one of them alone.
        if input.first.keep != nil { keep(input) }
        return partial?.moments(workspace, rowsPerBand: rows)
    }

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
                RowLoad(
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
    public func materialise(_ operand: Operand, _ geometry: Geometry = .plain) -> Tensor {
        let tensor = operand.tensor
        let target = workspace.tensor(
            batch: tensor.batch, height: geometry.extent(of: tensor.height),
            width: geometry.extent(of: tensor.width), channels: tensor.channels)
        materialise(operand, geometry, into: target)
        return target
    }

    private func materialise(_ operand: Operand, _ geometry: Geometry, into target: Tensor) {
        let kernel = kernels.table(for: target.depth)
        pool.run(target.batch * target.height) { task in
            let (picture, y) = (task / target.height, task % target.height)
            kernel.loadRow(
                RowLoad(
                    segment: operand.segment(picture), geometry: geometry, y: y, x: 0, count: target.width,
                    target: target.pictures[picture] + y * target.width * target.depth, pixelStride: target.depth,
                    keeps: false))
        }
    }
}
