import AnimoClient
import AnimoWire

extension Daemon {
    /// - Parameter options: the options that fields of the request were given by, for messages.
    func edit(
        _ held: HeldSource, _ request: Wire.EditPoseRequest, options: [String: String] = [:]
    ) async throws -> Wire.EditPoseReply {
        do {
            return try await client.using(held) { source in
                var request = request
                request.source = source
                return try await client.editPose(request, timeout: timeout)
            }
        } catch let error as RPCError {
            throw error.naming(options)
        }
    }

    /// Runs calls a few at a time; the daemon makes batches of what is there together.
    func inOrder<Request: Sendable, Reply: Sendable>(
        _ requests: [Request], label: String, together: Int = 4,
        _ call: @escaping @Sendable (Request) async throws -> Reply
    ) async throws -> [Reply] {
        try await withThrowingTaskGroup(of: (Int, Reply).self) { group in
            var replies = [Reply?](repeating: nil, count: requests.count)
            var next = 0
            var done = 0
            func start() {
                guard next < requests.count else { return }
                let (index, request) = (next, requests[next])
                next += 1
                group.addTask { (index, try await call(request)) }
            }
            for _ in 0..<together { start() }
            while let (index, reply) = try await group.next() {
                replies[index] = reply
                done += 1
                ProgressLine.shared.show(label, done: done, of: requests.count)
                start()
            }
            return replies.compactMap { $0 }
        }
    }
}

extension RPCError {
    /// The same with the option that a person gave in place of the field that it became, where the message begins with
    /// one.
    func naming(_ options: [String: String]) -> RPCError {
        let field = message.prefix { !":.[".contains($0) }
        guard let option = options[String(field)] else { return self }
        var named = self
        named.message = option + message.dropFirst(field.count)
        return named
    }
}
