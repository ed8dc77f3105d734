import AnimoPictures
import AnimoReports
import AnimoWire

/// Comparisons of the AniMo paper.
enum Comparison: String, CaseIterable, Sendable {
    /// A head driven by other frames of itself, which are the truth.
    case selfIdentity = "self identity"
    /// Driven by another head of the same kind.
    case crossIdentity = "cross identity"
    /// Driven by a head of the other kind.
    case crossDomain = "cross domain"

    /// Name of its sheet and its video, without an ending.
    var fileName: String { rawValue.replacing(" ", with: "-") }
}

/// One picture that was rendered, and how well.
struct EvaluationSample: Sendable {
    let comparison: Comparison
    let source: String
    let driver: String
    let pictures: (source: Picture, driver: Picture, rendered: Picture)
    /// From the truth, where there is one.
    let distance: PictureDistance?
    /// Degrees about X, Y and Z of the driver and of what was rendered, where both can be read.
    let angles: (driver: HeadAngles, rendered: HeadAngles)?

    /// Mean over the three axes, in degrees.
    var angleError: Double? { angles.map { $0.driver.distance(to: $0.rendered).mean } }
}

/// Degrees about X, Y and Z.
///
/// Three numbers and no vector: those of 32 bytes are laid out wrongly in tasks (Swift 6.3).
struct HeadAngles: Sendable {
    var pitch: Double
    var yaw: Double
    var roll: Double

    var all: [Double] { [pitch, yaw, roll] }
    var mean: Double { (pitch + yaw + roll) / 3 }

    init(_ all: [Double]) { (pitch, yaw, roll) = (all[0], all[1], all[2]) }

    /// - Parameter code: 70 or 73 numbers of a motion, radians at 64…66, or the 20 of a pose, degrees of pitch, roll
    ///   and yaw at 17…19; nil for other codes, which do not tell.
    init?(code: [Float]?) {
        switch code?.count {
        case 70, 73: self.init((64...66).map { Double(code?[$0] ?? 0) * 180 / .pi })
        case 20: self.init([17, 19, 18].map { Double(code?[$0] ?? 0) })
        default: return nil
        }
    }

    /// Axis by axis.
    func distance(to other: HeadAngles) -> HeadAngles { HeadAngles(zip(all, other.all).map { abs($0 - $1) }) }
}

/// All samples of one comparison in numbers.
struct EvaluationSummary: Sendable {
    let comparison: Comparison
    let count: Int
    let psnr: Double?
    let ssim: Double?
    let l1: Double?
    let angleErrors: HeadAngles?

    var angleError: Double? { angleErrors?.mean }

    init(_ comparison: Comparison, _ samples: [EvaluationSample]) {
        func mean(_ values: [Double]) -> Double? {
            let finite = values.filter(\.isFinite)
            return finite.isEmpty ? nil : finite.reduce(0, +) / Double(finite.count)
        }
        self.comparison = comparison
        count = samples.count
        psnr = mean(samples.compactMap { $0.distance?.psnr })
        ssim = mean(samples.compactMap { $0.distance?.ssim })
        l1 = mean(samples.compactMap { $0.distance?.l1 })
        let angles = samples.compactMap(\.angles)
        let errors = angles.map { $0.driver.distance(to: $0.rendered).all }
        angleErrors =
            errors.isEmpty
            ? nil : HeadAngles((0..<3).map { axis in errors.reduce(0) { $0 + $1[axis] } / Double(errors.count) })
    }
}
