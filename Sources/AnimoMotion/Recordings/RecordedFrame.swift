/// One frame of recorded motion.
package struct RecordedFrame: Sendable, Equatable {
    /// Seconds from the first frame; never falls from frame to frame.
    package var time: Double
    /// The driver's state; nil where no head was seen.
    package var driver: RecordedDriver?

    /// Creates one from its fields.
    package init(time: Double, driver: RecordedDriver?) {
        self.time = time
        self.driver = driver
    }
}

/// The numbers of a recorded frame.
package enum RecordedDriver: Sendable, Equatable {
    /// In the order of the reader's channels.
    case pose([Float])
    /// Some numbers of a pose by name, the rest 0.
    case named([NamedNumber])
    /// The numbers that the networks read.
    case motion([Float])

    /// A number by its channel's name.
    package struct NamedNumber: Sendable, Equatable {
        /// Name of the channel.
        package var name: String
        /// The number, in the channel's unit.
        package var value: Double

        /// Creates one from its fields.
        package init(name: String, value: Double) {
            self.name = name
            self.value = value
        }
    }
}
