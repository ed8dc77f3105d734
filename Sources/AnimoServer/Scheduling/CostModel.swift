import NIOCore

/// Seconds a job of each kind takes, learned from those that were computed.
struct CostModel {
    private struct Estimate {
        var seconds: Double
        var learned: NIODeadline
    }

    /// A picture of 256×256, where nothing was ever computed: rendered, or decoded and aligned.
    private static func unknown(_ stage: BatchKey.Stage) -> Double { stage == .decode ? 0.004 : 0.1 }
    private static let ofPictures: Set<BatchKey.Stage> = [.prepare, .render]
    /// An estimate this old is not believed against an engine with nothing to do, so that one slow computation does not
    /// lock its kind out for good.
    private static let trusted = TimeAmount.minutes(1)

    private var known: [BatchKey: Estimate] = [:]

    /// Above 0. For a size that was never computed, what others of the same stage would take by their area, else what
    /// other pictures of the same engine would, else a guess.
    func seconds(for key: BatchKey) -> Double {
        if let known = known[key] { return known.seconds }
        let engine = known.filter { $0.key.engine == key.engine }
        let pictures = engine.filter { Self.ofPictures.contains($0.key.stage) }
        let area = Self.area(key)
        let byArea = [engine.filter { $0.key.stage == key.stage }, pictures].lazy.compactMap { alike in
            alike.map { $0.value.seconds * area / Self.area($0.key) }.max()
        }.first
        return max(byArea ?? Self.unknown(key.stage) * area / Self.area(side: 256), 1e-6)
    }

    /// Seconds of the cheapest kind of rendering that was ever computed; nil before the first.
    var cheapestRendering: Double? { known.lazy.filter { $0.key.stage == .render }.map(\.value.seconds).min() }

    /// Whether the estimate is from a computation not long ago.
    func isFresh(_ key: BatchKey, at now: NIODeadline) -> Bool {
        known[key].map { now - $0.learned < Self.trusted } ?? false
    }

    /// An exponential mean that follows within some ten jobs.
    mutating func learn(_ key: BatchKey, seconds new: Double, at now: NIODeadline) {
        let seconds = known[key].map { $0.seconds + 0.2 * (new - $0.seconds) } ?? new
        if known.count >= 1024, known[key] == nil { known = [:] }
        known[key] = Estimate(seconds: max(seconds, 1e-6), learned: now)
    }

    /// Area of a picture of the key's side; work without a size counts as one of 256×256.
    private static func area(_ key: BatchKey) -> Double { area(side: key.side == 0 ? 256 : key.side) }

    private static func area(side: Int) -> Double { Double(side) * Double(side) }
}
