import AnimoWire
import Foundation
import Testing

@testable import AnimoServer

struct ServerHealthTests {
    /// A watcher that leaves holds its task's status lock while `onTermination` waits for the health's own; a change
    /// that resumed watchers under that lock would wait for it the other way round, and nobody would go on.
    @Test(.timeLimit(.minutes(1))) func watchersMayLeaveWhileTheStatusChanges() async {
        let health = ServerHealth(names: ["heads"])
        let changed = DispatchGroup()
        changed.enter()
        let changes = 10_000
        let thread = Thread {
            for number in 0..<changes { health.change(isServing: number.isMultiple(of: 2)) }
            changed.leave()
        }
        thread.start()
        var left = 0
        while changed.wait(timeout: .now()) == .timedOut || left < 1_000 {
            let watchers = (0..<8).map { number in
                Task.detached { for await _ in health.watch(number.isMultiple(of: 2) ? "" : "heads") {} }
            }
            await Task.yield()
            for watcher in watchers { watcher.cancel() }
            for watcher in watchers { await watcher.value }
            left += watchers.count
        }
        #expect(health.isServing == false)
        #expect(health.state == "draining")
    }

    /// Whoever is resumed asks for the health at once, on the thread that resumes it: under the lock it would wait for
    /// itself.
    @Test(.timeLimit(.minutes(1))) func noWatcherIsResumedUnderTheLock() async {
        let health = ServerHealth(names: [])
        let (seen, tell) = AsyncStream<Wire.HealthCheckResponse.ServingStatus>.makeStream()
        let watcher = Task(executorPreference: AskingExecutor(health)) {
            for await status in health.watch("") { tell.yield(status.status) }
            tell.finish()
        }
        var told = seen.makeAsyncIterator()
        #expect(await told.next(isolation: nil) == .notServing)
        for number in 0..<1000 {
            // The watcher waits for the change by now, or is about to.
            await Task.yield()
            health.change(isServing: number.isMultiple(of: 2))
            #expect(await told.next(isolation: nil) == (number.isMultiple(of: 2) ? .serving : .notServing))
        }
        health.stop()
        while await told.next(isolation: nil) != nil {}
        await watcher.value
    }

    @Test func aWatcherReadsTheStatusOfNow() async {
        let health = ServerHealth(names: [])
        var watch = health.watch("").makeAsyncIterator()
        #expect(await watch.next(isolation: nil)?.status == .notServing)
        health.change(isServing: true)
        #expect(await watch.next(isolation: nil)?.status == .serving)
        for isServing in [false, true, false] { health.change(isServing: isServing) }
        #expect(await watch.next(isolation: nil)?.status == .notServing)
        health.stop()
        #expect(await watch.next(isolation: nil) == nil)
        var late = health.watch("").makeAsyncIterator()
        #expect(await late.next(isolation: nil)?.status == .notServing)
        #expect(await late.next(isolation: nil) == nil)
    }

    @Test func anUnknownNameStaysUnknown() async {
        let health = ServerHealth(names: [])
        var watch = health.watch("nobody").makeAsyncIterator()
        #expect(await watch.next(isolation: nil)?.status == .serviceUnknown)
        // It has no status that could change: nothing more is told of it.
        health.change(isServing: true)
        health.stop()
        #expect(await watch.next(isolation: nil) == nil)
    }
}

/// Asks for the health whenever a task is to go on.
private final class AskingExecutor: TaskExecutor {
    private let health: ServerHealth
    private let queue = DispatchQueue(label: "asking")

    init(_ health: ServerHealth) { self.health = health }

    func enqueue(_ job: consuming ExecutorJob) {
        _ = health.isServing
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
