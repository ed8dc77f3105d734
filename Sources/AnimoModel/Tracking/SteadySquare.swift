import AnimoModelFile

/// The square of a stream, frame after frame: it stands still, since a head that moves in it is the motion.
///
/// The first face sets it, the median of the first five corrects it. After that it moves only if for ten frames on end
/// the face's middle is out of place by more than a sixth of the side (the middle third of the square, where the
/// framing puts it in the middle) or its size is off by more than a quarter; then to the median of the last five. It
/// glides for half a second.
package struct SteadySquare: Sendable, Equatable {
    /// Place and share of a face in the square.
    package let framing: HeadFraming
    /// The last five faces at most.
    private var recent: [FaceExtent] = []
    private var seen = 0
    /// Frames on end in which the face was out of place.
    private var astray = 0
    /// Square in use or glided to, with the face it was set by; then start and start time of the glide.
    private var goal: Goal?
    private var start: HeadSquare?
    private var startTime = 0.0

    private struct Goal: Equatable {
        var square: HeadSquare
        var face: FaceExtent
    }

    private static let memory = 5
    private static let patience = 10
    private static let glide = 0.5

    /// A square before its first face.
    package init(_ framing: HeadFraming) { self.framing = framing }

    /// The square for a frame.
    ///
    /// - Parameters:
    ///   - face: nil where none was found; the square then stays.
    ///   - time: of the frame, in seconds.
    /// - Returns: nil before the first face.
    package mutating func square(_ face: FaceExtent?, at time: Double) -> HeadSquare? {
        if let face { follow(face, at: time) }
        return current(at: time)
    }

    private mutating func follow(_ face: FaceExtent, at time: Double) {
        seen += 1
        recent.append(face)
        if recent.count > Self.memory { recent.removeFirst() }
        guard let goal else {
            self.goal = Goal(square: framing.square(around: face), face: face)
            return
        }
        if seen == Self.memory { return move(at: time) }
        guard seen > Self.memory else { return }
        let offset = face.middle - goal.face.middle
        let isAstray =
            max(abs(offset.x), abs(offset.y)) > goal.square.side / 6
            || face.size > 1.25 * goal.face.size || goal.face.size > 1.25 * face.size
        astray = isAstray ? astray + 1 : 0
        if astray >= Self.patience { move(at: time) }
    }

    /// Begins to glide to the median of the last faces.
    private mutating func move(at time: Double) {
        guard let face = FaceExtent(medianOf: recent) else { return }
        start = current(at: time)
        startTime = time
        goal = Goal(square: framing.square(around: face), face: face)
        astray = 0
    }

    private func current(at time: Double) -> HeadSquare? {
        guard let goal else { return nil }
        guard let start else { return goal.square }
        let u = min(1, max(0, (time - startTime) / Self.glide))
        return .between(start, goal.square, u * u * (3 - 2 * u))
    }
}
