/// Every metric there is, by its name in Prometheus: a closed list, so that nothing a client sends makes a series of
/// its own. What each is, and where its values come from, is its ``row``.
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
    case delayedReads = "animod_delayed_reads_total"
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
}

/// One row of the table of metrics.
struct MetricRow: Sendable {
    enum Kind: Sendable, Equatable {
        case counter, gauge
        /// Upper bounds of its buckets, and recorded units in one of them.
        case histogram(bounds: [Double], unitsInOne: Double)

        /// Seconds, recorded in microseconds: from a millisecond, which nothing rendered takes, to the longest deadline
        /// people set.
        static let seconds = histogram(
            bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30], unitsInOne: 1e6)
    }

    /// Values of one moment, each with the values of the row's labels.
    typealias Facts = @Sendable (ServerSnapshot) -> [(labels: [String], value: Double)]

    let kind: Kind
    /// Names of its labels, in the order of their values.
    let labels: [String]
    /// One sentence, for `# HELP`.
    let help: String
    /// Its values in a snapshot; nil for what ``Counters`` counts over time.
    let facts: Facts?

    init(_ kind: Kind, _ labels: [String], _ help: String, facts: Facts? = nil) {
        self.kind = kind
        self.labels = labels
        self.help = help
        self.facts = facts
    }

    /// A level of the moment, without labels.
    fileprivate static func gauge(_ help: String, _ value: @escaping @Sendable (ServerSnapshot) -> Double) -> MetricRow
    {
        MetricRow(.gauge, [], help) { [([], value($0))] }
    }

    /// A count without labels that somebody else keeps.
    fileprivate static func total(_ help: String, _ value: @escaping @Sendable (ServerSnapshot) -> Double) -> MetricRow
    {
        MetricRow(.counter, [], help) { [([], value($0))] }
    }
}

extension MetricFamily {
    /// Kind, labels, help, and for facts of the moment their values.
    var row: MetricRow {
        switch self {
        case .information: .init(.gauge, ["version"], "The daemon, always 1.") { [([$0.version], 1)] }
        case .model:
            .init(.gauge, ["model", "digest"], "A model that is served, always 1.") {
                $0.models.map { ([$0.name, $0.engine.information.digest.hexadecimal], 1) }
            }
        case .serving: .gauge("1 while work is taken, 0 while starting or draining.") { $0.isServing ? 1 : 0 }
        case .uptime: .gauge("Since the start.") { $0.uptimeSeconds }
        case .connections: .gauge("Open connections.") { Double($0.connections) }
        case .connectionLimit:
            .gauge("Connections that may be open; the last 16 or eighth of them are for administrators.") {
                Double($0.limits.connections)
            }
        case .peerConnectionLimit: .gauge("Connections that one peer may have.") { Double($0.limits.connectionsOfPeer) }
        case .refusedConnections:
            .init(.counter, ["reason"], "Connections that were rejected, or could not be accepted yet.")
        case .brokenConnections:
            .init(.counter, ["reason"], "Connections that the server ended for stalling or talking nonsense.")
        case .sessions: .gauge("Open live sessions.") { Double($0.sessions) }
        case .sessionLimit: .gauge("Live sessions that may be open.") { Double($0.limits.sessions) }
        case .peerSessionLimit: .gauge("Live sessions that one peer may have.") { Double($0.limits.sessionsOfPeer) }
        case .calls: .gauge("Calls in flight, sessions among them.") { Double($0.calls) }
        case .requests: .init(.counter, ["method", "code"], "Calls that were answered.")
        case .requestSeconds: .init(.seconds, ["method", "code"], "From a call's request to its answer.")
        case .malformedRequests:
            .init(.counter, ["kind"], "What clients sent that could not be read: frames, or the messages in them.")
        case .delayedReads:
            .init(.counter, [], "Reads put off since other peers had requests and this one was ahead of its rate.")
        case .frames: .init(.counter, ["model", "outcome"], "Frames of live sessions that got their result.")
        case .frameSeconds: .init(.seconds, ["model", "outcome"], "From a live session's frame to its result.")
        case .requestMemory: .gauge("Memory reserved by requests in flight.") { Double($0.requestBytes) }
        case .requestMemoryLimit:
            .gauge("Memory that requests in flight may reserve.") { Double($0.limits.requestBytes) }
        case .incomingMemory: .gauge("Memory of frames that are not complete yet.") { Double($0.incomingBytes) }
        case .incomingMemoryLimit:
            .gauge("Memory that frames which are not complete may have.") { Double($0.limits.requestBytes) }
        case .queuedJobs: .gauge("Jobs that wait for the engine.") { Double($0.queuedJobs) }
        case .queuedSeconds: .gauge("Estimated compute time of the jobs that wait.") { $0.queuedSeconds }
        case .codecJobs: .gauge("Pictures that wait to be decoded.") { Double($0.codecJobs) }
        case .codecSeconds: .gauge("Estimated decoding time of the pictures that wait.") { $0.codecSeconds }
        case .queueLimit: .gauge("Estimated time that work may wait for, in either queue.") { $0.limits.queueSeconds }
        case .engineBusy:
            .gauge("How long the engine has been at what it does now; 0 when it is idle.") { $0.engineBusySeconds }
        case .waitSeconds: .init(.seconds, [], "How long computed jobs had waited for the engine.")
        case .computeSeconds: .init(.seconds, ["model", "stage"], "One run of the engine, whatever its batch.")
        case .batchSize:
            .init(.histogram(bounds: [1, 2, 3, 4, 6, 8, 12, 16], unitsInOne: 1), [], "Pictures drawn together.")
        case .sources: .gauge("Prepared sources that are kept.") { Double($0.sources.entries) }
        case .sourceBytes: .gauge("Memory of the prepared sources.") { Double($0.sources.bytes) }
        case .sourceBudget: .gauge("Memory that prepared sources may have.") { Double($0.sourceBudget) }
        case .sourceLookups:
            .init(.counter, ["result"], "Sources asked for by their id or picture.") {
                [(["hit"], Double($0.sources.hits)), (["miss"], Double($0.sources.misses))]
            }
        case .sourceEvictions: .total("Sources that made room for others.") { Double($0.sources.evictions) }
        case .reloads: .init(.counter, ["result"], "Reloads of the models.")
        case .lostLogLines: .total("Lines that could not be logged.") { Double($0.lostLogLines) }
        case .processMemory: .gauge("Resident memory.") { Double($0.residentBytes) }
        case .processDescriptors: .gauge("Open file descriptors.") { Double($0.descriptors) }
        case .processDescriptorLimit: .gauge("File descriptors that may be open.") { Double($0.descriptorLimit) }
        case .processThreads: .gauge("Threads.") { Double($0.processThreads) }
        case .processSeconds: .total("Processor time, user and system.") { $0.processorSeconds }
        case .processStart: .gauge("When it started, since the epoch.") { $0.startTime }
        }
    }
}

extension [UInt8] {
    fileprivate var hexadecimal: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
