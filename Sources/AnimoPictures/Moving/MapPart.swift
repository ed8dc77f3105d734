/// A part of a map, and means and extremes over small squares of it, row by row; windows are cut at the part's border.
struct MapPart {
    /// Width of the whole map, in pixels.
    let width: Int
    /// Columns of the part.
    let columns: Range<Int>
    /// Rows of the part.
    let rows: Range<Int>

    /// The nearest row of the part.
    func held(row: Int) -> Int { min(max(row, rows.lowerBound), max(rows.lowerBound, rows.upperBound - 1)) }

    /// The mean over 3×3.
    func mean(_ map: [Float], _ y: Int, into target: inout [Float]) {
        let window = self.window(y, 1, rows)
        var line = [Float](repeating: 0, count: width)
        map.withUnsafeBufferPointer { map in
            for row in window { for x in columns { line[x] += map[row &* width &+ x] } }
        }
        for x in columns {
            let across = self.window(x, 1, columns)
            var sum: Float = 0
            for column in across { sum += line[column] }
            target[y * width + x] = sum / Float(across.count * window.count)
        }
    }

    /// The greatest value over (2 · radius + 1)².
    func greatest(_ map: [Float], _ radius: Int, _ y: Int, into target: inout [Float]) {
        var line = [Float](repeating: -.infinity, count: width)
        map.withUnsafeBufferPointer { map in
            for row in window(y, radius, rows) {
                for x in columns {
                    let value = map[row &* width &+ x]
                    line[x] = value > line[x] ? value : line[x]
                }
            }
        }
        for x in columns {
            var most = line[x]
            for other in window(x, radius, columns) { most = line[other] > most ? line[other] : most }
            target[y * width + x] = most
        }
    }

    /// Repeats a row's outermost values beyond the part.
    func extend(_ map: inout [Float], _ y: Int) {
        guard columns.count < width, !columns.isEmpty else { return }
        for x in 0..<width where !columns.contains(x) {
            map[y * width + x] = map[y * width + min(max(x, columns.lowerBound), columns.upperBound - 1)]
        }
    }

    private func window(_ index: Int, _ radius: Int, _ range: Range<Int>) -> ClosedRange<Int> {
        max(range.lowerBound, index - radius)...min(range.upperBound - 1, index + radius)
    }
}
