/// Rule by which a number of sessions fits a daemon: hardly a frame lost, and none much older than the next.
package struct CapacityRule: Sendable {
    /// Share of all frames that were due which must have been rendered.
    package var share = 0.99
    /// Frame intervals that 99 of 100 delays must be under.
    package var intervals = 2.0

    /// Creates one with the defaults.
    package init() {}

    /// Returns whether a run meets both limits.
    package func fits(_ run: LoadSummary) -> Bool {
        guard let rate = run.rate, run.rendered > 0 else { return false }
        return run.shareRendered >= share && run.delay[0.99] < intervals / rate
    }
}
