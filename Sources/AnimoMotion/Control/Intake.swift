/// The first stage: numbers that are not finite keep their value of the frame before, and numbers far outside what a
/// head can do are cut.
struct Intake: Sendable {
    private let accepted: [ClosedRange<Double>]
    private(set) var state: [Double]

    init(_ layout: ControlLayout) {
        accepted = layout.accepted
        state = [Double](repeating: 0, count: layout.count)
    }

    mutating func take(_ driver: [Double]) {
        for (index, value) in driver.enumerated() where index < state.count && value.isFinite {
            state[index] = min(max(value, accepted[index].lowerBound), accepted[index].upperBound)
        }
    }
}
