import AnimoCompute

extension AniMo {
    /// Draws one picture and says how long each convolution took.
    package func profile(_ request: DrawRequest) throws -> [LayerTime] {
        var times: [LayerTime] = []
        try executors.withExecutor { executor in
            executor.probe = { times.append($0) }
            _ = try draw(executor, [Request(request)][...])
        }
        return times
    }
}
