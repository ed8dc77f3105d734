import AnimoModelFile
import Foundation

/// The 478 points of one face, x and y in pixels of the picture, z in the same unit and less where nearer.
package struct FaceLandmarks: Sendable, Equatable {
    /// 478 points: 468 of the face, 10 of the irises.
    package static let count = FaceMesh.points

    /// Always ``count`` of them.
    package var points: [SIMD3<Double>]

    /// - Parameter points: ``count`` of them.
    init(_ points: [SIMD3<Double>]) { self.points = points }

    /// Indicates whether every coordinate is a finite number.
    var isFinite: Bool { points.allSatisfy { $0.x.isFinite && $0.y.isFinite && $0.z.isFinite } }

    /// A point in the picture's plane.
    package func flat(_ index: Int) -> SIMD2<Double> { SIMD2(points[index].x, points[index].y) }

    /// Smallest rectangle along the picture's axes around all points.
    package var box: FaceBox { FaceBox(around: points.lazy.map { SIMD2($0.x, $0.y) }) }

    /// Angle of the line through the eyes' outer corners, clockwise, in radians.
    var turn: Double {
        let line = flat(FaceTopology.outerCorners.right) - flat(FaceTopology.outerCorners.left)
        return atan2(line.y, line.x)
    }

    /// The five points of Deep3DFaceRecon's alignment: eyes, nose, corners of the mouth, image left first.
    package var points5: [SIMD2<Double>] {
        FaceTopology.eyes.map { lids in lids.reduce(SIMD2()) { $0 + flat($1) } / Double(lids.count) }
            + [FaceTopology.noseTip, FaceTopology.mouthCorners.left, FaceTopology.mouthCorners.right].map(flat)
    }

    /// The middles of the irises, image left first, in the coordinates of pixels' edges, which crops have.
    package var irises: (SIMD2<Double>, SIMD2<Double>) {
        let edge = SIMD2(0.5, 0.5)
        return (flat(FaceTopology.irises.left) + edge, flat(FaceTopology.irises.right) + edge)
    }

    /// The 68 points of iBUG 300-W (Sagonas et al. 2013), for DECA's crop.
    package var points68: [SIMD2<Double>] {
        let jaws = FaceTopology.jaw.map { resampled($0, to: 9) }
        // The chin is the end of both halves.
        let jaw = jaws[0] + jaws[1].dropLast().reversed()
        let brows = zip(FaceTopology.brows[0], FaceTopology.brows[1]).map { (flat($0) + flat($1)) / 2 }
        return jaw + brows + FaceTopology.others.map(flat)
    }

    /// Points at equal lengths along a line of landmarks, its ends among them.
    private func resampled(_ line: [Int], to count: Int) -> [SIMD2<Double>] {
        let points = line.map(flat)
        var lengths = [0.0]
        for (a, b) in zip(points, points.dropFirst()) { lengths.append((lengths.last ?? 0) + distance(a, b)) }
        let whole = lengths.last ?? 0
        return (0..<count).map { index in
            let place = whole * Double(index) / Double(count - 1)
            let next = lengths.firstIndex { $0 >= place } ?? lengths.count - 1
            guard next > 0 else { return points[0] }
            let step = lengths[next] - lengths[next - 1]
            let share = step > 0 ? min(1, (place - lengths[next - 1]) / step) : 0
            return points[next - 1] + (points[next] - points[next - 1]) * share
        }
    }

    /// The middle and the size of the box around all points along the line of the eyes: mean of width and height.
    package var upright: (middle: SIMD2<Double>, size: Double) {
        let (cosine, sine) = (cos(turn), sin(turn))
        let box = FaceBox(
            around: points.lazy.map { SIMD2($0.x * cosine + $0.y * sine, $0.y * cosine - $0.x * sine) })
        let middle = box.middle
        return (
            SIMD2(middle.x * cosine - middle.y * sine, middle.x * sine + middle.y * cosine),
            (box.size.x + box.size.y) / 2
        )
    }

    /// Gaps of mouth and lids, for ``FaceInputs``.
    package var measures: FaceMeasures {
        func gap(_ pair: (Int, Int)) -> Double { distance(flat(pair.0), flat(pair.1)) }
        let ratios = FaceTopology.lids.map { lids in
            (gap(lids[0]) + gap(lids[1]) + gap(lids[2])) / 3 / max(gap(lids[3]), 1e-9)
        }
        return FaceMeasures(
            mouthGap: gap(FaceTopology.innerLips) / max(gap(FaceTopology.innerCorners), 1e-9),
            eyeRatioLeft: ratios[1], eyeRatioRight: ratios[0])
    }
}

/// Distances measured on the landmarks, for movements that the blend shapes hardly show.
package struct FaceMeasures: Sendable, Equatable {
    /// Gap between the lips, in distances between the eyes' inner corners.
    package var mouthGap: Double
    /// Mean gap between the lids of the face's own left eye, in distances between its corners.
    package var eyeRatioLeft: Double
    /// The same of its own right eye.
    package var eyeRatioRight: Double
}

/// Euclidean distance of two points.
func distance(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> Double {
    let step = a - b
    return (step.x * step.x + step.y * step.y).squareRoot()
}

extension FaceExtent {
    /// Extent of a face's landmarks: their box along the line of the eyes, and the one along the picture's axes.
    package init(_ landmarks: FaceLandmarks) {
        let upright = landmarks.upright
        self.init(middle: upright.middle, size: upright.size, box: landmarks.box)
    }
}
