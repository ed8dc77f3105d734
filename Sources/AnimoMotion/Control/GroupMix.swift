/// The fifth stage: every group from its origin, with its strength.
struct GroupMix: Sendable {
    /// Layout of the states that are mixed.
    let layout: ControlLayout

    /// - Parameters:
    ///   - driver: what the driver does, beyond the neutral where it is relative.
    ///   - own: the source's own state, on which relative parts are put.
    ///   - idle: the source's own state, alive.
    ///   - isLost: whether groups of the driver show idle instead.
    func mix(driver: [Double], own: [Double], idle: [Double], isLost: Bool, _ options: ControlOptions) -> [Double] {
        var result = [Double](repeating: 0, count: layout.count)
        for (group, indices) in layout.groups {
            let option = options[group]
            let isRelative = options.relative.contains(group.part)
            for index in indices {
                result[index] =
                    switch option.origin {
                    case .driver where isLost: idle[index]
                    case .driver: (isRelative ? own[index] : 0) + option.gain * driver[index]
                    case .fixed: index < options.fixed.count ? options.fixed[index] : 0
                    case .source: own[index]
                    case .idle: idle[index]
                    }
            }
        }
        guard !layout.remainder.isEmpty else { return result }
        let (strength, share) = remainderWeights(isLost: isLost, options)
        for index in layout.remainder { result[index] = share * own[index] + strength * driver[index] }
        return result
    }

    /// Weights of the remainder, the driver's and the source's own: the driver's is the mean gain of brows, eyes and
    /// mouth, at most 1, where a group that is not the driver's counts 0.
    private func remainderWeights(isLost: Bool, _ options: ControlOptions) -> (driver: Double, own: Double) {
        var gains = 0.0
        var own = 0.0
        for option in [options[.brows], options[.eyes], options[.mouth]] {
            switch option.origin {
            case .driver where isLost: own += 1
            case .driver:
                gains += option.gain
                if options.relative.contains(.expression) { own += 1 }
            case .source, .idle: own += 1
            case .fixed: break
            }
        }
        return (min(1, gains / 3), own / 3)
    }
}
