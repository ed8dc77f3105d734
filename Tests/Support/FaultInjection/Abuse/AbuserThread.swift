import Foundation

/// Runs `body` on a thread of its own of the least priority (`setpriority(2)`, which Linux keeps by thread): what an
/// abuser costs a server is measured, and not what it takes of the machine.
func detachAbuser(_ body: @escaping @Sendable () -> Void) {
    Thread.detachNewThread {
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
        body()
    }
}
