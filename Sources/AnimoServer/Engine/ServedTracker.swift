import AnimoModel
import AnimoMotion

/// The tracker that finds and reads heads for a model: its own, or that of a model of family `tracker`.
package struct ServedTracker: Sendable {
    /// The model whose part it is.
    package let modelName: String
    /// The networks that find and read heads.
    package let tracker: HeadTracker

    /// Creates one from its fields.
    package init(modelName: String, tracker: HeadTracker) {
        self.modelName = modelName
        self.tracker = tracker
    }
}

/// Finds and reads the heads of one picture.
struct TrackingWork: EngineWork {
    struct Output: Sendable {
        let picture: TrackedPicture
        /// For the next frame of the stream.
        let state: TrackingState
    }

    let tracker: HeadTracker
    let picture: RGBPicture
    /// Time of the frame in seconds; nil for a picture of its own.
    let time: Double?
    /// As the frame before left it.
    let state: TrackingState
    let options: TrackingOptions

    var key: BatchKey {
        BatchKey(engine: ObjectIdentifier(tracker), stage: .track, domain: .vox, flowSide: 0, side: 0)
    }

    static func compute(_ batch: [Self]) throws -> [Output] {
        batch.map { work in
            guard let time = work.time else {
                return Output(picture: work.tracker.read(work.picture, work.options), state: work.state)
            }
            var state = work.state
            return Output(picture: work.tracker.read(work.picture, at: time, &state, work.options), state: state)
        }
    }
}
