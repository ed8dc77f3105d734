extension Executor {
    /// Where the pixels of a picture of height × width come from under `flow`.
    ///
    /// flow: (batch, h, w, 2), x then y, in pixels of its own grid. As published, the grid spans the flow's corner
    /// centres (aligned corners) but is read with unaligned ones, so zero flow is not the identity; a grid of another
    /// size is resized bilinearly without anti-aliasing. Both are linear, which leaves, with R the resizing,
    ///
    /// p = R(x + flow) · width / (w − 1) − 1/2, held inside the picture (border padding).
    public func positions(_ flow: Tensor, height: Int, width: Int) -> Positions {
        let positions = Positions(
            batch: flow.batch, height: height, width: width,
            places: workspace.floats(flow.batch * height * width * 2))
        let (h, w, depth) = (flow.height, flow.width, flow.depth)
        let (stepY, stepX) = (Float(h) / Float(height), Float(w) / Float(width))
        let (scaleY, scaleX) = (Float(height) / Float(max(1, h - 1)), Float(width) / Float(max(1, w - 1)))
        let (lastY, lastX) = (Float(height - 1), Float(width - 1))
        pool.run(flow.batch * height) { task in
            let (picture, y) = (task / height, task % height)
            let values = flow.pictures[picture]
            let target = positions.picture(picture) + y * width * 2
            let v = max(stepY * (Float(y) + 0.5) - 0.5, 0)
            let y0 = Int(v)
            let y1 = min(y0 + 1, h - 1)
            let ty = v - Float(y0)
            let (upper, lower) = (values + y0 * w * depth, values + y1 * w * depth)
            for x in 0..<width {
                let u = max(stepX * (Float(x) + 0.5) - 0.5, 0)
                let x0 = Int(u)
                let x1 = min(x0 + 1, w - 1)
                let tx = u - Float(x0)
                let (a, b) = (upper + x0 * depth, upper + x1 * depth)
                let (c, d) = (lower + x0 * depth, lower + x1 * depth)
                let (wa, wb) = ((1 - tx) * (1 - ty), tx * (1 - ty))
                let (wc, wd) = ((1 - tx) * ty, tx * ty)
                let moveX = (a[0] * wa + b[0] * wb) + (c[0] * wc + d[0] * wd)
                let moveY = (a[1] * wa + b[1] * wb) + (c[1] * wc + d[1] * wd)
                let placeX = Float(x0) + (x1 > x0 ? tx : 0) + moveX
                let placeY = Float(y0) + (y1 > y0 ? ty : 0) + moveY
                target[2 * x] = min(max(placeX * scaleX - 0.5, 0), lastX)
                target[2 * x + 1] = min(max(placeY * scaleY - 0.5, 0), lastY)
            }
        }
        return positions
    }
}
