import AnimoModelFile

/// A face that was read in a picture.
package struct TrackedFace: Sendable, Equatable {
    /// Way in which a face was found.
    package enum Way: String, Sendable, Equatable {
        /// By the detector, in the picture or its tiles.
        case detected
        /// In the region of the frame before.
        case tracked
    }

    /// Whether the detector ran for it.
    package var way: Way
    /// Score of the detection that was settled from; nil where the face was tracked.
    package var score: Double?
    /// Probability of a face in the region, 0…1; it tells nothing of what hides a part of the face.
    package var presence: Double
    /// Whether the tongue is out, 0…1: shown, not used, since on drawn faces it is chance.
    package var tongue: Double
    /// Region of the first look.
    package var region: FaceRegion
    /// Points of the last look, smoothed where asked for.
    package var landmarks: FaceLandmarks
    /// After one look, before settling; the same as ``landmarks`` where the face was tracked.
    package var firstLandmarks: FaceLandmarks
    /// (52), as ``BlendShape/names``.
    package var blendShapes: [Double]
    /// Fit of the canonical face to ``landmarks``.
    package var head: HeadPose
    /// Angles of ``head``, in degrees.
    package var angles: HeadAngles
    /// Gaps of mouth and lids, measured on ``landmarks``.
    package var measures: FaceMeasures
    /// Inputs of mapping tables.
    package var inputs: FaceInputs

    /// Middle, size and box, for framing.
    package var extent: FaceExtent { FaceExtent(landmarks) }
}

/// Result of reading one picture.
package struct TrackedPicture: Sendable, Equatable {
    /// Width of the picture in pixels.
    package var width: Int
    /// Height of the picture in pixels.
    package var height: Int
    /// Detections of the round that was used, the whole picture or tiles, best first; none where a face was tracked.
    package var faces: [FaceDetection]
    /// nil where no face is.
    package var face: TrackedFace?
    /// The best score of any anchor, whatever the threshold; 0 where a face was tracked.
    package var bestScore: Double
}

/// Choice among several faces.
package enum FaceChoice: Sendable, Equatable {
    /// The largest box.
    case largest
    /// The one nearest to the last; the largest where there is no last one.
    case nearest
    /// From 0, by the middles of the boxes from left to right.
    case index(Int)
}

/// Options of reading a picture.
package struct TrackingOptions: Sendable, Equatable {
    /// Face that is read where there are several.
    package var choice = FaceChoice.largest
    /// The least score of a detection.
    package var threshold = 0.5
    /// Whether points are smoothed, where frames have times.
    package var isSmooth = false
    /// Whether a frame without a face is searched in one of the tiles only, another one each time: for live frames,
    /// whose time is short.
    package var isLive = false

    /// Creates one from its fields.
    package init(
        choice: FaceChoice = .largest, threshold: Double = 0.5, isSmooth: Bool = false, isLive: Bool = false
    ) {
        self.choice = choice
        self.threshold = threshold
        self.isSmooth = isSmooth
        self.isLive = isLive
    }
}

/// State of a stream from frame to frame. Frames come in order of time.
package struct TrackingState: Sendable, Equatable {
    /// Region for the next frame's look, from unsmoothed points; nil where the face is lost.
    var region: FaceRegion?
    /// Smoothing of the landmarks, begun anew with every newly found face.
    var filter = LandmarkFilter()
    /// Width and height of the frames so far, in pixels; nil before the first.
    var size: SIMD2<Int>?
    /// Frames that were searched by tiles.
    var searches = 0

    /// State before the first frame.
    package init() {}
}
