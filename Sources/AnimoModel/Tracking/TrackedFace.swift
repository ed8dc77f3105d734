import AnimoModelFile

/// A face that was read in a picture.
package struct TrackedFace: Sendable, Equatable {
    package enum Way: String, Sendable, Equatable {
        /// Looked for in the picture.
        case detected
        /// Found where it was in the frame before.
        case tracked
    }

    package var way: Way
    /// Of the detection that was settled from; nil where the face was tracked.
    package var score: Double?
    /// Face or none in the region looked at, 0…1; it tells nothing of what hides a part of the face.
    package var presence: Double
    /// Whether the tongue is out, 0…1: shown, not used, since on drawn faces it is chance.
    package var tongue: Double
    /// The first look's.
    package var region: FaceRegion
    package var landmarks: FaceLandmarks
    /// After one look, before settling; the same as ``landmarks`` where the face was tracked.
    package var firstLandmarks: FaceLandmarks
    /// (52), as ``BlendShape/names``.
    package var blendShapes: [Double]
    package var head: HeadPose
    package var angles: HeadAngles
    package var measures: FaceMeasures
    /// What mapping tables read.
    package var inputs: FaceInputs

    /// What framing knows of it.
    package var extent: FaceExtent { FaceExtent(landmarks) }
}

/// What was read in one picture.
package struct TrackedPicture: Sendable, Equatable {
    package var width: Int
    package var height: Int
    /// Detections of the round that was used, the whole picture or tiles, best first; none where a face was tracked.
    package var faces: [FaceDetection]
    /// nil where no face is.
    package var face: TrackedFace?
    /// The best score of any anchor, whatever the threshold; 0 where a face was tracked.
    package var bestScore: Double
}

/// Which of several faces is read.
package enum FaceChoice: Sendable, Equatable {
    /// The largest box.
    case largest
    /// The one nearest to the last; the largest where there is no last one.
    case nearest
    /// From 0, by the middles of the boxes from left to right.
    case index(Int)
}

/// How a picture is read.
package struct TrackingOptions: Sendable, Equatable {
    package var choice = FaceChoice.largest
    /// The least score of a detection.
    package var threshold = 0.5
    /// Whether points are smoothed, where frames have times.
    package var isSmooth = false
    /// Whether a frame without a face is searched in one of the tiles only, another one each time: for live frames,
    /// whose time is short.
    package var isLive = false

    package init(
        choice: FaceChoice = .largest, threshold: Double = 0.5, isSmooth: Bool = false, isLive: Bool = false
    ) {
        self.choice = choice
        self.threshold = threshold
        self.isSmooth = isSmooth
        self.isLive = isLive
    }
}

/// What a tracker keeps from frame to frame. Frames come in order of time.
package struct TrackingState: Sendable, Equatable {
    /// Where to look next, from unsmoothed points; nil where the face is lost.
    var region: FaceRegion?
    var filter = LandmarkFilter()
    /// Of the frames so far.
    var size: SIMD2<Int>?
    /// Frames that were searched by tiles.
    var searches = 0

    package init() {}
}
