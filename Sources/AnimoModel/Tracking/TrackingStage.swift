/// A part of reading a head, as a benchmark looks at it.
package enum TrackingStage: String, Sendable, CaseIterable {
    /// Sampling of the whole picture at 128×128.
    case detectorSampling = "detector_sampling"
    /// Sampling and the detector's network.
    case detector
    /// Sampling of a turned region at 256×256.
    case meshSampling = "mesh_sampling"
    /// Sampling and the mesh network: a look.
    case mesh
    /// The blend-shape network over 146 landmarks.
    case blendShapes = "blend_shapes"
    /// Head pose, angles, measures, inputs, next region.
    case geometry
    /// A frame whose face was found in the one before: a look, the blend shapes, the geometry.
    case tracked
    /// A picture of its own in which the whole and its tiles are searched in vain.
    case searched
}

extension HeadTracker {
    /// Runs one stage on a picture of any content.
    package func run(_ stage: TrackingStage, _ picture: RGBPicture) {
        let middle = SIMD2(Double(picture.width), Double(picture.height)) / 2
        let side = Double(min(picture.width, picture.height)) * 0.75
        let region = FaceRegion(centre: middle, width: side, height: side, turn: 0.1)
        let canonical = networks.canonical.vertices
        let landmarks = FaceLandmarks(
            (0..<FaceLandmarks.count).map { index in
                let point = index < canonical.count ? canonical[index] : SIMD3(Double(index % 7), 3, 4)
                return SIMD3(middle.x + 15 * point.x, middle.y - 15 * point.y, -15 * point.z)
            })
        func geometry(_ landmarks: FaceLandmarks, _ shapes: [Float]) {
            guard
                let head = HeadPose(landmarks, width: picture.width, height: picture.height, face: networks.canonical)
            else { return }
            _ = FaceInputs(
                blendShapes: shapes.map(Double.init), measures: landmarks.measures, angles: head.angles)
            _ = FaceRegion(landmarks)
        }
        contexts.withContext { context in
            switch stage {
            case .detectorSampling, .meshSampling:
                let isMesh = stage == .meshSampling
                picture.bytes.withUnsafeBufferPointer { bytes in
                    _ = context.sampled(
                        isMesh ? networks.mesh.stem : networks.detector.stem, bytes, height: picture.height,
                        width: picture.width, [region.sampled], side: isMesh ? FaceMesh.side : FaceDetector.side)
                }
            case .detector:
                _ = networks.detect(
                    context, picture, in: [SearchSquare(width: picture.width, height: picture.height)])
            case .mesh: _ = networks.look(context, picture, at: region)
            case .blendShapes: _ = networks.shapes(context, of: landmarks)
            case .geometry: geometry(landmarks, [Float](repeating: 0.2, count: BlendShapeNetwork.outputs))
            case .tracked:
                let look = networks.look(context, picture, at: region)
                _ = region.landmarks(look.points)
                context.workspace.reset()
                geometry(landmarks, networks.shapes(context, of: landmarks))
            case .searched:
                _ = networks.detect(
                    context, picture, in: [SearchSquare(width: picture.width, height: picture.height)])
                context.workspace.reset()
                _ = networks.detect(
                    context, picture, in: SearchSquare.tiles(width: picture.width, height: picture.height))
            }
        }
    }
}
