import AnimoCompute
import Synchronization

/// Executors with workspaces that are kept from one drawing to the next, so that drawing allocates nothing.
final class ExecutorPool: Sendable {
    let pool: WorkerPool
    /// The widest vectors in use, in floats.
    let lanes: Int
    private let workspaces = Mutex<[Workspace]>([])
    /// Where executors report each convolution, while someone wants to know.
    private let times = Mutex<[LayerTime]?>(nil)

    init(pool: WorkerPool, lanes: Int) throws {
        do { try Processor.check() } catch { throw ModelError(.processor, "\(error)") }
        self.pool = pool
        self.lanes = lanes
    }

    func withExecutor<Result>(_ body: (Executor) throws -> Result) rethrows -> Result {
        let workspace = workspaces.withLock { $0.popLast() } ?? Workspace()
        defer { workspaces.withLock { $0.append(workspace) } }
        workspace.reset()
        let executor = Executor(pool: pool, workspace: workspace, upTo: lanes)
        if times.withLock({ $0 != nil }) {
            executor.probe = { time in self.times.withLock { $0?.append(time) } }
        }
        return try body(executor)
    }

    /// Runs `body` and says how long each convolution took that it had computed here.
    func profile(_ body: () throws -> Void) rethrows -> [LayerTime] {
        times.withLock { $0 = [] }
        defer { times.withLock { $0 = nil } }
        try body()
        return times.withLock { $0 ?? [] }
    }

    /// Draws neighbours that can share the work together, and returns their pictures in order.
    ///
    /// - Parameters:
    ///   - most: how many of a request's kind are drawn together.
    ///   - joins: whether two requests can be.
    func draw<Request>(
        _ requests: [Request], most: (Request) -> Int, joins: (Request, Request) -> Bool,
        _ body: (Executor, ArraySlice<Request>) throws -> [FloatImage]
    ) rethrows -> [FloatImage] {
        var pictures: [FloatImage] = []
        pictures.reserveCapacity(requests.count)
        var start = 0
        while start < requests.count {
            var end = start + 1
            let limit = most(requests[start])
            while end < requests.count, end - start < limit, joins(requests[end], requests[start]) { end += 1 }
            pictures += try withExecutor { try body($0, requests[start..<end]) }
            start = end
        }
        return pictures
    }

    /// For work that comes seldom and has layers of its own: its memory is given back.
    func withFreshExecutor<Result>(_ body: (Executor) throws -> Result) rethrows -> Result {
        try body(Executor(pool: pool, workspace: Workspace(), upTo: lanes))
    }
}
