import AnimoModelFile

/// One Euro (Casiez, Roussel & Vogel 2012) over the points of a face, x, y and z each by itself, with speeds in parts
/// of the face's size.
package struct LandmarkFilter: Sendable, Equatable {
    private struct State: Equatable {
        var raw: [SIMD3<Double>]
        var output: [SIMD3<Double>]
        var speed: [SIMD3<Double>]
        var time: Double
        /// Frames a second.
        var rate: Double
    }

    private var state: State?

    /// A filter that has seen no frame; the first passes through.
    package init() {}

    /// - Parameters:
    ///   - points: as found.
    ///   - time: of the frame in seconds; at one that does not advance nothing changes.
    package mutating func smoothed(_ points: [SIMD3<Double>], at time: Double) -> [SIMD3<Double>] {
        guard var state, state.raw.count == points.count else {
            state = State(
                raw: points, output: points, speed: [SIMD3<Double>](repeating: SIMD3(), count: points.count),
                time: time, rate: 30)
            return points
        }
        guard time > state.time else { return state.output }
        state.rate = 1 / (time - state.time)
        state.time = time
        let box = FaceBox(around: points.lazy.map { SIMD2($0.x, $0.y) })
        let size = (box.size.x + box.size.y) / 2
        guard size >= 1e-6 else {
            self.state = state
            return points
        }
        func share(_ cutoff: SIMD3<Double>) -> SIMD3<Double> { 1 / (1 + state.rate / (2 * .pi * cutoff)) }
        let slow = share(SIMD3(repeating: 1))
        for index in points.indices {
            let step = (points[index] - state.raw[index]) / size * state.rate
            state.speed[index] += slow * (step - state.speed[index])
            let speed = state.speed[index]
            let cutoff = 0.05 + 80 * SIMD3(abs(speed.x), abs(speed.y), abs(speed.z))
            state.output[index] += share(cutoff) * (points[index] - state.output[index])
        }
        state.raw = points
        self.state = state
        return state.output
    }
}
