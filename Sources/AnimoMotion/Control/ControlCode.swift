/// Between the numbers that a family's networks read of one frame and the states of control.
package struct ControlCode: Sendable {
    private enum Form: Sendable {
        /// A motion of 70.
        case motion
        /// A pose: 20 numbers, or Talking Head Anime 3's 45.
        case pose(count: Int)
    }

    /// Groups of the numbers that control acts on.
    package let layout: ControlLayout
    private let mapping: PoseMapping
    private let form: Form

    /// - Parameter codeCount: how many numbers the networks read of one frame.
    /// - Returns: nil where control has no groups for them.
    package init?(mapping: PoseMapping, codeCount: Int) {
        self.mapping = mapping
        switch codeCount {
        case Pose.count:
            form = .pose(count: codeCount)
            layout = .motion
        case ControlLayout.talkingHead3.count:
            form = .pose(count: codeCount)
            layout = .talkingHead3
        case Motion.count:
            form = .motion
            layout = mapping.hasBasis ? .motion : .motionWithoutBasis
        default: return nil
        }
    }

    /// Names of the groups that options may tell apart. Without a basis nothing tells brows, eyes and mouth from each
    /// other; a pose has no translation.
    package var groups: [ControlGroup] {
        ControlGroup.allCases.filter { layout.groups[$0] != nil && !($0 == .translation && isPose) }
    }

    /// The state of a code.
    ///
    /// - Parameter pose: what the code was made of, where that is known; else the pose that comes nearest stands for
    ///   what a pose can show, and the rest goes along.
    package func state(of code: [Float], pose: Pose? = nil) -> [Double] {
        let numbers = code.map(Double.init)
        guard !isPose, numbers.count >= Motion.count else {
            // A code is clamped already, the pose it was made of is not.
            let asked = pose.flatMap { try? mapping.pose(of: $0.values).values }
            return layout.sized(asked?.map(Double.init) ?? numbers)
        }
        let expression = Array(numbers[..<Motion.expressions])
        let translation = numbers[Motion.expressions + 3..<Motion.count]
        if let pose, mapping.hasBasis {
            return pose.values.map(Double.init) + translation + [Double](repeating: 0, count: Motion.expressions)
        }
        var state: [Double] = []
        var remainder = expression
        if let inverse = mapping.inverse {
            state = inverse.solver.solve(expression)
            remainder = inverse.solver.residual(expression, state)
        }
        // A motion has its angles about X, Y and Z: pitch, yaw, roll; a state pitch, roll, yaw.
        let radians = Array(numbers[Motion.expressions..<Motion.expressions + 3])
        state += [radians[0], radians[2], radians[1]].map { $0 * 180 / .pi }
        return state + translation + remainder
    }

    /// The code of a state.
    package func code(of state: [Double]) -> [Float] {
        if case .pose(let count) = form { return state[..<count].map { Float($0) } }
        let morphs = layout.rotation.pitch
        let rotation = [layout.rotation.pitch, layout.rotation.yaw, layout.rotation.roll]
        var expression = state[layout.remainder].map { Float($0) }
        if morphs > 0 {
            let shown = mapping.expression(of: state[..<morphs].map { Float($0) })
            expression = zip(shown, expression).map { $0 + $1 }
        }
        let angles = rotation.map { Float(Double(Float(state[$0])) * .pi / 180) }
        let translation = (layout.groups[.translation] ?? []).map { Float(state[$0]) }
        return expression + angles + translation
    }

    /// The pose that a state shows; nil where the model knows none.
    package func pose(of state: [Double]) -> [Float]? {
        if case .pose(let count) = form { return state[..<count].map { Float($0) } }
        return layout == .motionWithoutBasis ? nil : state[..<Pose.count].map { Float($0) }
    }

    /// Whether the networks read a pose, whose numbers are always cut to their range.
    package var isPose: Bool { if case .pose = form { true } else { false } }
}
