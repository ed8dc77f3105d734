extension ComputeContext {
    /// Source positions of the pixels of a picture of height × width under `flow`.
    ///
    /// flow: (batch, h, w, 2), x then y, in pixels of its own grid. As published, the grid spans the flow's corner
    /// centres (aligned corners) but is read with unaligned ones, so zero flow is not the identity; a grid of another
    /// size is resized bilinearly without anti-aliasing. Both are linear, which leaves, with R the resizing,
    ///
    /// p = R(x + flow) · width / (w − 1) − 1/2, held inside the picture or the zeros around it.
    package func positions(_ flow: Tensor, height: Int, width: Int, padding: GridPadding = .border) -> Positions {
        if isReference { return referencePositions(flow, height: height, width: width, padding: padding) }
        let positions = Positions(
            batch: flow.batch, height: height, width: width,
            places: workspace.floats(flow.batch * height * width * 2), padding: padding)
        pool.run(flow.batch * height, PositionRows(pool: pool, flow: flow, positions: positions))
        return positions
    }

    /// The two places of an axis of `count` between which place `index` of the resized axis lies, and how far.
    @inline(__always)
    static func neighbours(_ index: Int, _ step: Float, of count: Int) -> (Int, Int, Float) {
        let place = max(step * (Float(index) + 0.5) - 0.5, 0)
        let first = Int(place)
        return (first, min(first + 1, count - 1), place - Float(first))
    }
}

private struct PositionRows: PoolWork {
    let pool: WorkerPool
    let flow: Tensor
    let positions: Positions

    func run(_ task: Int, by worker: Int) {
        let (height, width) = (positions.height, positions.width)
        let (h, w, depth) = (flow.height, flow.width, flow.depth)
        let (stepY, stepX) = (Float(h) / Float(height), Float(w) / Float(width))
        let scale = SIMD2(Float(width) / Float(max(1, w - 1)), Float(height) / Float(max(1, h - 1)))
        let bounds = PositionBounds(height: height, width: width, padding: positions.padding)
        let (picture, y) = (task / height, task % height)
        let values = flow.pictures[picture]
        let target = UnsafeMutableRawPointer(positions.picture(picture) + y * width * 2)
            .assumingMemoryBound(to: SIMD2<Float>.self)
        let (y0, y1, ty) = ComputeContext.neighbours(y, stepY, of: h)
        // x + flow between the two rows of the grid, then between the two columns.
        let row = UnsafeMutableRawPointer(pool.scratch(worker, floats: 2 * w))
            .assumingMemoryBound(to: SIMD2<Float>.self)
        for x in 0..<w {
            let (a, b) = (values + (y0 * w + x) * depth, values + (y1 * w + x) * depth)
            let upper = SIMD2(Float(x) + a[0], Float(y0) + a[1])
            let lower = SIMD2(Float(x) + b[0], Float(y1) + b[1])
            row[x] = upper * (1 - ty) + lower * ty
        }
        for x in 0..<width {
            let (x0, x1, tx) = ComputeContext.neighbours(x, stepX, of: w)
            let place = row[x0] * (1 - tx) + row[x1] * tx
            target[x] = bounds.clamp(place * scale - 0.5)
        }
    }
}

/// Bounds of positions in a picture of a size.
struct PositionBounds {
    let first: SIMD2<Float>
    let last: SIMD2<Float>

    init(height: Int, width: Int, padding: GridPadding) {
        let room: Float = padding == .zeros ? 1 : 0
        first = SIMD2(repeating: -room)
        last = SIMD2(Float(width - 1) + room, Float(height - 1) + room)
    }

    /// The nearest place that is allowed; the first one for what is not a number.
    @inline(__always)
    func clamp(_ place: SIMD2<Float>) -> SIMD2<Float> {
        let above = place.replacing(with: first, where: .!(place .>= first))
        return above.replacing(with: last, where: above .> last)
    }
}

extension Tensor {
    /// One picture's flow as sampling positions, (h, w, 2), x then y, -1…1: 2x / (w − 1) − 1 + 2 · flow / (w − 1).
    package func flowPositions(_ picture: Int) -> [Float] {
        let (scaleX, scaleY) = (2 / Float(max(1, width - 1)), 2 / Float(max(1, height - 1)))
        return positions(picture) { x, y, flow in
            SIMD2((Float(x) + flow.x) * scaleX - 1, (Float(y) + flow.y) * scaleY - 1)
        }
    }

    /// The first two channels of one picture as sampling positions for half-pixel centres, (h, w, 2).
    ///
    /// - Parameter alignsCorners: whether -1 and 1 are the centres of the outermost pixels here.
    package func deformationPositions(_ picture: Int, alignsCorners: Bool) -> [Float] {
        let size = SIMD2(Float(width), Float(height))
        let scale = alignsCorners ? (size - 1) / size : SIMD2(repeating: 1)
        return positions(picture) { _, _, place in place * scale }
    }

    private func positions(
        _ picture: Int, _ position: (_ x: Int, _ y: Int, _ value: SIMD2<Float>) -> SIMD2<Float>
    ) -> [Float] {
        let source = pictures[picture]
        return [Float](unsafeUninitializedCapacity: pixels * 2) { target, count in
            for y in 0..<height {
                for x in 0..<width {
                    let pixel = y * width + x
                    let place = position(x, y, SIMD2(source[pixel * depth], source[pixel * depth + 1]))
                    target[2 * pixel] = place.x
                    target[2 * pixel + 1] = place.y
                }
            }
            count = pixels * 2
        }
    }
}
