import AnimoModel
import AnimoModelFile
import AnimoMotion
import AnimoPictures
import AnimoWire

/// Place of a head in a picture: as the caller gave it, or as a tracker found it.
struct HeadPlace: Sendable {
    var crop: Crop
    var landmarks: Landmarks?
    /// Faces that the tracker saw, where it was asked.
    var seen: TrackedPicture?
    /// The least score that counted.
    var threshold = 0.0

    /// Runs `body`, and says of a head that is not found what the tracker saw.
    func locating<Value>(_ field: String, _ body: () throws(PictureError) -> Value) throws(RPCError) -> Value {
        do throws(PictureError) {
            return try body()
        } catch {
            guard error.code == .noHead, let seen else { throw RPCError(error, field: field) }
            throw .noHead(field, seen, threshold: threshold, "; \(error.message)")
        }
    }

    /// The face, which must be there.
    func face(_ field: String) throws(RPCError) -> TrackedFace {
        guard let face = seen?.face else { throw .noHead(field, seen, threshold: threshold, "") }
        return face
    }
}

extension RPCError {
    fileprivate static func noHead(
        _ field: String, _ seen: TrackedPicture?, threshold: Double, _ more: String
    ) -> RPCError {
        let score = seen?.bestScore ?? 0
        let count = seen?.faces.count ?? 0
        let words =
            count == 0
            ? "the best score is \(score.rounded(to: 2)), expected at least \(threshold.rounded(to: 2))"
            : "\(count) detected, the best with a score of \(score.rounded(to: 2)), none of which is a face"
        return RPCError(
            .failedPrecondition, .noHead, "NO_HEAD: \(field): no face found: \(words)\(more)", field: field,
            limit: threshold, actual: score)
    }
}

/// Finds heads in decoded pictures, as far as crops and alignments ask for them.
struct HeadLocator: Sendable {
    let scheduler: Scheduler

    /// - Parameters:
    ///   - reader: who will read the picture; nil where nobody does.
    ///   - search: nil where no tracker is served.
    ///   - session: of a live session's frame, what it knows from those before.
    func place(
        of picture: Picture, crop: Crop, landmarks: Landmarks?, for reader: FrameEstimator?, by search: FaceSearch?,
        in session: FrameFaces?, as context: SchedulingContext, times: inout Wire.Times
    ) async throws -> HeadPlace {
        var place = HeadPlace(crop: crop, landmarks: landmarks)
        guard let search, Self.needsFace(crop: crop, landmarks: landmarks, for: reader) else { return place }
        let options = TrackingOptions(choice: search.choice, isLive: session?.isLive ?? false)
        place.threshold = options.threshold
        await session?.turn.begin()
        try Task.checkCancellation()
        let done = try await scheduler.run(
            TrackingWork(
                tracker: search.faces.tracker, picture: try RGBPicture(picture), time: session?.time,
                state: session?.memory.tracking ?? TrackingState(), options: options), as: context)
        times.add(done)
        let seen = done.output.picture
        place.seen = seen
        let square: HeadSquare?
        if let session {
            square = session.memory.follow(done.output, framing: search.framing, at: session.time)
            session.finishTurn()
        } else {
            square = seen.face.map { search.framing.square(around: $0.extent) }
        }
        // A square is in coordinates of pixels' middles, a crop in those of their edges.
        if crop == .auto, let square {
            place.crop = .box(x: square.x + 0.5, y: square.y + 0.5, width: square.side, height: square.side)
        }
        if landmarks == nil, let face = seen.face, case .network(let reader) = reader {
            switch reader.alignment {
            case .deep3D: place.landmarks = try Landmarks(face.landmarks.points5)
            case .deca: place.landmarks = try Landmarks(face.landmarks.points68)
            case .square, .latentPose: break
            }
        }
        return place
    }

    /// A box and landmarks of the caller's own need no tracker, unless it is the reader.
    private static func needsFace(crop: Crop, landmarks: Landmarks?, for reader: FrameEstimator?) -> Bool {
        if crop == .auto { return true }
        switch reader {
        case .tracker: return true
        case .network(let reader):
            return landmarks == nil && crop == .none && [.deep3D, .deca].contains(reader.alignment)
        case nil: return false
        }
    }
}
