/// Agreement of the rendered picture with the moved source, pixel by pixel of the rendered picture.
///
/// d = box₁(mean over channels of |rendered − shrunk(moved source)|), m = s((0.12 − d) / (0.12 − 0.03)),
/// s(t) = t²(3 − 2t): 1 where they agree. Rows of the moved source are given one after another, and rows of the map are
/// ready as soon as those around them were.
struct AgreementMap {
    /// Differences up to which they agree, and from which they do not; 0 … 255.
    private static let low: Float = 0.03 * 255
    private static let high: Float = 0.12 * 255
    /// Native pixels beside the outline in which the moved source counts whatever was rendered.
    private static let rimRadius = 2

    /// (height, width) of the rendered picture, 0 … 1, as far as it is ready.
    private(set) var agreement: [Float]
    /// 1 within two native pixels of the moved alpha's outline, and outside it; empty where there is no alpha.
    private(set) var rim: [Float]
    private let rendered: RenderedPicture
    private let columns: AxisPlan
    private let rows: AxisPlan
    /// The last row of the moved source that each row of the rendered picture, or one above it, is compared with. A
    /// bicubic row whose place is a pixel's needs fewer than the one above it.
    private let lastRows: [Int]
    /// The part of the rendered picture whose pixels lie in the rectangle by half or more.
    private let part: MapPart
    private let hasAlpha: Bool
    /// Moved source, shrunk, (height, width); summed up row by row.
    private var sums: [SIMD4<Float>]
    private var differences: [Float]
    /// 1 − alpha of the moved source, and the greatest of it around each pixel.
    private var outside: [Float]
    private var reached: [Float]
    /// Rows of the sums that are complete, and rows of the maps that are.
    private var summed = 0
    private var finished: Int
    /// Rows of `reached` that are complete.
    private var widened: Int

    /// Begins before the first row of the moved source.
    ///
    /// - Parameter hasAlpha: whether the rim is mapped too.
    init(_ rendered: RenderedPicture, _ frame: MotionFrame, hasAlpha: Bool) {
        self.rendered = rendered
        self.hasAlpha = hasAlpha
        columns = frame.columns.shrinking(rendered.width)
        rows = frame.rows.shrinking(rendered.height)
        var last = 0
        lastRows = zip(rows.first, rows.taps).map { first, taps in
            last = max(last, first + taps - 1)
            return last
        }
        part = MapPart(width: rendered.width, columns: columns.covered, rows: rows.covered)
        let count = rendered.width * rendered.height
        sums = [SIMD4<Float>](repeating: .zero, count: count)
        differences = [Float](repeating: 0, count: count)
        agreement = differences
        outside = hasAlpha ? differences : []
        (reached, rim) = (outside, outside)
        (finished, widened) = (part.rows.lowerBound, part.rows.lowerBound)
    }

    /// Mean of the agreement, once all rows were given.
    var mean: Double {
        var total = 0.0
        for y in part.rows { for x in part.columns { total += Double(agreement[y * rendered.width + x]) } }
        return total / Double(max(1, part.rows.count * part.columns.count))
    }

    /// The last row of the moved source that row `y` of the map depends on.
    func lastRow(for y: Int) -> Int {
        let row = min(part.held(row: y) + (hasAlpha ? 1 + Self.rimRadius : 1), part.rows.upperBound - 1)
        return lastRows[row]
    }

    /// Takes the next row of the moved source, and finishes what rows of the map it completes.
    mutating func add(_ y: Int, _ levels: UnsafePointer<SIMD4<Float>>, _ line: UnsafeMutablePointer<SIMD4<Float>>) {
        shrink(levels, into: line)
        let width = rendered.width
        var row = summed
        while row < rows.first.count, rows.first[row] <= y {
            let tap = y - rows.first[row]
            if tap < rows.taps[row] {
                let weight = rows.weights[row * rows.stride + tap]
                sums.withUnsafeMutableBufferPointer { sums in
                    for x in part.columns { sums[row &* width &+ x] += line[x] * weight }
                }
            }
            if tap >= rows.taps[row] - 1, row == summed {
                compare(row)
                summed += 1
            }
            row += 1
        }
        let reach = hasAlpha ? 1 + Self.rimRadius : 1
        while finished < part.rows.upperBound, summed > min(finished + reach, part.rows.upperBound - 1) {
            finish(finished)
            finished += 1
        }
    }

    /// One row of the moved source at the rendered picture's columns.
    private func shrink(_ levels: UnsafePointer<SIMD4<Float>>, into line: UnsafeMutablePointer<SIMD4<Float>>) {
        columns.weights.withUnsafeBufferPointer { weights in
            columns.first.withUnsafeBufferPointer { first in
                columns.taps.withUnsafeBufferPointer { taps in
                    for x in part.columns {
                        let (from, start) = (first[x], x &* columns.stride)
                        var sum = SIMD4<Float>.zero
                        for tap in 0..<taps[x] { sum += levels[from &+ tap] * weights[start &+ tap] }
                        line[x] = sum
                    }
                }
            }
        }
    }

    private mutating func compare(_ y: Int) {
        guard part.rows.contains(y) else { return }
        for x in part.columns {
            let place = y * rendered.width + x
            // A bicubic may reach beyond what it is made of.
            let moved = sums[place].heldToLevels()
            let step = rendered.levels[place] - moved
            differences[place] = (abs(step.x) + abs(step.y) + abs(step.z)) * (1 / 3)
            if hasAlpha { outside[place] = 1 - moved.w * (1 / 255) }
        }
    }

    private mutating func finish(_ y: Int) {
        part.mean(differences, y, into: &agreement)
        for x in part.columns {
            let t = (Self.high - agreement[y * rendered.width + x]) / (Self.high - Self.low)
            let bounded = min(max(t, 0), 1)
            agreement[y * rendered.width + x] = bounded * bounded * (3 - 2 * bounded)
        }
        part.extend(&agreement, y)
        guard hasAlpha else { return }
        // 1 − the least alpha is the greatest 1 − alpha.
        while widened <= min(y + 1, part.rows.upperBound - 1) {
            part.greatest(outside, Self.rimRadius, widened, into: &reached)
            widened += 1
        }
        part.mean(reached, y, into: &rim)
        part.extend(&rim, y)
    }
}

extension AgreementMap {
    /// Both maps between two rows of the rendered picture, agreement then rim, one of each column.
    ///
    /// - Parameters:
    ///   - share: of the lower row.
    ///   - usesAgreement: else it counts as 0.
    func line(
        upper: Int, lower: Int, share: Float, usesAgreement: Bool, into line: UnsafeMutablePointer<SIMD2<Float>>
    ) {
        let width = rendered.width
        let (upper, lower) = (part.held(row: upper) * width, part.held(row: lower) * width)
        func between(_ map: [Float], _ x: Int) -> Float {
            map[upper + x] + (map[lower + x] - map[upper + x]) * share
        }
        for x in 0..<width {
            line[x] = SIMD2(usesAgreement ? between(agreement, x) : 0, hasAlpha ? between(rim, x) : 0)
        }
    }
}

extension AxisPlan {
    /// Targets of which the source covers half or more.
    fileprivate var covered: Range<Int> {
        let first = coverage.firstIndex { $0 >= 0.5 } ?? 0
        let last = coverage.lastIndex { $0 >= 0.5 } ?? max(0, coverage.count - 1)
        return first..<max(last + 1, first)
    }
}
