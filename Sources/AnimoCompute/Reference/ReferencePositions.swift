import Foundation

/// Source positions of pixels, by the definitions in double precision.
extension ComputeContext {
    /// As published: x + flow as a grid of −1…1 between corner centres, resized bilinearly, then read as a grid whose
    /// −1 and 1 are the outer edges: p = ((g + 1) · size − 1) / 2.
    func referencePositions(_ flow: Tensor, height: Int, width: Int, padding: GridPadding) -> Positions {
        let positions = Positions(
            batch: flow.batch, height: height, width: width,
            places: workspace.floats(flow.batch * height * width * 2), padding: padding)
        for picture in 0..<flow.batch {
            let values = flow.pictures[picture]
            func grid(_ row: Int, _ column: Int, _ axis: Int) -> Double {
                let moved =
                    Double(axis == 0 ? column : row) + Double(values[(row * flow.width + column) * flow.depth + axis])
                return 2 * moved / Double(max(1, (axis == 0 ? flow.width : flow.height) - 1)) - 1
            }
            for y in 0..<height {
                for x in 0..<width {
                    for (axis, size) in [width, height].enumerated() {
                        let place = referenceResized(flow.height, flow.width, y, x, height, width) {
                            grid($0, $1, axis)
                        }
                        positions.picture(picture)[(y * width + x) * 2 + axis] = referenceClamped(
                            ((place + 1) * Double(size) - 1) / 2, size, padding)
                    }
                }
            }
        }
        return positions
    }

    /// Bilinear resizing without aligned corners and without anti-aliasing: value (y, x) of height × width out of a map
    /// of h × w.
    func referenceResized(
        _ h: Int, _ w: Int, _ y: Int, _ x: Int, _ height: Int, _ width: Int, _ value: (Int, Int) -> Double
    ) -> Double {
        let row = min(max((Double(y) + 0.5) * Double(h) / Double(height) - 0.5, 0), Double(h - 1))
        let column = min(max((Double(x) + 0.5) * Double(w) / Double(width) - 0.5, 0), Double(w - 1))
        let (top, left) = (Int(row), Int(column))
        let (bottom, right) = (min(top + 1, h - 1), min(left + 1, w - 1))
        let (down, across) = (row - Double(top), column - Double(left))
        let upper = value(top, left) * (1 - across) + value(top, right) * across
        let lower = value(bottom, left) * (1 - across) + value(bottom, right) * across
        return upper * (1 - down) + lower * down
    }

    /// Held inside the picture, or inside the zeros around it.
    func referenceClamped(_ place: Double, _ size: Int, _ padding: GridPadding) -> Float {
        let room = padding == .zeros ? 1.0 : 0
        return Float(min(max(place, -room), Double(size - 1) + room))
    }

    /// A place of −1…1 between corner centres, in pixels of a picture whose −1 and 1 are centres or outer edges.
    func referencePixels(_ place: Double, _ size: Int, alignsCorners: Bool) -> Double {
        alignsCorners ? (place + 1) / 2 * Double(size - 1) : ((place + 1) * Double(size) - 1) / 2
    }

    /// Index as −1…1 between the outermost pixels' centres.
    func referenceGrid(_ index: Int, _ count: Int) -> Double { 2 * Double(index) / Double(max(1, count - 1)) - 1 }

    /// Features at the dense motion's places, zeros around them, times what is not hidden.
    func referenceWarped(_ features: Tensor, by motion: Tensor, alignsCorners: Bool) -> Tensor {
        let (height, width) = (features.height, features.width)
        let output = workspace.tensor(batch: motion.batch, height: height, width: width, channels: features.channels)
        for picture in 0..<motion.batch {
            let (moves, values) = (motion.pictures[picture], features.pictures[picture])
            for y in 0..<height {
                for x in 0..<width {
                    func moved(_ channel: Int) -> Double {
                        referenceResized(motion.height, motion.width, y, x, height, width) {
                            Double(moves[($0 * motion.width + $1) * motion.depth + channel])
                        }
                    }
                    let column = Double(
                        referenceClamped(
                            referencePixels(moved(0), width, alignsCorners: alignsCorners), width, .zeros))
                    let row = Double(
                        referenceClamped(
                            referencePixels(moved(1), height, alignsCorners: alignsCorners), height, .zeros))
                    let share = moved(2)
                    let target = output.pictures[picture] + (y * width + x) * output.depth
                    for channel in 0..<output.depth {
                        target[channel] = Float(
                            share * referenceSample(values, features.depth, height, width, row, column, channel))
                    }
                }
            }
        }
        return output
    }

    /// A channel between pixels, zeros around the picture.
    func referenceSample(
        _ values: UnsafePointer<Float>, _ depth: Int, _ height: Int, _ width: Int, _ row: Double, _ column: Double,
        _ channel: Int
    ) -> Double {
        let (top, left) = (Int(row.rounded(.down)), Int(column.rounded(.down)))
        var sum = 0.0
        for y in [top, top + 1] where y >= 0 && y < height {
            for x in [left, left + 1] where x >= 0 && x < width {
                let weight = (1 - abs(row - Double(y))) * (1 - abs(column - Double(x)))
                sum += weight * Double(values[(y * width + x) * depth + channel])
            }
        }
        return sum
    }
}
