/// All metrics as text, with the facts of the moment.
struct MetricsReport: Sendable {
    let admin: AdminService

    func text() -> String { PrometheusText.render(admin.snapshot(), admin.counters.store) }
}
