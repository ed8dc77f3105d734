/// All metrics as text, with the facts of the moment.
struct MetricsReport: Sendable {
    let admin: AdminService

    /// One at a time: each sets the facts of its moment in series that all share.
    func text() -> String {
        admin.snapshot().observe(by: admin.counters)
        return PrometheusText.render(admin.counters.store)
    }
}
