import AnimoCLI
import AnimoJSON
import AnimoWire
import ArgumentParser

struct ShowStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the daemon's state and its counters.",
        usage: "animoctl status [--json] [<options>]",
        discussion: """
            Examples:
              animoctl status
              animoctl status --json | jq .compute_p99_ms

            For the daemon's owner, root and the admin list.
            """)

    @OptionGroup(title: "Daemon") var connection: ConnectionOptions
    @OptionGroup var printing: JSONOptions

    func run() async throws {
        let reply = try await Daemon.with(connection) { daemon in
            try await daemon.client.status(timeout: daemon.timeout)
        }
        try Terminal.print(printing.json ? Self.json(reply).pretty : Self.text(reply))
    }

    static func text(_ reply: Wire.StatusReply) -> String {
        var facts = [
            ("animod", reply.serverVersion),
            ("state", reply.state), ("uptime", Quantity.seconds(reply.uptimeSeconds)),
            ("threads", "\(reply.threads)"),
            ("memory", Quantity.bytes(reply.residentBytes)),
            (
                "connections",
                "\(reply.connections), \(reply.descriptors) of \(reply.descriptorLimit) open files and sockets"
            ),
            ("sessions", "\(reply.sessions)"),
            ("in flight", Quantity.count(Int(reply.calls), "call")),
            ("queued", "\(reply.queued), \(Quantity.seconds(reply.queuedSeconds)) of work"),
            ("engine", engine(reply.engineBusySeconds)),
            (
                "compute",
                "\(Quantity.seconds(reply.computeP50Ms / 1000)) median, "
                    + "\(Quantity.seconds(reply.computeP99Ms / 1000)) at the 99th percentile"
            ),
        ]
        if let sources = reply.sources {
            facts.append(
                (
                    "sources",
                    "\(sources.entries) kept, \(Quantity.bytes(sources.bytes)) of \(Quantity.bytes(sources.budget)); "
                        + "\(sources.hits) found, \(sources.misses) missed, \(sources.evictions) evicted"
                ))
        }
        let models = reply.models.map { "\($0.name) (\(Quantity.hexadecimal($0.digest.prefix(6))))" }
        facts.append(("models", models.joined(separator: ", ")))
        if reply.reloads + reply.failedReloads > 0 {
            facts.append(("reloads", "\(reply.reloads), and \(reply.failedReloads) failed"))
        }
        if !reply.reloadError.isEmpty { facts.append(("last reload", reply.reloadError)) }
        if reply.lostLogLines > 0 { facts.append(("log", "\(reply.lostLogLines) lines could not be written")) }
        var text = Table.facts(facts)
        for (title, counters) in [
            ("requests", reply.requests), ("frames of sessions", reply.frames), ("batches of size", reply.batches),
            ("connections rejected or closed by server", reply.troubles),
        ] where !counters.isEmpty {
            text += "\n\(title)\n" + Table.facts(counters.map { ("  " + $0.name, "\($0.value)") })
        }
        return text
    }

    /// A batch takes seconds only with large models on slow machines.
    private static func engine(_ busy: Double) -> String {
        busy < 1 ? "ok" : "in the same batch for \(Quantity.seconds(busy))\(busy < 30 ? "" : ": stuck?")"
    }

    static func json(_ reply: Wire.StatusReply) -> JSONValue {
        var object = JSONObject()
        object["server_version"] = .string(reply.serverVersion)
        object["state"] = .string(reply.state)
        object["uptime_seconds"] = .measured(reply.uptimeSeconds)
        object["threads"] = .count(reply.threads)
        object["resident_bytes"] = .count(reply.residentBytes)
        object["connections"] = .count(reply.connections)
        object["sessions"] = .count(reply.sessions)
        object["queued"] = .count(reply.queued)
        object["queued_seconds"] = .measured(reply.queuedSeconds)
        object["requests"] = counters(reply.requests)
        object["frames"] = counters(reply.frames)
        object["batches"] = counters(reply.batches)
        object["compute_p50_ms"] = .measured(reply.computeP50Ms)
        object["compute_p99_ms"] = .measured(reply.computeP99Ms)
        if let sources = reply.sources {
            object["sources"] = .object([
                "entries": .count(sources.entries), "bytes": .count(sources.bytes), "budget": .count(sources.budget),
                "hits": .count(sources.hits), "misses": .count(sources.misses),
                "evictions": .count(sources.evictions),
            ])
        }
        object["descriptors"] = .count(reply.descriptors)
        object["descriptor_limit"] = .count(reply.descriptorLimit)
        object["engine_busy_seconds"] = .measured(reply.engineBusySeconds)
        object["troubles"] = counters(reply.troubles)
        object["lost_log_lines"] = .count(reply.lostLogLines)
        object["latencies"] = .object(
            reply.latencies.reduce(into: JSONObject()) { object, latency in
                object[latency.method] = .object([
                    "p50_ms": .measured(latency.medianMs), "p99_ms": .measured(latency.highMs),
                ])
            })
        object["calls"] = .count(reply.calls)
        object["reloads"] = .count(reply.reloads)
        object["failed_reloads"] = .count(reply.failedReloads)
        object["reload_error"] = reply.reloadError.isEmpty ? .null : .string(reply.reloadError)
        object["models"] = .array(reply.models.map(Describe.json))
        return .object(object)
    }

    private static func counters(_ counters: [Wire.Counter]) -> JSONValue {
        var object = JSONObject()
        for counter in counters { object[counter.name] = .count(counter.value) }
        return .object(object)
    }
}
