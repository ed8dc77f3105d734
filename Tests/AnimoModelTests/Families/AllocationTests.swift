import AnimoCompute
import AnimoDemo
import CAllocationCount
import Synchronization
import Testing

@testable import AnimoModel
@testable import AnimoModelFile
@testable import AnimoMotion

/// Once the first frames of a kind are rendered, memory is allocated for what is handed out alone.
@Suite(.enabled(if: allocations_are_counted() == 1, "needs glibc and no sanitizer"))
struct AllocationTests {
    /// Returns the allocations of all threads of a pool so far.
    private static func count(_ pool: WorkerPool) -> Int {
        let begun = Atomic(0)
        let total = Atomic(0)
        // No thread takes a second task before all have one.
        pool.run(pool.threads) { _ in
            begun.add(1, ordering: .relaxed)
            while begun.load(ordering: .relaxed) < pool.threads {}
            total.add(allocations_of_this_thread(), ordering: .relaxed)
        }
        return total.load(ordering: .relaxed)
    }

    /// Allocations of ten calls of `body`, when it is called again and again.
    private static func ofTen(_ pool: WorkerPool, _ body: () throws -> Void) rethrows -> Int {
        for _ in 0..<3 {
            try body()
            _ = count(pool)
        }
        let (first, second) = (count(pool), count(pool))
        for _ in 0..<10 { try body() }
        // The counter's own allocations do not count.
        return count(pool) - second - (second - first)
    }

    @Test("A frame allocates its picture, its flow, the list of requests and that of pictures", arguments: [1, 2])
    func steadyFrame(threads: Int) throws {
        let pool = WorkerPool(threads: threads)
        let model = try AniMo(file: ModelFile(bytes: Array(DemoModel.model)), pool: pool)
        let picture = TestModel.picture(1, side: 96)
        let source = try model.prepare(SourceImages(flow: picture, editing: picture), domain: .anime)
        let request = [RenderRequest(source: source, code: DriverCode(try TestModel.motion(2)))]
        let count = try Self.ofTen(pool) { _ = try model.render(request) }
        // Without optimisation loops over arrays allocate what holds their place.
        #expect(_isDebugAssertConfiguration() ? count <= 1000 : count == 40)
    }

    @Test("The counter counts")
    func counts() {
        let pool = WorkerPool(threads: 2)
        let (some, none) = (Self.ofTen(pool) { _ = [Float](repeating: 1, count: 100) }, Self.ofTen(pool) {})
        #expect(some == 10 && none == 0)
    }
}
