import Foundation

/// Motion of a head that nothing drives, which blinks, sways and breathes: a function of the time since its start and a
/// seed alone.
struct IdleMotion: Sendable {
    /// A sway of an angle: two sines whose phases are drawn from the seed.
    private struct Sway: Sendable {
        let degrees: Double
        /// Hz.
        let slow: Double
        let fast: Double
        let slowPhase: Double
        let fastPhase: Double

        func callAsFunction(_ time: Double) -> Double {
            degrees * (0.7 * sin(2 * .pi * slow * time + slowPhase) + 0.3 * sin(2 * .pi * fast * time + fastPhase))
        }
    }

    /// Seconds that lids take to shut, stay shut, and open.
    private static let closing = 0.08
    private static let shut = 0.04
    private static let opening = 0.16
    /// Degrees and seconds of a breath.
    private static let breath = (degrees: 0.2, period: 4.0)

    /// Factor on sway and breath, 0…2; blinks are always whole.
    var amount: Double
    /// The time that counts as 0.
    private let start: Double
    private let yaw: Sway
    private let pitch: Sway
    private let roll: Sway
    private var generator: SplitMix64
    /// Start of the blink that began last, and of the next.
    private var blink = -Double.infinity
    private var nextBlink = 0.0

    /// - Parameters:
    ///   - amount: factor on sway and breath, 0…2.
    ///   - start: session time that counts as 0, in seconds.
    init(seed: UInt64, amount: Double, start: Double = 0) {
        self.amount = amount
        self.start = start
        var generator = SplitMix64(state: seed)
        let phases = (0..<6).map { _ in 2 * .pi * Self.unit(&generator) }
        yaw = Sway(degrees: 2.5, slow: 0.11, fast: 0.23, slowPhase: phases[0], fastPhase: phases[1])
        pitch = Sway(degrees: 1.5, slow: 0.09, fast: 0.19, slowPhase: phases[2], fastPhase: phases[3])
        roll = Sway(degrees: 1.5, slow: 0.07, fast: 0.17, slowPhase: phases[4], fastPhase: phases[5])
        nextBlink = Self.pause(&generator)
        self.generator = generator
    }

    /// Goes on to a time; times never fall.
    mutating func advance(to time: Double) {
        let time = time - start
        while nextBlink <= time {
            blink = nextBlink
            nextBlink += Self.closing + Self.shut + Self.opening + Self.pause(&generator)
        }
    }

    /// Closure of the lids, 0…1, at a time that ``advance(to:)`` went to.
    func lids(at time: Double) -> Double {
        let since = time - start - blink
        if since < Self.closing { return smoothStep(since / Self.closing) }
        return 1 - smoothStep((since - Self.closing - Self.shut) / Self.opening)
    }

    /// Adds blinks, sway and breath to the source's own state.
    func applied(to own: [Double], at time: Double, _ layout: ControlLayout) -> [Double] {
        var state = own
        let lids = lids(at: time)
        let time = time - start
        for index in layout.blinkingLids { state[index] += lids }
        let rotation = layout.rotation
        let breath = Self.breath.degrees * (1 - cos(2 * .pi * time / Self.breath.period))
        for (index, degrees) in [
            (rotation.pitch, pitch(time) - breath), (rotation.yaw, yaw(time)), (rotation.roll, roll(time)),
        ] {
            state[index] += amount * degrees * layout.scale[index]
        }
        return state
    }

    /// From U(0, 1), in steps of 2⁻⁵³.
    private static func unit(_ generator: inout SplitMix64) -> Double { Double(generator.next() >> 11) * 0x1p-53 }

    /// Seconds between two blinks.
    private static func pause(_ generator: inout SplitMix64) -> Double { 2 + 3 * unit(&generator) }
}
