/// Every metric there is, with its labels: a closed list, so that nothing a client sends makes a series of its own.
enum MetricFamily: String, CaseIterable, Sendable {
    case information = "animod_info"
    case model = "animod_model_info"
    case serving = "animod_serving"
    case uptime = "animod_uptime_seconds"
    case connections = "animod_connections"
    case connectionLimit = "animod_connections_limit"
    case peerConnectionLimit = "animod_peer_connections_limit"
    case refusedConnections = "animod_connections_refused_total"
    case brokenConnections = "animod_connections_cut_off_total"
    case sessions = "animod_sessions"
    case sessionLimit = "animod_sessions_limit"
    case peerSessionLimit = "animod_peer_sessions_limit"
    case calls = "animod_calls"
    case requests = "animod_requests_total"
    case requestSeconds = "animod_request_duration_seconds"
    case malformedRequests = "animod_malformed_requests_total"
    case frames = "animod_frames_total"
    case frameSeconds = "animod_frame_duration_seconds"
    case requestMemory = "animod_request_memory_bytes"
    case requestMemoryLimit = "animod_request_memory_limit_bytes"
    case incomingMemory = "animod_incoming_memory_bytes"
    case incomingMemoryLimit = "animod_incoming_memory_limit_bytes"
    case queuedJobs = "animod_queue_jobs"
    case queuedSeconds = "animod_queue_seconds"
    case codecJobs = "animod_codec_queue_jobs"
    case codecSeconds = "animod_codec_queue_seconds"
    case queueLimit = "animod_queue_limit_seconds"
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
    case processStart = "process_start_time_seconds"

    /// Label of a model that is not served any more, or not yet, or was never found.
    static let otherModel = "other"

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
        case .refusedConnections, .brokenConnections, .requests, .malformedRequests, .frames, .sourceLookups,
            .sourceEvictions, .reloads, .lostLogLines, .processSeconds:
            .counter
        case .requestSeconds, .frameSeconds, .waitSeconds, .computeSeconds: Self.seconds
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
        case .requests, .requestSeconds: ["method", "code"]
        case .malformedRequests: ["kind"]
        case .frames, .frameSeconds: ["model", "outcome"]
        case .computeSeconds: ["model", "stage"]
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
        case .connectionLimit: "Connections that may be open; the last 16 or eighth of them are for administrators."
        case .peerConnectionLimit: "Connections that one peer may have."
        case .refusedConnections: "Connections that were rejected, or could not be accepted yet."
        case .brokenConnections: "Connections that the server ended for stalling or talking nonsense."
        case .sessions: "Open live sessions."
        case .sessionLimit: "Live sessions that may be open."
        case .peerSessionLimit: "Live sessions that one peer may have."
        case .calls: "Calls in flight, sessions among them."
        case .requests: "Calls that were answered."
        case .requestSeconds: "From a call's request to its answer."
        case .malformedRequests: "What clients sent that could not be read: frames, or the messages in them."
        case .frames: "Frames of live sessions that got their result."
        case .frameSeconds: "From a live session's frame to its result."
        case .requestMemory: "Memory reserved by requests in flight."
        case .requestMemoryLimit: "Memory that requests in flight may reserve."
        case .incomingMemory: "Memory of frames that are not complete yet."
        case .incomingMemoryLimit: "Memory that frames which are not complete may have."
        case .queuedJobs: "Jobs that wait for the engine."
        case .queuedSeconds: "Estimated compute time of the jobs that wait."
        case .codecJobs: "Pictures that wait to be decoded."
        case .codecSeconds: "Estimated decoding time of the pictures that wait."
        case .queueLimit: "Estimated time that work may wait for, in either queue."
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
        case .processStart: "When it started, since the epoch."
        }
    }
}
