import AnimoCheckpoint
import AnimoCompute
import AnimoMotion

extension HeadTracker {
    /// Reads a seeded picture by the fast kernels and by the plain loops.
    ///
    /// - Parameter arrays: what this tracker was made from; it keeps them only as the kernels want them.
    package func verify(against arrays: [String: NamedArray]) throws -> [VerifyStage] {
        let plain = try FaceNetworks(Weights(arrays, style: Weights.Style(method: .reference, nativeSize: 256)))
        var random = SplitMix64(state: 22)
        let bytes = (0..<(96 * 72 * 3)).map { _ in UInt8(truncatingIfNeeded: random.next() >> 56) }
        let picture = try RGBPicture(bytes, width: 96, height: 72)
        let region = FaceRegion(centre: SIMD2(47, 35), width: 61, height: 61, turn: 0.3)
        let points = FaceLandmarks(
            (0..<FaceLandmarks.count).map { _ in
                SIMD3(Double(random.unit()) * 200, Double(random.unit()) * 200, 0)
            })
        func read(_ networks: FaceNetworks, isPlain: Bool) -> [[Float]] {
            contexts.withContext { context in
                let square = SearchSquare(width: picture.width, height: picture.height)
                let found = networks.detect(context, picture, in: [square], isPlain: isPlain)[0]
                context.workspace.reset()
                let look = networks.look(context, picture, at: region, isPlain: isPlain)
                context.workspace.reset()
                return [
                    found.scores, found.rows, look.points, [look.presence], networks.shapes(context, of: points),
                ]
            }
        }
        let names = ["detector.scores", "detector.boxes", "landmarks.points", "landmarks.presence", "blendshapes"]
        return zip(names, zip(read(networks, isPlain: false), read(plain, isPlain: true))).map { name, pair in
            // Scores and pixels differ in size from network to network: compared in parts of the largest.
            let largest = max(1, pair.1.reduce(0) { max($0, abs($1)) })
            return VerifyStage(
                name: "face.\(name)", difference: VerifyStage.difference(pair.0, pair.1) / largest,
                limit: VerifyLimit.tracker, against: "reference")
        }
    }
}
