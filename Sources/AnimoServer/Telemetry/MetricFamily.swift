/// Every metric there is, with its labels: a closed list, so that nothing a client sends makes a series of its own.
enum MetricFamily: String, CaseIterable, Sendable {
    case information = "animod_info"
    case model = "animod_model_info"
    case serving = "animod_serving"
    case uptime = "animod_uptime_seconds"
    case connections = "animod_connections"
    case refusedConnections = "animod_connections_refused_total"
    case brokenConnections = "animod_connections_cut_off_total"
    case sessions = "animod_sessions"
    case calls = "animod_calls"
    case requests = "animod_requests_total"
    case requestSeconds = "animod_request_duration_seconds"
    case frames = "animod_frames_total"
    case queuedJobs = "animod_queue_jobs"
    case queuedSeconds = "animod_queue_seconds"
    case engineBusy = "animod_engine_busy_seconds"
    case waitSeconds = "animod_queue_wait_seconds"
    case computeSeconds = "animod_compute_duration_seconds"
    case batchSize = "animod_batch_size"
    case sources = "animod_sources"
    case sourceBytes = "animod_source_cache_bytes"
    case sourceBudget = "animod_source_cache_budget_bytes"
    case sourceLookups = "animod_source_lookups_total"
    case sourceEvictions = "animod_source_evictions_total"
    case reloads = "animod_reloads_total"
    case lostLogLines = "animod_log_lines_lost_total"
    case processMemory = "process_resident_memory_bytes"
    case processDescriptors = "process_open_fds"
    case processDescriptorLimit = "process_max_fds"
    case processThreads = "process_threads"
    case processSeconds = "process_cpu_seconds_total"

    enum Kind: Sendable, Equatable {
        case counter, gauge
        /// Upper bounds of its buckets, and recorded units in one of them.
        case histogram(bounds: [Double], unitsInOne: Double)
    }

    /// From a millisecond, which nothing drawn takes, to the longest deadline people set.
    private static let seconds = Kind.histogram(
        bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30], unitsInOne: 1e6)

    var kind: Kind {
        switch self {
        case .refusedConnections, .brokenConnections, .requests, .frames, .sourceLookups, .sourceEvictions, .reloads,
            .lostLogLines, .processSeconds:
            .counter
        case .requestSeconds, .waitSeconds, .computeSeconds: Self.seconds
        case .batchSize: .histogram(bounds: [1, 2, 3, 4, 6, 8, 12, 16], unitsInOne: 1)
        default: .gauge
        }
    }

    /// Names of its labels, in the order of their values.
    var labels: [String] {
        switch self {
        case .information: ["version"]
        case .model: ["model", "digest"]
        case .refusedConnections, .brokenConnections: ["reason"]
        case .requests: ["method", "code"]
        case .requestSeconds: ["method"]
        case .frames: ["outcome"]
        case .computeSeconds: ["stage"]
        case .sourceLookups: ["result"]
        case .reloads: ["result"]
        default: []
        }
    }

    var help: String {
        switch self {
        case .information: "The daemon, always 1."
        case .model: "A model that is served, always 1."
        case .serving: "1 while work is taken, 0 while starting or draining."
        case .uptime: "Since the start."
        case .connections: "Open connections."
        case .refusedConnections: "Connections that were rejected, or could not be accepted yet."
        case .brokenConnections: "Connections that the server ended for stalling or talking nonsense."
        case .sessions: "Open live sessions."
        case .calls: "Calls in flight, sessions among them."
        case .requests: "Calls that were answered."
        case .requestSeconds: "From a call's request to its answer."
        case .frames: "Frames of live sessions that got their result."
        case .queuedJobs: "Jobs that wait for the engine."
        case .queuedSeconds: "Estimated compute time of the jobs that wait."
        case .engineBusy: "How long the engine has been at what it does now; 0 when it is idle."
        case .waitSeconds: "How long computed jobs had waited for the engine."
        case .computeSeconds: "One run of the engine, whatever its batch."
        case .batchSize: "Pictures drawn together."
        case .sources: "Prepared sources that are kept."
        case .sourceBytes: "Memory of the prepared sources."
        case .sourceBudget: "Memory that prepared sources may have."
        case .sourceLookups: "Sources asked for by their id or picture."
        case .sourceEvictions: "Sources that made room for others."
        case .reloads: "Reloads of the models."
        case .lostLogLines: "Lines that could not be logged."
        case .processMemory: "Resident memory."
        case .processDescriptors: "Open file descriptors."
        case .processDescriptorLimit: "File descriptors that may be open."
        case .processThreads: "Threads."
        case .processSeconds: "Processor time, user and system."
        }
    }
}
