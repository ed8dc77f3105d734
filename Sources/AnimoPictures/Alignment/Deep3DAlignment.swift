/// The crop that Deep3DFaceRecon reads: 224×224 pixels in which a standard head would lie where this one does.
///
/// Byte for byte what the published code makes of the same landmarks with Pillow.
package enum Deep3DAlignment {
    /// Side of the aligned frame, in pixels.
    package static let side = 224
    /// Pixels of the crop for one unit of the morphable model.
    private static let unit = 102.0

    /// Place at which the crop was taken: the published `trans_params`.
    package struct Transform: Sendable, Equatable {
        /// Width of the picture.
        package var width: Int
        /// Height of the picture.
        package var height: Int
        /// Pixels of the crop for each of the picture.
        package var scale: Double
        /// The head's origin in the picture, y from its lowest row upwards.
        package var origin: SIMD2<Double>
        /// Width of the whole picture at `scale`.
        package var resizedWidth: Int
        /// Height of the whole picture at `scale`.
        package var resizedHeight: Int
        /// The crop's first column in that.
        package var left: Int
        /// The crop's first row in that.
        package var up: Int

        /// Scale, t0 and t1, as PIRenderer reads them beside a motion.
        package var placement: SIMD3<Float> { SIMD3(Float(scale), Float(origin.x), Float(origin.y)) }
    }

    /// Crops a picture, over white; what lies beyond it is black.
    ///
    /// Without landmarks the published standard points stand for them, spread over the box, or over the picture's
    /// centred square.
    /// - Throws: `badArgument` for landmarks that are no face's.
    package static func align(
        _ picture: Picture, _ place: FacePlace
    ) throws(PictureError) -> (picture: Picture, transform: Transform) {
        guard picture.width > 0, picture.height > 0 else {
            throw PictureError(.badArgument, "an empty picture cannot be aligned")
        }
        let five =
            switch place {
            case .landmarks(let landmarks): landmarks.five
            case .box(let box): standardPoints(in: box)
            case .centred: standardPoints(in: Box(centredIn: picture))
            }
        let transform = try fit(five, picture)
        let flat = picture.overWhite()
        let columns = BicubicAxis(
            from: picture.width, to: transform.resizedWidth, taking: transform.left..<(transform.left + side))
        let rows = BicubicAxis(
            from: picture.height, to: transform.resizedHeight, taking: transform.up..<(transform.up + side))
        return (flat.resampled(columns: columns, rows: rows), transform)
    }

    /// Least squares of the standard points, y up: x ≈ k·(X, Y, Z, 1), and y likewise.
    private static func fit(_ five: [SIMD2<Double>], _ picture: Picture) throws(PictureError) -> Transform {
        let (width, height) = (Double(picture.width), Double(picture.height))
        let flipped = five.map { SIMD2($0.x, height - 1 - $0.y) }
        guard let (across, up) = leastSquares(flipped) else { throw noFace(.nan) }
        func norm(_ k: SIMD4<Double>) -> Double { (k.x * k.x + k.y * k.y + k.z * k.z).squareRoot() }
        let scale = unit / ((norm(across) + norm(up)) / 2)
        guard scale > 1.0 / 256, scale < 256 else { throw noFace(scale) }
        let (resizedWidth, resizedHeight) = (Int(width * scale), Int(height * scale))
        guard resizedWidth > 0, resizedHeight > 0 else { throw noFace(scale) }
        let origin = SIMD2(across.w, up.w)
        let half = Double(side / 2)
        return Transform(
            width: picture.width, height: picture.height, scale: scale, origin: origin, resizedWidth: resizedWidth,
            resizedHeight: resizedHeight,
            left: Int(Double(resizedWidth) / 2 - half + (origin.x - width / 2) * scale),
            up: Int(Double(resizedHeight) / 2 - half + (height / 2 - origin.y) * scale))
    }

    private static func noFace(_ scale: Double) -> PictureError {
        PictureError(
            .badArgument,
            "landmarks: expected a face that fits 224 pixels when scaled by 1/256 to 256, got a scale of \(scale)")
    }

    /// The five points of the standard head: x to image right, y up, z to the camera, in float32 as published.
    private static let standard: [SIMD3<Float>] = [
        SIMD3(-0.311_486_57, 0.290_360_78, 0.133_779_53), SIMD3(0.309_798_87, 0.289_720_36, 0.131_795_26),
        SIMD3(0.003_253_499, -0.046_179_324, 0.552_442_43), SIMD3(-0.252_169_28, -0.381_339_16, 0.224_057_32),
        SIMD3(0.248_466_2, -0.381_282_36, 0.222_357_69),
    ]

    /// As PIRenderer's scripts place them where no face was found: y is not turned over, which leaves scale and origin
    /// as they are.
    static func standardPoints(in box: Box) -> [SIMD2<Double>] {
        standard.map { point in
            SIMD2(
                box.x + (Double(point.x) + 1) / 2 * box.width, box.y + (Double(point.y) + 1) / 2 * box.height)
        }
    }

    /// Both axes' four numbers by the normal equations; nil where they have no solution.
    private static func leastSquares(_ points: [SIMD2<Double>]) -> (SIMD4<Double>, SIMD4<Double>)? {
        var matrix = [[Double]](repeating: [Double](repeating: 0, count: 6), count: 4)
        for (point, place) in zip(standard, points) {
            let row = [Double(point.x), Double(point.y), Double(point.z), 1, place.x, place.y]
            for i in 0..<4 {
                for j in 0..<6 { matrix[i][j] += row[i] * row[j] }
            }
        }
        // Gauss and Jordan, the largest pivot first.
        for column in 0..<4 {
            guard let pivot = (column..<4).max(by: { abs(matrix[$0][column]) < abs(matrix[$1][column]) }),
                abs(matrix[pivot][column]) > 1e-12
            else { return nil }
            matrix.swapAt(column, pivot)
            for row in 0..<4 where row != column {
                let factor = matrix[row][column] / matrix[column][column]
                for j in column..<6 { matrix[row][j] -= factor * matrix[column][j] }
            }
        }
        func solution(_ side: Int) -> SIMD4<Double> {
            SIMD4((0..<4).map { matrix[$0][4 + side] / matrix[$0][$0] })
        }
        return (solution(0), solution(1))
    }
}

extension Box {
    /// The largest square in a picture's middle.
    init(centredIn picture: Picture) {
        let side = Double(min(picture.width, picture.height))
        self.init(
            x: (Double(picture.width) - side) / 2, y: (Double(picture.height) - side) / 2, width: side, height: side)
    }
}
