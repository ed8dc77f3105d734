/// When a number of sessions fits a daemon: hardly a frame lost, and none much older than the next.
package struct CapacityRule: Sendable {
    /// Share of all frames that were due which must have been rendered.
    package var share = 0.99
    /// Frame intervals that 99 of 100 delays must be under.
    package var intervals = 2.0

    package init() {}

    package func fits(_ run: LoadSummary) -> Bool {
        guard let rate = run.rate, run.drawn > 0 else { return false }
        return run.shareDrawn >= share && run.delay[0.99] < intervals / rate
    }
}
