/// Memory of a daemon before, during and after many frames.
package struct ResidentMemory: Sendable, Equatable {
    /// Memory after a number of frames.
    package struct Reading: Sendable, Equatable {
        /// Frames played before the reading.
        package let frames: Int
        /// Resident memory, in bytes.
        package let bytes: Int

        /// Creates one from its fields.
        package init(frames: Int, bytes: Int) {
            self.frames = frames
            self.bytes = bytes
        }
    }

    /// All readings, in order.
    package let readings: [Reading]

    /// Creates one from its readings.
    package init(_ readings: [Reading]) { self.readings = readings }

    /// Frames between the first and the last reading.
    package var frames: Int { (readings.last?.frames ?? 0) - (readings.first?.frames ?? 0) }
    /// Bytes at the first reading.
    package var before: Int { readings.first?.bytes ?? 0 }
    /// Bytes at the last reading.
    package var after: Int { readings.last?.bytes ?? 0 }

    /// Growth in bytes a frame, over all readings.
    package var slope: Double { TrendLine(readings.map { (x: Double($0.frames), y: Double($0.bytes)) }).slope }
}

extension LoadGenerator {
    /// Plays `frames` frames in twenty sessions one after the other, and asks the daemon for its memory in between.
    ///
    /// The first reading is taken after a tenth of that, so that what is made once and kept does not count as growth.
    package func soak(
        _ plan: LoadPlan, frames: Int, progress: @escaping @Sendable () -> Void = {}
    ) async throws -> ResidentMemory {
        let parts = 20
        var plan = plan
        plan.warmUp = 0
        plan.frames = max(1, frames / parts)
        var readings: [ResidentMemory.Reading] = []
        var played = 0
        for part in -2..<parts {
            _ = try await run(plan, progress: progress)
            if part >= -1 {
                readings.append(ResidentMemory.Reading(frames: played, bytes: try await residentBytes()))
                played += plan.frames * plan.sessions
            }
        }
        return ResidentMemory(readings)
    }

    private func residentBytes() async throws -> Int {
        try await withClient { Int(clamping: try await $0.status(timeout: timeout).residentBytes) }
    }
}
