import AnimoModel
import AnimoModelFile
import Synchronization

/// State that a live session keeps of the face in its frames: where it was, and the square that follows it.
final class SessionFaces: Sendable {
    private struct State {
        var tracking = TrackingState()
        var square: SteadySquare?
    }

    private let state = Mutex(State())

    /// As the last frame left it.
    var tracking: TrackingState { state.withLock(\.tracking) }

    /// Takes what was seen in a frame.
    ///
    /// - Returns: the square for that frame; nil before the first face.
    func follow(_ output: TrackingWork.Output, framing: HeadFraming, at time: Double) -> HeadSquare? {
        state.withLock { state in
            state.tracking = output.state
            var square = state.square ?? SteadySquare(framing)
            // Another model's pictures, another square.
            if square.framing != framing { square = SteadySquare(framing) }
            defer { state.square = square }
            return square.square(output.picture.face?.extent, at: time)
        }
    }
}

/// One frame's part in its session's faces.
struct FrameFaces: Sendable {
    let memory: SessionFaces
    /// Frames are tracked one after another.
    let turn: SequentialGate
    /// Time of the frame in seconds.
    let time: Double
    /// Frames come from a camera: none may take long.
    let isLive: Bool
    /// Nothing else of the session is in order.
    let isLast: Bool

    /// Lets the next frame be tracked, unless the frame's motion has its turn still.
    func finishTurn() { if isLast { turn.finish() } }
}
