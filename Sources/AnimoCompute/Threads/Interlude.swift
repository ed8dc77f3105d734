import Foundation

/// Short work that is done in the midst of a long one, on the thread that runs its layers.
///
/// While it is offered, ``WorkerPool`` cuts runs into parts of a few milliseconds and calls it between them. The tasks
/// of a run do not depend on each other, so results stay the same.
package struct Interlude: Sendable {
    @TaskLocal static var offered: Interlude?

    /// Time that a part of a run shall take, from and to.
    private static let part = (least: Duration.milliseconds(2), most: Duration.milliseconds(8))

    let call: @Sendable () -> Void

    /// - Parameter call: does the work that waits, if any.
    package init(_ call: @escaping @Sendable () -> Void) {
        // None in its own midst.
        self.call = { Self.$offered.withValue(nil) { call() } }
    }

    /// Offers it while `body` runs layers on this thread: it is called between two parts of a run, never inside one, so
    /// that it may run layers of its own.
    package func offered<Result>(while body: () throws -> Result) rethrows -> Result {
        try Self.$offered.withValue(self) { try body() }
    }

    /// Does `count` tasks part by part, and calls itself after each.
    ///
    /// - Parameters:
    ///   - first: number of tasks of the first part, and the least of others.
    ///   - run: does the tasks from the first number to before the second.
    func divide(_ count: Int, first: Int, _ run: (_ from: Int, _ end: Int) -> Void) {
        var (done, part) = (0, first)
        while done < count {
            let end = min(count, done + part)
            let begun = ContinuousClock.now
            run(done, end)
            let took = ContinuousClock.now - begun
            if took < Self.part.least { part *= 2 }
            if took > Self.part.most { part = max(first, part / 2) }
            done = end
            call()
        }
    }
}
