/// One axis of a bilinear resizing without anti-aliasing, unaligned corners: between which two places of a small grid
/// each target lies, and how far (torch's `interpolate`, mode bilinear).
struct BilinearAxis {
    /// Lower place of each target on the grid.
    let lower: [Int32]
    /// Upper place of each target; the lower one at the grid's end.
    let upper: [Int32]
    /// Share of the upper place.
    let share: [Float]

    /// - Parameters:
    ///   - count: targets.
    ///   - start: where target 0 begins on the grid's whole length, 0 … 1.
    ///   - step: length of a target there.
    ///   - size: places of the grid.
    init(count: Int, start: Double, step: Double, size: Int) {
        var (lower, upper, share) = ([Int32](), [Int32](), [Float]())
        for target in 0..<count {
            let centre = start + (Double(target) + 0.5) * step
            let place = min(max(centre * Double(size) - 0.5, 0), Double(size - 1))
            let first = Int(place)
            lower.append(Int32(first))
            upper.append(Int32(min(first + 1, size - 1)))
            share.append(Float(place - Double(first)))
        }
        (self.lower, self.upper, self.share) = (lower, upper, share)
    }
}
