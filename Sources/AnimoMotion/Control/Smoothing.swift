/// The second stage: every number through a filter of its group's kind.
struct Smoothing: Sendable {
    private let layout: ControlLayout
    private var filters: [OneEuroFilter]
    private var lids: [LidFilter]

    /// A filter for each number of the layout, none of which has seen a frame.
    init(_ layout: ControlLayout) {
        self.layout = layout
        filters = [OneEuroFilter](repeating: OneEuroFilter(), count: layout.count)
        lids = [LidFilter](repeating: LidFilter(), count: layout.lids.count)
    }

    /// Forgets what was; the next state passes as it is.
    mutating func reset() { self = Smoothing(layout) }

    /// Filters one state.
    ///
    /// - Parameter elapsed: seconds since the state before.
    mutating func step(_ state: [Double], elapsed: Double, _ options: ControlOptions) -> [Double] {
        var result = state
        for (group, indices) in layout.groups {
            let strength = options[group].smoothing
            let settings = Self.settings(of: group)
            for index in indices {
                let scale = layout.scale[index]
                result[index] =
                    scale * filters[index].step(state[index] / scale, elapsed: elapsed, strength: strength, settings)
            }
        }
        let expression = (options[.brows].smoothing + options[.eyes].smoothing + options[.mouth].smoothing) / 3
        for index in layout.remainder {
            result[index] = filters[index].step(
                state[index], elapsed: elapsed, strength: expression, Self.settings(of: .mouth))
        }
        for (place, index) in layout.lids.enumerated() {
            result[index] = lids[place].step(state[index], elapsed: elapsed, strength: options[.eyes].smoothing)
        }
        return result
    }

    /// Cutoffs of a group at strength 1.
    static func settings(of group: ControlGroup) -> OneEuroFilter.Settings {
        switch group {
        case .brows: .init(cutoff: 2, slope: 1, speedCutoff: 2)
        case .eyes: .init(cutoff: 3, slope: 2, speedCutoff: 4)
        case .mouth: .init(cutoff: 4, slope: 2, speedCutoff: 4)
        case .rotation, .body: .init(cutoff: 1.5, slope: 0.08, speedCutoff: 2)
        case .translation: .init(cutoff: 1.5, slope: 4, speedCutoff: 2)
        }
    }
}
