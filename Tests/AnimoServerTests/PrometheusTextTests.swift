import AnimoFakeEngine
import Testing

@testable import AnimoServer

/// The text that Prometheus reads: facts of a snapshot by the rows of the table, and what was counted over time.
struct PrometheusTextTests {
    private static func snapshot(models: [ModelRegistry.Entry] = []) -> ServerSnapshot {
        var limits = ServerLimits()
        limits.connections = 40
        limits.peerSessions = 7
        return ServerSnapshot(
            version: "1.2.3", state: "serving", isServing: true, uptimeSeconds: 12.5, threads: 2, connections: 3,
            sessions: 2, calls: 5, queuedJobs: 4, queuedSeconds: 0.25, codecJobs: 6, codecSeconds: 0.5,
            limits: limits, requestBytes: 1000, incomingBytes: 200, engineBusySeconds: 0.125, models: models,
            sources: .init(entries: 8, bytes: 900, hits: 11, misses: 12, evictions: 13), sourceBudget: 5000,
            lostLogLines: 14, residentBytes: 70000, descriptors: 21, descriptorLimit: 1024, processThreads: 9,
            processorSeconds: 3.75, startTime: 1_700_000_000.5)
    }

    @Test func factsOfTheMomentAreTakenFromTheSnapshot() {
        let text = PrometheusText.render(Self.snapshot(), MetricStore())
        let expected = [
            "animod_info{version=\"1.2.3\"} 1", "animod_serving 1", "animod_uptime_seconds 12.5",
            "animod_connections 3", "animod_connections_limit 40", "animod_peer_connections_limit 30",
            "animod_sessions 2", "animod_sessions_limit 64", "animod_peer_sessions_limit 7", "animod_calls 5",
            "animod_request_memory_bytes 1000", "animod_request_memory_limit_bytes 536870912",
            "animod_incoming_memory_bytes 200", "animod_incoming_memory_limit_bytes 536870912",
            "animod_queue_jobs 4", "animod_queue_seconds 0.25", "animod_codec_queue_jobs 6",
            "animod_codec_queue_seconds 0.5", "animod_queue_limit_seconds 10", "animod_engine_busy_seconds 0.125",
            "animod_sources 8", "animod_source_cache_bytes 900", "animod_source_cache_budget_bytes 5000",
            "animod_source_lookups_total{result=\"hit\"} 11", "animod_source_lookups_total{result=\"miss\"} 12",
            "animod_source_evictions_total 13", "animod_log_lines_lost_total 14",
            "process_resident_memory_bytes 70000", "process_open_fds 21", "process_max_fds 1024",
            "process_threads 9", "process_cpu_seconds_total 3.75", "process_start_time_seconds 1700000000.5",
        ]
        #expect(text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init) == expected)
    }

    @Test func aModelThatIsServedNoMoreIsNotTold() {
        let served = [ModelRegistry.Entry(name: "fa\"ke", engine: FakeEngine(digest: [1, 171]).engine)]
        let store = MetricStore()
        #expect(
            PrometheusText.render(Self.snapshot(models: served), store)
                .contains("animod_model_info{model=\"fa\\\"ke\",digest=\"01ab\"} 1\n"))
        #expect(!PrometheusText.render(Self.snapshot(), store).contains("animod_model_info"))
    }

    @Test func familiesAreToldInTheOrderOfTheTableWithTheirHelp() {
        let counters = Counters()
        counters.answered(method: "Reenact", code: "OK", took: .milliseconds(3))
        counters.framed(model: "fake", outcome: "rendered", took: .milliseconds(20))
        counters.computed(
            BatchKey(engine: ObjectIdentifier(counters), stage: .render, domain: .anime, flowSide: 32, side: 32),
            batchSize: 2, took: .milliseconds(30), waited: [.milliseconds(1), .milliseconds(2)])
        let text = PrometheusText.render(Self.snapshot(), counters.store)
        let told = text.split(separator: "\n").filter { $0.hasPrefix("# HELP ") }.map(String.init)
        #expect(
            told
                == MetricFamily.allCases.filter { $0 != .model }.map { "# HELP \($0.rawValue) \($0.row.help)" })
        for line in [
            "# TYPE animod_requests_total counter\nanimod_requests_total{method=\"Reenact\",code=\"OK\"} 1\n",
            "animod_frame_duration_seconds_bucket{model=\"fake\",outcome=\"rendered\",le=\"0.025\"} 1\n",
            "animod_compute_duration_seconds_count{model=\"other\",stage=\"draw\"} 1\n",
            "# TYPE animod_batch_size histogram\nanimod_batch_size_bucket{le=\"1\"} 0\nanimod_batch_size_bucket{le=\"2\"} 1\n",
            "animod_queue_wait_seconds_count 2\n", "animod_reloads_total{result=\"failure\"} 0\n",
        ] { #expect(text.contains(line), "\(line)") }
    }
}
