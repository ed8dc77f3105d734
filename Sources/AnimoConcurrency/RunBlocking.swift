import Foundation

/// Runs `body`, which may block, on a thread of its own: the cooperative pool has a thread for each core and must never
/// wait for a file, a socket or a child.
package func runBlocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}
