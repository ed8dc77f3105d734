/// The first stage: numbers that are not finite keep their value of the frame before, and numbers far outside what a
/// head can do are cut.
struct Intake: Sendable {
    private let accepted: [ClosedRange<Double>]
    /// State after the newest frame; zeros before the first.
    private(set) var state: [Double]

    /// Begins with zeros, bounded by the layout's accepted ranges.
    init(_ layout: ControlLayout) {
        accepted = layout.accepted
        state = [Double](repeating: 0, count: layout.count)
    }

    /// Takes a frame's numbers; those beyond the state's length are passed over.
    mutating func take(_ driver: [Double]) {
        for (index, value) in driver.enumerated() where index < state.count && value.isFinite {
            state[index] = min(max(value, accepted[index].lowerBound), accepted[index].upperBound)
        }
    }
}
