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
