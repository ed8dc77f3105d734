import AnimoModel
import AnimoMotion
import AnimoPictures
import AnimoWire

// Faces in pictures, found by a tracker in its turn.

extension FrameRenderer {
    /// A driving frame, ready for the network that reads it, or read already.
    struct LocatedFrame: Sendable {
        enum Content: Sendable {
            case aligned(AlignedFrame, NetworkEstimator)
            case pose(Pose, Expressed?)
        }

        let content: Content
        /// Seen by a tracker, where one was asked.
        let face: TrackedFace?
    }

    /// Decodes a driving picture, finds its head as far as that is asked for, and aligns it. Call it on a codec thread.
    ///
    /// - Parameters:
    ///   - session: of a live session's frame.
    ///   - account: pays for the picture while it is aligned, and for the aligned frame.
    func locate(
        _ picture: DrivingPicture, in session: FrameFaces?, memory account: MemoryAccount,
        as context: SchedulingContext, times: inout Wire.Times
    ) async throws -> LocatedFrame {
        let field = picture.picture.field
        let (decoded, decoding) = try await timed { try await self.decoded(picture.picture, for: account, as: context) }
        times.decode += decoding.microseconds
        let place = try await HeadLocator(scheduler: scheduler).place(
            of: decoded.picture, crop: picture.crop, landmarks: picture.landmarks, for: picture.reader,
            by: picture.search, in: session, as: context, times: &times)
        switch picture.reader {
        case .tracker:
            guard let mapping = picture.mapping else { throw ScheduledWorkError.noOutput }
            let face = try place.face(field)
            return LocatedFrame(
                content: .pose(try face.inputs.pose(mapping), face.inputs.expressed(mapping)), face: face)
        case .network(let reader):
            let memory = try account.reserve(reader.side * reader.side * FloatImage.pixelBytes, field: field)
            let (frame, aligning) = try await timed {
                try place.locating(field) { () throws(PictureError) in
                    try AlignedFrame(
                        decoded.picture, crop: place.crop, landmarks: place.landmarks, for: reader, memory: memory)
                }
            }
            times.decode += aligning.microseconds
            return LocatedFrame(content: .aligned(frame, reader), face: place.seen?.face)
        }
    }

    /// Faces that a tracker saw in a picture.
    struct TrackedFrame: Sendable {
        let picture: TrackedPicture
        /// For the next frame of the stream.
        let state: TrackingState
        let times: Wire.Times
    }

    /// Decodes a picture and finds the heads in it. Call it on a codec thread.
    ///
    /// - Parameters:
    ///   - time: of a stream's frame in seconds; nil for a picture of its own.
    ///   - state: as the frame before left it.
    func track(
        _ picture: IncomingPicture, by faces: ServedTracker, at time: Double?, _ state: TrackingState,
        _ options: TrackingOptions, memory: MemoryAccount, as context: SchedulingContext
    ) async throws -> TrackedFrame {
        let (decoded, decoding) = try await timed { try await self.decoded(picture, for: memory, as: context) }
        let done = try await track(decoded.picture, by: faces, at: time, state, options, as: context)
        var times = Wire.Times(decode: decoding.microseconds)
        times.add(done)
        return TrackedFrame(picture: done.output.picture, state: done.output.state, times: times)
    }

    private func decoded(
        _ picture: IncomingPicture, for account: MemoryAccount, as context: SchedulingContext
    ) async throws -> DecodedPicture {
        let work = DecodingWork(picture, for: .frame) { try picture.decode(for: account) }
        return try await codecs.decode(work, as: context).output
    }

    /// Finds the heads in a decoded picture.
    func track(
        _ picture: Picture, by faces: ServedTracker, at time: Double?, _ state: TrackingState,
        _ options: TrackingOptions, as context: SchedulingContext
    ) async throws -> Completion<TrackingWork.Output> {
        try await scheduler.run(
            TrackingWork(
                tracker: faces.tracker, picture: try RGBPicture(picture), time: time, state: state, options: options),
            as: context)
    }
}
