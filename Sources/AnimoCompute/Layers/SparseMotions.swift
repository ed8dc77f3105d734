import Foundation

/// The motions around a source's key points towards a driver's: m(z) = J_s · J_d⁻¹ · (z − p_d) + p_s for each point,
/// z from -1 to 1 between the outermost pixels' centres, and m(z) = z for the background (Siarohin et al. 2019).
package struct SparseMotions: Sendable {
    /// A point's motion: m(z) = (a, b; c, d) · (z − driving) + source.
    struct Motion: Sendable {
        var row0: SIMD2<Float>
        var row1: SIMD2<Float>
        var driving: SIMD2<Float>
        var source: SIMD2<Float>

        @inline(__always)
        func place(_ z: SIMD2<Float>) -> SIMD2<Float> {
            let step = z - driving
            return SIMD2((row0 * step).sum(), (row1 * step).sum()) + source
        }
    }

    let motions: [Motion]

    /// - Parameters:
    ///   - source: six numbers of each point: x, y and the Jacobian row by row.
    ///   - driving: as many.
    package init(source: [Float], driving: [Float]) {
        motions = (0..<min(source.count, driving.count) / 6).map { point in
            let (s, d) = (Array(source[(6 * point)..<(6 * point + 6)]), Array(driving[(6 * point)..<(6 * point + 6)]))
            let inverse = inverse2x2(d[2], d[3], d[4], d[5])
            return Motion(
                row0: SIMD2(s[2] * inverse.0 + s[3] * inverse.2, s[2] * inverse.1 + s[3] * inverse.3),
                row1: SIMD2(s[4] * inverse.0 + s[5] * inverse.2, s[4] * inverse.1 + s[5] * inverse.3),
                driving: SIMD2(d[0], d[1]), source: SIMD2(s[0], s[1]))
        }
    }
}

/// The inverse of (a b; c d), row by row; in double precision, since it is small and may be near singular.
package func inverse2x2(_ a: Float, _ b: Float, _ c: Float, _ d: Float) -> (Float, Float, Float, Float) {
    let (a, b, c, d) = (Double(a), Double(b), Double(c), Double(d))
    let determinant = a * d - b * c
    return (
        Float(d / determinant), Float(-b / determinant), Float(-c / determinant), Float(a / determinant)
    )
}

/// Convention by which a sampling grid of -1…1 counts pixels.
struct GridScale {
    let scale: SIMD2<Float>
    let shift: SIMD2<Float>

    /// - Parameter alignsCorners: whether -1 and 1 are the centres of the outermost pixels, not their outer edges.
    init(height: Int, width: Int, alignsCorners: Bool) {
        let size = SIMD2(Float(width), Float(height))
        scale = (alignsCorners ? size - 1 : size) / 2
        shift = (size - 1) / 2
    }

    @inline(__always)
    func pixels(_ place: SIMD2<Float>) -> SIMD2<Float> { place * scale + shift }
}

extension ComputeContext {
    /// Nearness of each pixel to each key point: exp(−½ |z − p|² / 0.01), (h, w, points).
    package func bumps(_ points: [Float], height: Int, width: Int) -> [Float] {
        if isReference { return referenceBumps(points, height: height, width: width) }
        let count = points.count / 6
        var bumps = [Float](repeating: 0, count: height * width * count)
        for y in 0..<height {
            for x in 0..<width {
                let z = Self.grid(y, x, height, width)
                for point in 0..<count {
                    let step = z - SIMD2(points[6 * point], points[6 * point + 1])
                    bumps[(y * width + x) * count + point] = exp(-0.5 * (step * step).sum() / 0.01)
                }
            }
        }
        return bumps
    }

    /// Input of the dense motion network: for the background and each point how the driver's nearness differs from
    /// the source's, and the source picture under that point's motion; (h, w, 4 · (points + 1)).
    ///
    /// - Parameters:
    ///   - sources: (h, w, 3) each.
    ///   - bumps: of each source's key points, see ``bumps(_:height:width:)``.
    package func sparseMotionInput(
        _ sources: Tensor, bumps: [[Float]], _ sparse: [SparseMotions], alignsCorners: Bool
    ) -> Tensor {
        if isReference {
            return referenceSparseMotionInput(sources, bumps: bumps, sparse, alignsCorners: alignsCorners)
        }
        let points = sparse.first?.motions.count ?? 0
        let (height, width) = (sources.height, sources.width)
        let output = workspace.tensor(
            batch: sources.batch, height: height, width: width, channels: 4 * (points + 1))
        let depth = output.depth
        let scale = GridScale(height: height, width: width, alignsCorners: alignsCorners)
        let bounds = PositionBounds(height: height, width: width, padding: .zeros)
        pool.run(sources.batch * height) { task in
            let (picture, y) = (task / height, task % height)
            let source = sources.pictures[picture]
            let motions = sparse[picture].motions
            bumps[picture].withUnsafeBufferPointer { bumps in
                for x in 0..<width {
                    let z = Self.grid(y, x, height, width)
                    let pixel = output.pictures[picture] + (y * width + x) * depth
                    func put(_ index: Int, _ heat: Float, _ place: SIMD2<Float>) {
                        let colour = Self.sample(
                            source, sources.depth, height, width, at: bounds.clamp(scale.pixels(place)))
                        pixel[4 * index] = heat
                        for channel in 0..<3 { pixel[4 * index + 1 + channel] = colour[channel] }
                    }
                    put(0, 0, z)
                    for point in 0..<points {
                        let motion = motions[point]
                        let step = z - motion.driving
                        let near = exp(-0.5 * (step * step).sum() / 0.01)
                        put(point + 1, near - bumps[(y * width + x) * points + point], motion.place(z))
                    }
                    for channel in (4 * (points + 1))..<depth { pixel[channel] = 0 }
                }
            }
        }
        return output
    }

