extension Picture {
    /// An RGB picture made a square by OpenCV's cubic interpolation (a = −¾), which reads four pixels of each axis
    /// also when shrinking; edges go on.
    func sharpResampled(_ side: Int) -> Picture {
        let columns = Self.sharpTaps(from: width, to: side)
        let rows = Self.sharpTaps(from: height, to: side)
        var narrow = [Float](repeating: 0, count: height * side * 3)
        for y in 0..<height {
            for x in 0..<side {
                for channel in 0..<3 {
                    var value: Float = 0
                    for tap in 0..<4 {
                        value +=
                            columns[x].weights[tap] * Float(pixels[(y * width + columns[x].places[tap]) * 3 + channel])
                    }
                    narrow[(y * side + x) * 3 + channel] = value
                }
            }
        }
        var result = [UInt8](repeating: 0, count: side * side * 3)
        for y in 0..<side {
            for place in 0..<(side * 3) {
                var value: Float = 0
                for tap in 0..<4 { value += rows[y].weights[tap] * narrow[rows[y].places[tap] * side * 3 + place] }
                result[y * side * 3 + place] = UInt8(min(max(value, 0), 255).rounded(.toNearestOrEven))
            }
        }
        return Picture(width: side, height: side, layout: .rgb, pixels: result)
    }

    private static func sharpTaps(from: Int, to: Int) -> [(places: [Int], weights: [Float])] {
        let a: Float = -0.75
        return (0..<to).map { target in
            let centre = (Float(target) + 0.5) * Float(from) / Float(to) - 0.5
            let base = centre.rounded(.down)
            let x = centre - base
            let before = ((a * (x + 1) - 5 * a) * (x + 1) + 8 * a) * (x + 1) - 4 * a
            let near = ((a + 2) * x - (a + 3)) * x * x + 1
            let next = ((a + 2) * (1 - x) - (a + 3)) * (1 - x) * (1 - x) + 1
            return (
                (-1...2).map { min(max(Int(base) + $0, 0), from - 1) }, [before, near, next, 1 - before - near - next]
            )
        }
    }
}
