import AnimoCompute
import Synchronization

/// Executors with workspaces that are kept from one drawing to the next, so that drawing allocates nothing.
final class ExecutorPool: Sendable {
    let pool: WorkerPool
    /// The widest vectors in use, in floats.
    let lanes: Int
    private let workspaces = Mutex<[Workspace]>([])

    init(pool: WorkerPool, lanes: Int) throws {
        do { try Processor.check() } catch { throw ModelError(.processor, "\(error)") }
        self.pool = pool
        self.lanes = lanes
    }

    func withExecutor<Result>(_ body: (Executor) throws -> Result) rethrows -> Result {
        let workspace = workspaces.withLock { $0.popLast() } ?? Workspace()
        defer { workspaces.withLock { $0.append(workspace) } }
        workspace.reset()
        return try body(Executor(pool: pool, workspace: workspace, upTo: lanes))
    }

    /// For work that comes seldom and has layers of its own: its memory is given back.
    func withFreshExecutor<Result>(_ body: (Executor) throws -> Result) rethrows -> Result {
        try body(Executor(pool: pool, workspace: Workspace(), upTo: lanes))
    }
}
