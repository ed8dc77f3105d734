import Foundation

/// Key points and the motions between them, by the definitions in double precision (Siarohin et al. 2019).
extension ComputeContext {
    /// The softmax of each point's map, and the means of place and Jacobian under it.
    func referenceKeyPoints(_ maps: Tensor, points: Int, temperature: Float) -> [[Float]] {
        (0..<maps.batch).map { picture in
            (0..<points).flatMap { point -> [Float] in
                func value(_ pixel: Int, _ channel: Int) -> Double {
                    Double(maps.pictures[picture][pixel * maps.depth + channel])
                }
                let largest = (0..<maps.pixels).map { value($0, point) }.max() ?? 0
                let heat = (0..<maps.pixels).map { exp((value($0, point) - largest) / Double(temperature)) }
                let sum = heat.reduce(0, +)
                func mean(_ term: (Int) -> Double) -> Float {
                    Float((0..<maps.pixels).reduce(0.0) { $0 + heat[$1] / sum * term($1) })
                }
                return [
                    mean { maps.width > 1 ? referenceGrid($0 % maps.width, maps.width) : 0 },
                    mean { maps.height > 1 ? referenceGrid($0 / maps.width, maps.height) : 0 },
                ] + (0..<4).map { entry in mean { value($0, points + 4 * point + entry) } }
            }
        }
    }

    /// Nearness of pixel (y, x) to a point: exp(−½ |z − p|² / 0.01).
    private func referenceNearness(_ y: Int, _ x: Int, _ height: Int, _ width: Int, to point: SIMD2<Float>) -> Double {
        let (across, down) = (referenceGrid(x, width) - Double(point.x), referenceGrid(y, height) - Double(point.y))
        return exp(-0.5 * (across * across + down * down) / 0.01)
    }

    func referenceBumps(_ points: [Float], height: Int, width: Int) -> [Float] {
        (0..<(height * width)).flatMap { pixel in
            (0..<(points.count / 6)).map { point in
                Float(
                    referenceNearness(
                        pixel / width, pixel % width, height, width, to: SIMD2(points[6 * point], points[6 * point + 1])
                    ))
            }
        }
    }

    /// Source position of pixel (y, x) under the motion of one point; the background, `index` 0, rests.
    private func referencePlace(
        _ y: Int, _ x: Int, _ height: Int, _ width: Int, _ index: Int, _ sparse: SparseMotions
    ) -> (x: Double, y: Double) {
        let (across, down) = (referenceGrid(x, width), referenceGrid(y, height))
        guard index > 0 else { return (across, down) }
        let motion = sparse.motions[index - 1]
        let (stepX, stepY) = (across - Double(motion.driving.x), down - Double(motion.driving.y))
        return (
            Double(motion.row0.x) * stepX + Double(motion.row0.y) * stepY + Double(motion.source.x),
            Double(motion.row1.x) * stepX + Double(motion.row1.y) * stepY + Double(motion.source.y)
        )
    }

    func referenceSparseMotionInput(
        _ sources: Tensor, bumps: [[Float]], _ sparse: [SparseMotions], alignsCorners: Bool
    ) -> Tensor {
        let points = sparse.first?.motions.count ?? 0
        let (height, width) = (sources.height, sources.width)
        let output = workspace.tensor(
            batch: sources.batch, height: height, width: width, channels: 4 * (points + 1))
        for picture in 0..<sources.batch {
            for y in 0..<height {
                for x in 0..<width {
                    let pixel = output.pictures[picture] + (y * width + x) * output.depth
                    for channel in 0..<output.depth { pixel[channel] = 0 }
                    for index in 0...points {
                        let place = referencePlace(y, x, height, width, index, sparse[picture])
                        let column = referenceClamped(
                            referencePixels(place.x, width, alignsCorners: alignsCorners), width, .zeros)
                        let row = referenceClamped(
                            referencePixels(place.y, height, alignsCorners: alignsCorners), height, .zeros)
                        if index > 0 {
                            let near = referenceNearness(
                                y, x, height, width, to: sparse[picture].motions[index - 1].driving)
                            let before = bumps[picture][(y * width + x) * points + index - 1]
                            pixel[4 * index] = Float(near - Double(before))
                        }
                        for channel in 0..<3 {
                            pixel[4 * index + 1 + channel] = Float(
                                referenceSample(
                                    sources.pictures[picture], sources.depth, height, width, Double(row),
                                    Double(column), channel))
                        }
                    }
                }
            }
        }
        return output
    }

    func referenceBlendMotions(_ heads: Tensor, _ sparse: [SparseMotions]) -> Tensor {
        let masks = heads.channels - 1
        let (height, width) = (heads.height, heads.width)
        let output = workspace.tensor(batch: heads.batch, height: height, width: width, channels: 3 + masks)
        for picture in 0..<heads.batch {
            for y in 0..<height {
                for x in 0..<width {
                    let logits = heads.pictures[picture] + (y * width + x) * heads.depth
                    let pixel = output.pictures[picture] + (y * width + x) * output.depth
                    for channel in 0..<output.depth { pixel[channel] = 0 }
                    let largest = Double((0..<masks).map { logits[$0] }.max() ?? 0)
                    let heat = (0..<masks).map { exp(Double(logits[$0]) - largest) }
                    let sum = heat.reduce(0, +)
                    var place = (x: 0.0, y: 0.0)
                    for mask in 0..<masks {
                        let from = referencePlace(y, x, height, width, mask, sparse[picture])
                        place.x += heat[mask] / sum * from.x
                        place.y += heat[mask] / sum * from.y
                        pixel[3 + mask] = Float(heat[mask] / sum)
                    }
                    (pixel[0], pixel[1]) = (Float(place.x), Float(place.y))
                    pixel[2] = Float(1 / (1 + exp(-Double(logits[masks]))))
                }
            }
        }
        return output
    }
}
