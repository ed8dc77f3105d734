import AnimoModelFile
import AnimoMotion

/// The frames from which PIRenderer renders one, and how another person's motion is made to fit.
package enum MotionWindow {
    /// Frames before and after the one that is rendered.
    package static let radius = 13
    /// Frames in all.
    package static let count = 2 * radius + 1

    /// Returns the frames of a clip that show frame `index`, in the order of time; the clip's ends are held.
    package static func frames(around index: Int, of count: Int) -> [Int] {
        (-radius...radius).map { min(max(index + $0, 0), max(count - 1, 0)) }
    }

    /// Factor by which the crop's ratio of every driving frame is scaled so that another person's head has the size of
    /// the source's: the ratios' quotient at the frame that is most like the source, by
    /// 0.3 · mean |expression| + 0.7 · mean |angle| of the differences.
    ///
    /// - Parameters:
    ///   - source: 73 numbers of the source picture: motion, then the crop's ratio and place.
    ///   - driving: 73 numbers of each frame.
    /// - Returns: 1 where there is no frame or no ratio to speak of.
    package static func cropScale(source: [Float], driving: [[Float]]) -> Float {
        let (expressions, angles) = (0..<Motion.expressions, Motion.expressions..<(Motion.expressions + 3))
        func distance(_ frame: [Float], _ range: Range<Int>) -> Float {
            range.reduce(0) { $0 + abs(frame[$1] - source[$1]) } / Float(range.count)
        }
        guard source.count == FamilyRow.placedMotionCount, driving.allSatisfy({ $0.count == source.count }),
            let nearest = driving.min(by: {
                0.3 * distance($0, expressions) + 0.7 * distance($0, angles)
                    < 0.3 * distance($1, expressions) + 0.7 * distance($1, angles)
            }), nearest[Motion.count] != 0
        else { return 1 }
        let scale = source[Motion.count] / nearest[Motion.count]
        return scale.isFinite ? scale : 1
    }

    /// Another person's frames with their crops' ratios scaled to the source's, see ``cropScale(source:driving:)``.
    package static func matchingCrop(of source: [Float], _ driving: [[Float]]) -> [[Float]] {
        let scale = cropScale(source: source, driving: driving)
        return driving.map { frame in
            var frame = frame
            if frame.count > Motion.count { frame[Motion.count] *= scale }
            return frame
        }
    }
}
