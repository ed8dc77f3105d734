import NIOCore
import Synchronization

/// What Status tells: counts since start, and the times of the latest computations.
public final class Counters: Sendable {
    private struct State {
        var requests: [String: UInt64] = [:]
        var frames: [String: UInt64] = [:]
        var batches: [Int: UInt64] = [:]
        var connections = 0
        var sessions = 0
        /// Nanoseconds of the latest drawings, a ring.
        var latest: [Int64] = []
        var next = 0
    }

    private let state = Mutex(State())

    public init() {}

    func answered(method: String, code: String) { state.withLock { $0.requests["\(method) \(code)", default: 0] += 1 } }
    func framed(outcome: String) { state.withLock { $0.frames[outcome, default: 0] += 1 } }
    func connected(_ change: Int) { state.withLock { $0.connections += change } }

    /// Takes one of the places for sessions; false when all are taken.
    func openSession(limit: Int) -> Bool {
        state.withLock {
            guard $0.sessions < limit else { return false }
            $0.sessions += 1
            return true
        }
    }

    func closeSession() { state.withLock { $0.sessions -= 1 } }

    func computed(stage: BatchKey.Stage, batchSize: Int, took: TimeAmount) {
        guard stage == .draw else { return }
        state.withLock {
            $0.batches[batchSize, default: 0] += 1
            if $0.latest.count < 1024 {
                $0.latest.append(took.nanoseconds)
            } else {
                $0.latest[$0.next] = took.nanoseconds
                $0.next = ($0.next + 1) % 1024
            }
        }
    }

    var connections: Int { state.withLock { $0.connections } }
    var sessions: Int { state.withLock { $0.sessions } }
    var requests: [(String, UInt64)] { state.withLock { $0.requests.sorted { $0.key < $1.key } } }
    var frames: [(String, UInt64)] { state.withLock { $0.frames.sorted { $0.key < $1.key } } }
    var batches: [(Int, UInt64)] { state.withLock { $0.batches.sorted { $0.key < $1.key } } }

    /// Milliseconds below which `share` of the latest drawings stayed; 0 when there was none.
    func computeMilliseconds(share: Double) -> Double {
        let sorted = state.withLock { $0.latest }.sorted()
        guard !sorted.isEmpty else { return 0 }
        let index = min(sorted.count - 1, Int(Double(sorted.count) * share))
        return Double(sorted[index]) / 1e6
    }
}