    /// The dense motion: where each pixel comes from, -1…1, how much of it is not hidden, and the masks it was blended
    /// with; (h, w, 3 + points + 1).
    ///
    /// - Parameter heads: (h, w, points + 2): the masks' logits, then the occlusion's.
    package func blendMotions(_ heads: Tensor, _ sparse: [SparseMotions]) -> Tensor {
        if isReference { return referenceBlendMotions(heads, sparse) }
        let masks = heads.channels - 1
        let (height, width) = (heads.height, heads.width)
        let output = workspace.tensor(batch: heads.batch, height: height, width: width, channels: 3 + masks)
        let depth = output.depth
        pool.run(heads.batch * height) { task in
            let (picture, y) = (task / height, task % height)
            let motions = sparse[picture].motions
            for x in 0..<width {
                let logits = heads.pictures[picture] + (y * width + x) * heads.depth
                let pixel = output.pictures[picture] + (y * width + x) * depth
                var largest = logits[0]
                for mask in 1..<masks { largest = max(largest, logits[mask]) }
                var sum: Float = 0
                for mask in 0..<masks {
                    let value = exp(logits[mask] - largest)
                    pixel[3 + mask] = value
                    sum += value
                }
                let z = Self.grid(y, x, height, width)
                var place = SIMD2<Float>.zero
                for mask in 0..<masks {
                    pixel[3 + mask] /= sum
                    place += pixel[3 + mask] * (mask == 0 ? z : motions[mask - 1].place(z))
                }
                (pixel[0], pixel[1]) = (place.x, place.y)
                pixel[2] = 1 / (1 + exp(-logits[masks]))
                for channel in (3 + masks)..<depth { pixel[channel] = 0 }
            }
        }
        return output
    }

    /// Features read where the dense motion says, zeros around them, each pixel times what is not hidden of it. A
    /// motion of another size is resized bilinearly without anti-aliasing.
    ///
    /// - Parameter motion: (h, w, 3…): place, -1…1, and what is not hidden.
    package func warped(_ features: Tensor, by motion: Tensor, alignsCorners: Bool) -> Tensor {
        if isReference { return referenceWarped(features, by: motion, alignsCorners: alignsCorners) }
        let (height, width) = (features.height, features.width)
        let positions = Positions(
            batch: motion.batch, height: height, width: width,
            places: workspace.floats(motion.batch * height * width * 2), padding: .zeros)
        let shares = workspace.floats(motion.batch * height * width)
        let scale = GridScale(height: height, width: width, alignsCorners: alignsCorners)
        let bounds = PositionBounds(height: height, width: width, padding: .zeros)
        let (stepY, stepX) = (Float(motion.height) / Float(height), Float(motion.width) / Float(width))
        pool.run(motion.batch * height) { task in
            let (picture, y) = (task / height, task % height)
            let values = motion.pictures[picture]
            let (y0, y1, ty) = Self.neighbours(y, stepY, of: motion.height)
            func read(_ row: Int, _ column: Int) -> SIMD4<Float> {
                UnsafeRawPointer(values + (row * motion.width + column) * motion.depth)
                    .loadUnaligned(as: SIMD4<Float>.self)
            }
            for x in 0..<width {
                let (x0, x1, tx) = Self.neighbours(x, stepX, of: motion.width)
                let upper = read(y0, x0) * (1 - tx) + read(y0, x1) * tx
                let lower = read(y1, x0) * (1 - tx) + read(y1, x1) * tx
                let value = upper * (1 - ty) + lower * ty
                let place = bounds.clamp(scale.pixels(SIMD2(value.x, value.y)))
                let target = positions.picture(picture) + (y * width + x) * 2
                (target[0], target[1]) = (place.x, place.y)
                shares[task * width + x] = value.z
            }
        }
        let output = materialise(.warped(features, positions))
        let depth = output.depth
        pool.run(output.batch * height) { task in
            let (picture, y) = (task / height, task % height)
            for x in 0..<width {
                let (share, pixel) = (shares[task * width + x], output.pictures[picture] + (y * width + x) * depth)
                for channel in 0..<depth { pixel[channel] *= share }
            }
        }
        return output
    }

    /// The place of a pixel, -1…1 between the outermost pixels' centres.
    @inline(__always)
    private static func grid(_ y: Int, _ x: Int, _ height: Int, _ width: Int) -> SIMD2<Float> {
        SIMD2(2 * (Float(x) / Float(max(1, width - 1))) - 1, 2 * (Float(y) / Float(max(1, height - 1))) - 1)
    }

    /// Red, green and blue between pixels, zeros around the picture.
    ///
    /// - Parameter place: x then y in pixels, from -1 to the size.
    @inline(__always)
    private static func sample(
        _ picture: UnsafePointer<Float>, _ depth: Int, _ height: Int, _ width: Int, at place: SIMD2<Float>
    ) -> SIMD4<Float> {
        let (x0, y0) = (Int(place.x + 1) - 1, Int(place.y + 1) - 1)
        let (fx, fy) = (place.x - Float(x0), place.y - Float(y0))
        @inline(__always)
        func tap(_ row: Int, _ column: Int, _ weight: Float) -> SIMD4<Float> {
            guard row >= 0, row < height, column >= 0, column < width else { return .zero }
            return weight
                * UnsafeRawPointer(picture + (row * width + column) * depth).loadUnaligned(as: SIMD4<Float>.self)
        }
        return tap(y0, x0, (1 - fx) * (1 - fy)) + tap(y0, x0 + 1, fx * (1 - fy)) + tap(y0 + 1, x0, (1 - fx) * fy)
            + tap(y0 + 1, x0 + 1, fx * fy)
    }
}
