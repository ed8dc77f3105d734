import AnimoCompute

/// The three networks of a tracker, and the face at rest that heads are held against.
final class FaceNetworks: Sendable {
    /// Picture → boxes.
    let detector: FaceDetector
    /// Region → landmarks.
    let mesh: FaceMesh
    /// Landmarks → facial coefficients.
    let blendShapes: BlendShapeNetwork
    /// Vertices in centimetres, for the head's pose.
    let canonical: CanonicalFace

    /// - Parameter weights: of a model file with a part `face`.
    init(_ weights: Weights) throws {
        let face = weights.scoped(to: "face")
        detector = try FaceDetector(face.scoped(to: "detector"))
        mesh = try FaceMesh(face.scoped(to: "landmarks"))
        blendShapes = try BlendShapeNetwork(face.scoped(to: "blendshapes"))
        canonical = try CanonicalFace(
            vertices: face.tensor("canonical.vertices"), weights: face.tensor("canonical.weights"))
    }

    /// Looks for faces in squares of a picture, all at once.
    func detect(
        _ context: ComputeContext, _ picture: RGBPicture, in squares: [SearchSquare], isPlain: Bool = false
    ) -> [FaceDetector.Output] {
        let regions = squares.map {
            // 0…255 to −1…1.
            SampledRegion(
                centre: $0.centre, width: $0.side, height: $0.side, isBordered: false, scale: 1 / 127.5, shift: -1)
        }
        let crops = picture.bytes.withUnsafeBufferPointer {
            context.sampled(
                detector.stem, $0, height: picture.height, width: picture.width, regions, side: FaceDetector.side,
                isPlain: isPlain)
        }
        return detector.outputs(context, crops)
    }

    /// Looks at a region of a picture.
    func look(
        _ context: ComputeContext, _ picture: RGBPicture, at region: FaceRegion, isPlain: Bool = false
    ) -> FaceMesh.Output {
        let crops = picture.bytes.withUnsafeBufferPointer {
            context.sampled(
                mesh.stem, $0, height: picture.height, width: picture.width, [region.sampled], side: FaceMesh.side,
                isPlain: isPlain)
        }
        return mesh.outputs(context, crops)[0]
    }

    /// Facial coefficients of a face.
    ///
    /// - Returns: (52), as ``BlendShape/names``.
    func shapes(_ context: ComputeContext, of landmarks: FaceLandmarks) -> [Float] {
        let points = FaceTopology.blendShapePoints.flatMap { index in
            [Float(landmarks.points[index].x), Float(landmarks.points[index].y)]
        }
        return blendShapes.outputs(context, [points])[0]
    }
}
