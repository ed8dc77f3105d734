import AnimoFiles
import AnimoWire
import NIOCore
import Synchronization

/// File descriptors that event loops take when they begin. SwiftNIO ends the process where it gets none.
enum DescriptorHeadroom {
    /// For each loop its selector, a timer and an event; and the connection's socket.
    private static var needed: Int { 3 * NIOSingletons.groupLoopCountSuggestion + 1 }
    private static let isKnown = Mutex(false)

    /// - Throws: `RPCError`, INTERNAL, where there are too few left for the loops to begin.
    static func check() throws(RPCError) {
        guard !isKnown.withLock({ $0 }) else { return }
        let free = FreeDescriptors.count(upTo: needed)
        guard free == needed else {
            throw RPCError(
                code: .internal,
                message: "expected \(needed) file descriptors for the connection, got \(free): raise their limit "
                    + "(ulimit -n)")
        }
        isKnown.withLock { $0 = true }
    }
}
