import AnimoModel
import AnimoModelFile
import AnimoMotion
import AnimoPictures
import AnimoWire

// Faces as the wire tells them.

extension RGBPicture {
    /// A decoded picture, over white.
    init(_ picture: Picture) throws(ModelError) {
        let flat = picture.overWhite()
        try self.init(flat.pixels, width: flat.width, height: flat.height)
    }
}

extension FaceChoice {
    init(_ wire: Wire.FaceChoice?) {
        switch wire?.kind {
        case .nearest(true): self = .nearest
        case .index(let index): self = .index(Int(index))
        case .nearest(false), nil: self = .largest
        }
    }
}

extension HeadFraming {
    /// nil where none was sent.
    init?(_ wire: Wire.FaceFraming?, field: String) throws(RPCError) {
        guard let wire else { return nil }
        self.init(share: wire.share, x: wire.x, y: wire.y)
        guard isPossible else {
            throw RPCError.invalid(
                field, .outOfRange,
                "expected share, x and y above 0 and up to 1, got \(wire.share), \(wire.x), \(wire.y)")
        }
    }
}

extension Wire.FaceFraming {
    init(_ framing: HeadFraming) { self.init(share: framing.share, x: framing.x, y: framing.y) }
}

extension Wire.Box {
    init(_ box: FaceBox) {
        self.init(x: box.low.x, y: box.low.y, width: box.size.x, height: box.size.y)
    }
}

extension Wire.Detection {
    init(_ detection: FaceDetection) {
        self.init(
            score: detection.score, box: Wire.Box(detection.box),
            keypoints: detection.keypoints.flatMap { [Float($0.x), Float($0.y)] })
    }
}

extension Wire.Face {
    /// Box, score and way, as far as a session tells of it.
    init(summaryOf face: TrackedFace) {
        self.init(
            how: face.way == .tracked ? .tracked : .detected, score: face.score ?? 0, presence: face.presence,
            tongue: face.tongue, box: Wire.Box(face.landmarks.box))
    }

    /// All that is known of it.
    ///
    /// - Parameter mapping: makes its pose.
    init(_ face: TrackedFace, framing: HeadFraming, mapping: FaceMapping) throws(PoseError) {
        self.init(summaryOf: face)
        region = Wire.FaceRegion(
            x: face.region.centre.x, y: face.region.centre.y, width: face.region.width, height: face.region.height,
            turn: face.region.turn * 180 / .pi)
        landmarks = face.landmarks.points.flatMap { [Float($0.x), Float($0.y), Float($0.z)] }
        points5 = face.landmarks.points5.flatMap { [Float($0.x), Float($0.y)] }
        points68 = face.landmarks.points68.flatMap { [Float($0.x), Float($0.y)] }
        blendshapes = zip(BlendShape.names, face.blendShapes).map { Wire.NamedValue(name: $0, value: $1) }
        matrix = face.head.matrix.flatMap { $0 }
        angles = Wire.FaceAngles(pitch: face.angles.pitch, yaw: face.angles.yaw, roll: face.angles.roll)
        measures = Wire.FaceMeasures(
            mouthGap: face.measures.mouthGap, eyeRatioLeft: face.measures.eyeRatioLeft,
            eyeRatioRight: face.measures.eyeRatioRight)
        let order = BlendShape.names.dropFirst() + ["headPitch", "headYaw", "headRoll"]
        inputs = order.compactMap { name in
            face.inputs.values[name].map { Wire.NamedValue(name: name, value: $0) }
        }
        pose = Wire.Pose(values: try face.inputs.pose(mapping).values)
        let square = framing.square(around: face.extent)
        head = Wire.FaceSquare(x: square.x, y: square.y, side: square.side)
    }
}
