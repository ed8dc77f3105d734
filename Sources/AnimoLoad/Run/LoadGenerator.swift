import AnimoClient
import AnimoWire

/// Puts load on a daemon through its socket, as many clients would.
package struct LoadGenerator: Sendable {
    /// Address of the daemon.
    package let address: Address
    /// Time limit of each call; nil: the client library's.
    package let timeout: Duration?
    private let credentials: Credentials

    /// Creates one from its fields.
    package init(address: Address, timeout: Duration? = nil, credentials: Credentials = Credentials()) {
        self.credentials = credentials
        self.address = address
        self.timeout = timeout
    }

    /// Opens all sessions, starts them together, and waits until each has its last result.
    ///
    /// - Parameter progress: called for every result that counts.
    package func run(_ plan: LoadPlan, progress: @escaping @Sendable () -> Void = {}) async throws -> LoadRun {
        try plan.check()
        var clients: [AnimoClient] = []
        do {
            for _ in 0..<plan.sessions {
                clients.append(try await AnimoClient.connect(to: address, credentials: credentials))
            }
            let run = try await run(plan, on: clients, progress: progress)
            for client in clients { await client.close() }
            return run
        } catch {
            for client in clients { await client.close() }
            throw error
        }
    }

    private func run(
        _ plan: LoadPlan, on clients: [AnimoClient], progress: @escaping @Sendable () -> Void
    ) async throws -> LoadRun {
        var players: [SessionPlayer] = []
        var source = Wire.PreparedSource()
        for client in clients {
            let held = try await client.hold(plan.source, timeout: timeout)
            let open = Wire.AnimateOpen(policy: plan.policy, window: plan.window, options: plan.output)
            let session = try await client.animate(held, open, timeout: timeout)
            source = session.opened.source ?? held.prepared
            players.append(SessionPlayer(session, plan: plan, number: players.count))
        }
        let start = ContinuousClock.now + .milliseconds(20)
        let sessions = try await withThrowingTaskGroup(of: SessionSamples.self) { group in
            for player in players { group.addTask { try await player.play(from: start) { _ in progress() } } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        return LoadRun(plan: plan, source: source, sessions: sessions)
    }

    /// Frames of a head that moves as `poses` say, rendered by the daemon itself: what a camera would see.
    ///
    /// - Parameter head: the head to render, at the side of its frames.
    package func film(_ head: Wire.PutSourceRequest, poses: [[Float]]) async throws -> [Wire.Driver] {
        try await withClient { client in
            let held = try await client.hold(head, timeout: timeout)
            let domain = head.source?.domain ?? .unspecified
            var frames: [Wire.Driver] = []
            for pose in poses {
                let reply = try await client.reenact(
                    held, Wire.Driver(kind: .pose(Wire.Pose(values: pose))), options: Wire.DrawOptions(format: .jpeg),
                    timeout: timeout)
                let picture = Wire.Picture(format: .jpeg, data: reply.picture?.data ?? [])
                frames.append(Wire.Driver(kind: .frame(Wire.DrivingFrame(picture: picture, domain: domain))))
            }
            return frames
        }
    }

    /// Describes one model of the daemon; the empty name is the default's.
    package func model(named name: String = "") async throws -> Wire.ModelDescription {
        try await withClient { client in
            let reply = try await client.describe(model: name, timeout: timeout)
            let wanted = name.isEmpty ? reply.defaultModel : name
            guard let model = reply.models.first(where: { $0.name == wanted }) ?? reply.models.first else {
                throw RPCError(.notFound, .noSuchModel, "the daemon serves no model")
            }
            return model
        }
    }

    func withClient<Value>(_ body: (AnimoClient) async throws -> Value) async throws -> Value {
        let client = try await AnimoClient.connect(to: address, credentials: credentials)
        do {
            let value = try await body(client)
            await client.close()
            return value
        } catch {
            await client.close()
            throw error
        }
    }
}

/// A run's frames, session by session.
package struct LoadRun: Sendable {
    /// The plan that was run.
    package let plan: LoadPlan
    /// As the daemon prepared it.
    package let source: Wire.PreparedSource
    /// The sessions' frames.
    package let sessions: [SessionSamples]
}
