import AnimoCheckpoint
import AnimoCompute
import AnimoModelFile
import AnimoMotion

/// Finds heads in pictures, photographed and drawn, and reads their expression and pose.
///
/// The networks are those of Google's Face Landmarker; how a face is settled on, small faces are found and streams are
/// followed is this program's own. Several threads may call at once.
package final class HeadTracker: Sendable {
    /// The three networks and the canonical face.
    let networks: FaceNetworks
    /// Contexts that it computes in, with their memory.
    let contexts: ComputeContextPool
    /// Table ARKit for the channels of the standard pose.
    package let mapping: FaceMapping

    /// The least presence of a face that is followed, and of one newly found after settling.
    private static let presence = 0.5
    private static let sure = 0.9
    /// Looks before a new face counts.
    private static let looks = 3
    /// Candidates that are tried.
    private static let candidates = 4

    /// - Parameters:
    ///   - arrays: the tensors of a model file with a part `face`.
    ///   - lanes: the widest vectors to use, in floats.
    package init(_ arrays: [String: NamedArray], pool: WorkerPool, lanes: Int = 16) throws {
        networks = try FaceNetworks(Weights(arrays, style: Weights.Style(nativeSize: 256, lanes: lanes)))
        contexts = try ComputeContextPool(pool: pool, lanes: lanes)
        mapping = try FaceMapping(arkitFor: PoseMapping.standardChannels)
    }

    /// Reads a picture of its own.
    package func read(_ picture: RGBPicture, _ options: TrackingOptions = TrackingOptions()) -> TrackedPicture {
        var state = TrackingState()
        var options = options
        (options.isSmooth, options.isLive) = (false, false)
        return read(picture, at: 0, &state, options)
    }

    /// Reads a frame of a stream.
    ///
    /// - Parameters:
    ///   - time: of the frame in seconds.
    ///   - state: of the frames before; one whose pictures had another size is forgotten.
    package func read(
        _ picture: RGBPicture, at time: Double, _ state: inout TrackingState, _ options: TrackingOptions
    ) -> TrackedPicture {
        contexts.withContext { context in
            let size = SIMD2(picture.width, picture.height)
            if state.size != size { state = TrackingState() }
            state.size = size
            var result = TrackedPicture(
                width: picture.width, height: picture.height, faces: [], face: nil, bestScore: 0)
            var reading = Reading(tracker: self, context: context, picture: picture, options: options)
            if let region = state.region, let look = reading.look(at: region), look.presence > Self.presence {
                result.face = face(
                    context, picture, .tracked, nil, region, first: look, last: look, time, &state, options)
            }
            if result.face == nil {
                let found = reading.find(from: state.region, &state.searches)
                (result.faces, result.bestScore) = (found.faces, reading.best)
                state.region = nil
                state.filter = LandmarkFilter()
                if let settled = found.settled {
                    result.face = face(
                        context, picture, .detected, settled.detection.score, FaceRegion(settled.detection),
                        first: settled.first, last: settled.last, time, &state, options)
                }
            }
            if result.face != nil { state.searches = 0 }
            return result
        }
    }

    /// Everything that is computed from a face's landmarks; keeps the region for the next frame.
    ///
    /// - Returns: nil where its points tell no head.
    private func face(
        _ context: ComputeContext, _ picture: RGBPicture, _ way: TrackedFace.Way, _ score: Double?,
        _ region: FaceRegion, first: Look, last: Look, _ time: Double, _ state: inout TrackingState,
        _ options: TrackingOptions
    ) -> TrackedFace? {
        var landmarks = last.landmarks
        var filter = state.filter
        if options.isSmooth { landmarks.points = filter.smoothed(landmarks.points, at: time) }
        guard
            let head = HeadPose(
                landmarks, width: picture.width, height: picture.height, face: networks.canonical)
        else { return nil }
        state.filter = filter
        state.region = FaceRegion(last.landmarks)
        context.workspace.reset()
        let shapes = networks.shapes(context, of: landmarks).map(Double.init)
        let (measures, angles) = (landmarks.measures, head.angles)
        return TrackedFace(
            way: way, score: score, presence: last.presence, tongue: last.tongue, region: region,
            landmarks: landmarks, firstLandmarks: first.landmarks, blendShapes: shapes, head: head, angles: angles,
            measures: measures, inputs: FaceInputs(blendShapes: shapes, measures: measures, angles: angles))
    }

    /// Outputs of the mesh network at a region, in the picture's coordinates.
    fileprivate struct Look {
        var landmarks: FaceLandmarks
        var presence: Double
        var tongue: Double
    }

    /// A face that is settled on: its first look and its last.
    fileprivate struct Settled {
        var detection: FaceDetection
        var first: Look
        var last: Look
    }

    /// The reading of one picture.
    fileprivate struct Reading {
        let tracker: HeadTracker
        let context: ComputeContext
        let picture: RGBPicture
        let options: TrackingOptions
        /// The best score of any anchor so far.
        var best = 0.0

        init(tracker: HeadTracker, context: ComputeContext, picture: RGBPicture, options: TrackingOptions) {
            self.tracker = tracker
            self.context = context
            self.picture = picture
            self.options = options
        }

        /// - Returns: nil where the region is none to look at, or what is seen there is no number.
        func look(at region: FaceRegion) -> Look? {
            guard region.isUsable(width: picture.width, height: picture.height) else { return nil }
            context.workspace.reset()
            let output = tracker.networks.look(context, picture, at: region)
            let landmarks = region.landmarks(output.points)
            guard landmarks.isFinite else { return nil }
            return Look(
                landmarks: landmarks, presence: sigmoid(Double(output.presence)),
                tongue: sigmoid(Double(output.tongue)))
        }

        mutating func detect(in squares: [SearchSquare]) -> [FaceDetection] {
            context.workspace.reset()
            let outputs = tracker.networks.detect(context, picture, in: squares)
            for output in outputs { best = max(best, output.best) }
            return zip(outputs, squares).flatMap { $0.detections(in: $1, threshold: options.threshold) }.suppressed()
        }

        /// Three looks, each where the one before says the face is. The last must be sure, and where the first saw
        /// none, the detector must agree.
        mutating func settle(_ detection: FaceDetection) -> Settled? {
            guard let first = look(at: FaceRegion(detection)) else { return nil }
            var last = first
            for _ in 1..<HeadTracker.looks {
                guard let next = look(at: FaceRegion(last.landmarks)) else { return nil }
                last = next
            }
            guard last.presence > HeadTracker.sure else { return nil }
            if !(first.presence > HeadTracker.presence) {
                let box = last.landmarks.box
                let agrees = detect(in: [SearchSquare(around: box)]).contains {
                    $0.box.overlap(box) > [FaceDetection].overlap
                }
                if !agrees { return nil }
            }
            return Settled(detection: detection, first: first, last: last)
        }

        /// Looks at the whole picture, then at tiles.
        ///
        /// - Parameters:
        ///   - last: where the face was, if it has just been lost.
        ///   - searches: how many pictures before were searched by tiles, of which a live one takes the next.
        mutating func find(
            from last: FaceRegion?, _ searches: inout Int
        ) -> (faces: [FaceDetection], settled: Settled?) {
            let (width, height) = (picture.width, picture.height)
            let whole = detect(in: [SearchSquare(width: width, height: height)])
            if let settled = settle(oneOf: whole, last) { return (whole, settled) }
            var tiles = SearchSquare.tiles(width: width, height: height)
            if options.isLive {
                tiles = [tiles[searches % tiles.count]]
                searches += 1
            }
            let parts = detect(in: tiles)
            return (parts, settle(oneOf: parts, last))
        }

        private mutating func settle(oneOf faces: [FaceDetection], _ last: FaceRegion?) -> Settled? {
            let longer = Double(max(picture.width, picture.height))
            for face in order(faces, last).prefix(HeadTracker.candidates) {
                // The first box of a small face is poor: look again from near.
                let isSmall = face.box.longer < longer / 4
                if !isSmall, let settled = settle(face) { return settled }
                if let nearer = detect(in: [SearchSquare(around: face.box)]).first, let settled = settle(nearer) {
                    return settled
                }
                if isSmall, let settled = settle(face) { return settled }
            }
            return nil
        }

        /// The candidates, the wanted one first.
        private func order(_ faces: [FaceDetection], _ last: FaceRegion?) -> [FaceDetection] {
            // Equal ones stay in their order.
            func sorted(_ key: (FaceDetection) -> Double) -> [FaceDetection] {
                faces.enumerated().sorted { (key($0.element), $0.offset) < (key($1.element), $1.offset) }.map(\.element)
            }
            if let last { return sorted { distance($0.box.middle, last.centre) } }
            guard case .index(let index) = options.choice else { return sorted { -$0.box.area } }
            let ordered = sorted { $0.box.middle.x }
            return ordered.indices.contains(index) ? [ordered[index]] : []
        }
    }
}
