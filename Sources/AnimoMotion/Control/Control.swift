/// Processing of a driver's states before a picture is rendered, a value type without a clock of its own: it takes
/// states
/// with their times of capture, in order, and says what to show.
///
/// The way of a state: ``Intake`` → ``Smoothing`` → ``RelativeMotion`` → mirror → ``GroupMix`` → ``Glide`` → the range
/// of what is shown. All in float64.
package struct Control: Sendable {
    /// The state that one frame shows.
    package struct Shown: Sendable, Equatable {
        /// In the range of what can be shown.
        package var state: [Double]
        /// The same before it was cut to that range.
        package var uncut: [Double]
        /// The driver's tracking at this frame.
        package var tracking: ControlTracking
        /// The neutral that this frame completed.
        package var calibrated: Calibrated?
    }

    /// A measured neutral.
    package struct Calibrated: Sendable, Equatable {
        /// The neutral state, as many numbers as the layout has.
        package var neutral: [Double]
        /// Number of frames that were averaged.
        package var frames: UInt32
    }

    /// Arrangement of the states' numbers.
    package let layout: ControlLayout
    /// The options in force.
    package private(set) var options: ControlOptions
    private var own: [Double]

    private var clock = ControlClock()
    private var intake: Intake
    private var smoothing: Smoothing
    private var tracking = TrackingPolicy()
    private var neutral: [Double]
    private var request: NeutralMeasurement.Request?
    private var measurement: NeutralMeasurement?
    private var idle: IdleMotion
    private var glide = Glide()
    /// Seconds over which what changed since the last frame is to glide.
    private var pendingGlide = 0.0
    /// The last good state, smoothed.
    private var good: [Double]
    private var shown: [Double]?

    /// - Parameter own: the source's own state; none for zeros.
    package init(_ layout: ControlLayout, options: ControlOptions = ControlOptions(), own: [Double] = []) {
        self.layout = layout
        self.options = options
        self.own = layout.sized(own)
        intake = Intake(layout)
        smoothing = Smoothing(layout)
        neutral = layout.sized([])
        idle = IdleMotion(seed: options.idleSeed, amount: options.idleAmount)
        good = layout.sized([])
    }

    /// Changes options and, where given, the source's own state, from the next frame on.
    ///
    /// - Parameter blend: seconds that the change takes; those of the new options if nil.
    package mutating func change(_ options: ControlOptions, own: [Double]? = nil, blend: Double? = nil) {
        if options.idleSeed == self.options.idleSeed {
            idle.amount = options.idleAmount
        } else {
            idle = IdleMotion(seed: options.idleSeed, amount: options.idleAmount, start: clock.now ?? 0)
        }
        self.options = options
        if let own { self.own = layout.sized(own) }
        pendingGlide = max(pendingGlide, blend ?? options.blend)
    }

    /// Measures the neutral from the next good frame on; until it is measured the old one holds.
    ///
    /// - Parameters:
    ///   - duration: seconds; 0 takes the next good frame.
    ///   - includesEyes: whether the eyes' neutral is measured; else it is 0.
    package mutating func calibrate(over duration: Double = 0, includesEyes: Bool = false) {
        request = NeutralMeasurement.Request(duration: duration, includesEyes: includesEyes)
    }

    /// Takes a neutral that is known; a measurement in progress is abandoned.
    package mutating func calibrate(neutral: [Double]) {
        self.neutral = layout.sized(neutral)
        request = nil
        measurement = nil
        pendingGlide = max(pendingGlide, options.blend)
    }

    /// One frame.
    ///
    /// - Parameters:
    ///   - time: seconds of capture.
    ///   - driver: the driver's state, as many numbers as the layout has; nil where no head was seen.
    ///   - isCut: whether what is shown is cut to its range; motions are not.
    package mutating func frame(at time: Double, driver: [Double]?, isCut: Bool = true) -> Shown {
        let tick = clock.tick(time)
        let now = clock.now ?? 0
        var duration = pendingGlide
        pendingGlide = 0
        var calibrated: Calibrated?
        if let driver {
            let step = tracking.good(now: now, tick, options.lost)
            duration = max(duration, step.glide)
            if step.resetsFilters { smoothing.reset() }
            intake.take(driver)
            good = smoothing.step(intake.state, elapsed: tick.elapsed, options)
            calibrated = measure(now: now)
            if calibrated != nil { duration = max(duration, options.blend) }
        } else {
            duration = max(duration, tracking.missing(now: now, options.lost).glide)
        }
        let target = target(now: now)
        if let shown, duration > 0 { glide.begin(from: shown, to: target, now: now, duration: duration) }
        let uncut = glide.applied(to: target, now: now)
        let state =
            isCut ? zip(uncut, layout.shown).map { min(max($0, $1.lowerBound), $1.upperBound) } : uncut
        shown = state
        return Shown(state: state, uncut: uncut, tracking: tracking.tracking ?? .idle, calibrated: calibrated)
    }

    private mutating func measure(now: Double) -> Calibrated? {
        if let request {
            measurement = NeutralMeasurement(request, now: now)
            self.request = nil
        }
        guard let neutral = measurement?.collect(intake.state, now: now, layout) else { return nil }
        let frames = measurement?.frames ?? 0
        measurement = nil
        self.neutral = neutral
        return Calibrated(neutral: neutral, frames: frames)
    }

    private mutating func target(now: Double) -> [Double] {
        idle.advance(to: now)
        var driver = RelativeMotion(layout: layout).beyond(neutral, good, parts: options.relative)
        if options.isMirrored { driver = layout.mirrored(driver) }
        return GroupMix(layout: layout).mix(
            driver: driver, own: own, idle: idle.applied(to: own, at: now, layout),
            isLost: tracking.tracking == .idle, options)
    }
}

extension ControlLayout {
    /// The numbers of a state, zeros for those that are missing.
    func sized(_ numbers: [Double]) -> [Double] {
        Array(numbers.prefix(count)) + repeatElement(0, count: max(0, count - numbers.count))
    }
}
