import AnimoCompute
import Synchronization

/// Compute contexts that are kept from one rendering to the next, with all their memory, so that rendering allocates
/// nothing. What the largest rendering has needed is kept until ``release(unusedFor:keeping:)``.
package final class ComputeContextPool: Sendable {
    /// A context that waits for the next rendering.
    private struct Idle {
        let context: ComputeContext
        let since: ContinuousClock.Instant
    }

    /// Threads that the contexts compute on.
    let pool: WorkerPool
    /// The widest vectors in use, in floats.
    let lanes: Int
    /// The one that was used last at the end.
    private let idle = Mutex<[Idle]>([])
    /// Times that contexts report of each convolution, while someone wants to know.
    private let times = Mutex<[LayerTime]?>(nil)

    /// - Parameter lanes: the widest vectors to use, in floats.
    /// - Throws: ``ModelError/Code/processor`` where the processor lacks the kernels' instructions.
    init(pool: WorkerPool, lanes: Int) throws {
        do { try Processor.check() } catch { throw ModelError(.processor, "\(error)", cause: error) }
        self.pool = pool
        self.lanes = lanes
    }

    /// Calls `body` with an idle context, or a new one where all are in use; its workspace has been reset.
    func withContext<Result>(_ body: (ComputeContext) throws -> Result) rethrows -> Result {
        try withContext(on: pool, body)
    }

    private func withContext<Result>(on pool: WorkerPool, _ body: (ComputeContext) throws -> Result) rethrows -> Result
    {
        let context =
            idle.withLock { $0.popLast() }?.context ?? ComputeContext(pool: pool, workspace: Workspace(), upTo: lanes)
        defer { idle.withLock { $0.append(Idle(context: context, since: .now)) } }
        context.pool = pool
        context.workspace.reset()
        context.probe = nil
        if times.withLock({ $0 != nil }) {
            context.probe = { time in self.times.withLock { $0?.append(time) } }
        }
        return try body(context)
    }

    /// Frees contexts that nothing was rendered with for `time`, until those that wait hold no more than `bytes`.
    ///
    /// - Returns: the bytes that were freed.
    func release(unusedFor time: Duration, keeping bytes: Int) -> Int {
        let now = ContinuousClock.now
        let released: [ComputeContext] = idle.withLock { idle in
            var held = idle.reduce(0) { $0 + $1.context.workspace.byteCount }
            var released: [ComputeContext] = []
            while held > bytes {
                let unused = idle.indices.filter { now - idle[$0].since >= time }
                let largest = unused.max {
                    idle[$0].context.workspace.byteCount < idle[$1].context.workspace.byteCount
                }
                guard let largest else { break }
                let context = idle.remove(at: largest).context
                held -= context.workspace.byteCount
                released.append(context)
            }
            return released
        }
        // Freed outside the lock.
        return released.reduce(0) { $0 + $1.workspace.byteCount }
    }

    /// Runs `body` and says how long each convolution took that it had computed here.
    func profile(_ body: () throws -> Void) rethrows -> [LayerTime] {
        times.withLock { $0 = [] }
        defer { times.withLock { $0 = nil } }
        try body()
        return times.withLock { $0 ?? [] }
    }

    /// Pictures rendered together at most, given the floats of the largest tensor that rendering one needs.
    ///
    /// Company saves no work: on one core a frame of AniMo at the published width and 256×256 takes 0.129 s of
    /// processor time alone, in twos and in fours, and one of the demo model 11.7, 11.2 and 11.2 ms. It saves waiting:
    /// with a picture for every thread none waits for another between layers. Yet each needs its own activations, 85 MB
    /// of that frame, so larger ones are rendered one by one.
    func largestBatch(floats: Int) -> Int {
        let most = 4
        if floats > 1 << 22 { return 1 }
        return min(most, max((1 << 22) / max(1, floats), pool.threads > most ? 1 : pool.threads))
    }

    /// Renders neighbours that can share the work together, and returns them in order.
    ///
    /// - Parameters:
    ///   - most: how many of a request's kind are rendered together.
    ///   - joins: whether two requests can be.
    ///   - body: renders a few of them.
    ///   - head: makes one of the heads that `body` returned.
    func render<Request, Output>(
        _ requests: [Request], most: (Request) -> Int, joins: (Request, Request) -> Bool,
        _ body: (ComputeContext, ArraySlice<Request>) throws -> Output,
        head: (ComputeContext, Output, _ index: Int) -> RenderedHead
    ) throws -> [RenderedHead] {
        var heads: [RenderedHead] = []
        heads.reserveCapacity(requests.count)
        var start = 0
        while start < requests.count {
            var end = start + 1
            let limit = most(requests[start])
            while end < requests.count, end - start < limit, joins(requests[end], requests[start]) { end += 1 }
            // As many as fill all threads evenly are rendered one on each, the rest on all threads together.
            let apart = pool.threads == 1 ? start : start + (end - start) / pool.threads * pool.threads
            if start < apart {
                let rendered = Mutex([Result<RenderedHead, any Error>?](repeating: nil, count: apart - start))
                pool.runApart(apart - start) { task, pool in
                    let place = start + task
                    let one = Result {
                        try withContext(on: pool) { head($0, try body($0, requests[place...place]), 0) }
                    }
                    rendered.withLock { $0[task] = one }
                }
                for one in rendered.withLock({ $0 }) { if let one { heads.append(try one.get()) } }
            }
            if apart < end {
                try withContext { context in
                    let output = try body(context, requests[apart..<end])
                    for index in 0..<(end - apart) { heads.append(head(context, output, index)) }
                }
            }
            start = end
        }
        return heads
    }

    /// For rare work with layers of its own: its memory is released.
    func withFreshContext<Result>(
        isReference: Bool = false, _ body: (ComputeContext) throws -> Result
    ) rethrows -> Result {
        try body(ComputeContext(pool: pool, workspace: Workspace(), upTo: lanes, isReference: isReference))
    }
}
