import AnimoWire

/// A whole measurement of one daemon: runs of several numbers of sessions, then how many fit.
package struct LoadBench: Sendable {
    /// A head and what moves it.
    package struct Scene: Sendable {
        /// The head that is animated.
        package var source: Wire.PutSourceRequest
        /// Another head of the same kind, which a camera films.
        package var actor: Wire.SourcePicture
        /// Poses in order, 20 numbers each.
        package var poses: [[Float]]

        /// Creates a measurement of one daemon.
        package init(source: Wire.PutSourceRequest, actor: Wire.SourcePicture, poses: [[Float]]) {
            self.source = source
            self.actor = actor
            self.poses = poses
        }
    }

    let generator: LoadGenerator
    let options: LoadOptions
    let scene: Scene
    /// Processor seconds the daemon has used, where it is ours to see.
    let processorSeconds: @Sendable () -> Double?

    /// Creates one from its fields.
    package init(
        _ generator: LoadGenerator, options: LoadOptions, scene: Scene,
        processorSeconds: @escaping @Sendable () -> Double? = { nil }
    ) {
        self.generator = generator
        self.options = options
        self.scene = scene
        self.processorSeconds = processorSeconds
    }

    /// - Parameters:
    ///   - memoryFrames: so many frames more, to see whether the daemon's memory grows; 0: none.
    ///   - progress: told what is being done, often.
    package func run(
        memoryFrames: Int = 0, progress: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> LoadReport {
        var loads = [LoadReport.loadAverage]
        let model = try await generator.model(named: scene.source.model)
        var plan = options.plan(source: scene.source, drivers: try await drivers(model, progress))
        var report = LoadReport(model: model, plan: plan, input: options.input.rawValue)
        for count in options.sessions.values {
            plan.sessions = count
            progress("\(count) session\(count == 1 ? "" : "s")")
            let (summary, source) = try await measure(plan)
            report.source = source
            report.runs.append(summary)
        }
        let most = report.runs.map(\.picturesPerSecond).max() ?? 0
        for rate in options.fit.values {
            let guess = Int(most / Double(rate))
            report.capacities.append(
                try await Capacity.measure(plan, framesPerSecond: Double(rate), guess: guess) { plan in
                    progress("\(plan.sessions) session\(plan.sessions == 1 ? "" : "s") at \(rate) fps")
                    return try await measure(plan).summary
                })
        }
        if memoryFrames > 0 {
            progress("memory over \(memoryFrames) frames")
            plan.sessions = 1
            (plan.pace, plan.policy) = (.asAnswered, .queue)
            report.memory = try await generator.soak(plan, frames: memoryFrames)
        }
        loads.append(LoadReport.loadAverage)
        report.loadAverages = loads.compactMap { $0 }
        return report
    }

    private func measure(_ plan: LoadPlan) async throws -> (summary: LoadSummary, source: Wire.PreparedSource) {
        let before = processorSeconds()
        let run = try await generator.run(plan)
        var summary = LoadSummary(run)
        if let before, let after = processorSeconds() { summary.daemonSeconds = after - before }
        return (summary, run.source)
    }

    private func drivers(
        _ model: Wire.ModelDescription, _ progress: @Sendable (String) -> Void
    ) async throws -> [Wire.Driver] {
        switch options.input {
        case .poses: return scene.poses.map { Wire.Driver(kind: .pose(Wire.Pose(values: $0))) }
        case .jpeg:
            progress("filming")
            var actor = scene.actor
            let rendered = scene.source.source?.size ?? 0
            actor.size = options.frameSide ?? (rendered > 0 ? rendered : model.nativeSize)
            let request = Wire.PutSourceRequest(model: scene.source.model, source: actor)
            return try await generator.film(request, poses: scene.poses)
        }
    }
}
