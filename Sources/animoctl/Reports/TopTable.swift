import AnimoCLI
import AnimoWire
import Foundation

/// The screen of `animoctl top`: a daemon at two points of time, within 80 columns.
struct TopTable {
    private let reply: Wire.StatusReply
    private let before: Wire.StatusReply?

    init(_ reply: Wire.StatusReply, before: TopTable?) {
        self.reply = reply
        // A daemon that was started again counts anew.
        self.before = before.map(\.reply).flatMap { $0.uptimeSeconds < reply.uptimeSeconds ? $0 : nil }
    }

    func text() -> String {
        let models = reply.models.map(\.name).joined(separator: ", ")
        var text = """
            animod \(reply.serverVersion)  \(reply.state), up \(Quantity.seconds(reply.uptimeSeconds))  \(models)
            \(Quantity.count(Int(reply.sessions), "session")), \(Quantity.count(Int(reply.connections), "connection")), \
            \(reply.calls) in flight, \(reply.queued) queued (\(Quantity.seconds(reply.queuedSeconds)) of work)
            memory \(Quantity.bytes(reply.residentBytes)), \(reply.descriptors) descriptors, \
            compute \(Quantity.seconds(reply.computeP50Ms / 1000)) median, \
            \(Quantity.seconds(reply.computeP99Ms / 1000)) p99

            """
        if let sources = reply.sources {
            text +=
                "sources \(sources.entries), \(Quantity.bytes(sources.bytes)) of \(Quantity.bytes(sources.budget)), "
                + "\(share(sources.hits, of: sources.hits + sources.misses)) found, \(sources.evictions) evicted\n"
        }
        if reply.engineBusySeconds >= 1 {
            text += "the engine has been in the same batch for \(Quantity.seconds(reply.engineBusySeconds))\n"
        }
        if !reply.troubles.isEmpty {
            text += "connections " + reply.troubles.map { "\($0.name) \($0.value)" }.joined(separator: ", ") + "\n"
        }
        if !reply.reloadError.isEmpty { text += "last reload: \(reply.reloadError)\n" }
        let lines = (text + "\n" + calls() + frames()).split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { $0.prefix(80) }.joined(separator: "\n")
    }

    private func calls() -> String {
        var methods: [String: (ok: UInt64, failed: UInt64)] = [:]
        for counter in reply.requests {
            let words = counter.name.split(separator: " ")
            guard let method = words.first.map(String.init) else { continue }
            if words.last == "OK" {
                methods[method, default: (0, 0)].ok += counter.value
            } else {
                methods[method, default: (0, 0)].failed += counter.value
            }
        }
        guard !methods.isEmpty else { return "" }
        var table = Table(
            .left("CALL"), .right("DONE"), .right("PER S"), .right("FAILED"), .right("MEDIAN"), .right("P99"))
        for (method, counts) in methods.sorted(by: { $0.key < $1.key }) {
            let latency = reply.latencies.first { $0.method == method }
            table.add(
                method, "\(counts.ok)", rate { $0.name.hasPrefix(method + " ") }, "\(counts.failed)",
                time(latency?.medianMs), time(latency?.highMs))
        }
        return table.render() + "\n"
    }

    private func frames() -> String {
        guard !reply.frames.isEmpty else { return "" }
        var table = Table(.left("FRAMES"), .right("COUNT"), .right("PER S"))
        for counter in reply.frames {
            let old = before?.frames.first { $0.name == counter.name }?.value ?? 0
            table.add(counter.name, "\(counter.value)", rate(from: old, to: counter.value))
        }
        return table.render()
    }

    private func rate(of isMeant: (Wire.Counter) -> Bool) -> String {
        let old = before?.requests.filter(isMeant).reduce(0) { $0 + $1.value } ?? 0
        return rate(from: old, to: reply.requests.filter(isMeant).reduce(0) { $0 + $1.value })
    }

    private func rate(from old: UInt64, to new: UInt64) -> String {
        guard let before, new >= old else { return "-" }
        return Quantity.fixed(Double(new - old) / (reply.uptimeSeconds - before.uptimeSeconds), 1)
    }

    private func time(_ milliseconds: Double?) -> String {
        guard let milliseconds, milliseconds > 0 else { return "-" }
        return Quantity.seconds(milliseconds / 1000)
    }

    private func share(_ part: UInt64, of whole: UInt64) -> String {
        whole == 0 ? "-" : "\(Int((Double(part) / Double(whole) * 100).rounded())) %"
    }
}
