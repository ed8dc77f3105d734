import AnimoClient
import AnimoWire
import Foundation
import Synchronization

/// Callers that go on whatever happens to the daemon: each draws a picture after the other until told to stop, and
/// counts what failed after the client library had tried again.
final class SteadyCallers: Sendable {
    private struct State {
        var isOver = false
        var drawn = 0
        var failures: [String] = []
        var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())
    private let tasks = Mutex<[Task<Void, Never>]>([])

    static let head = Wire.SourcePicture(
        picture: Wire.Picture(
            format: .rgb8, data: [UInt8](repeating: 120, count: 64 * 64 * 3), width: 64, height: 64),
        domain: .anime)
    static let driver = Wire.Driver(kind: .pose(Wire.Pose(channels: [.init(name: "yaw", value: 10)])))

    init(_ count: Int, to address: Address) async throws {
        for _ in 0..<count {
            let client = try await AnimoClient.connect(to: address)
            let held = try await client.hold(
                Wire.PutSourceRequest(source: Self.head), timeout: .seconds(120))
            let task = Task {
                while !state.withLock({ $0.isOver }) {
                    do {
                        _ = try await client.reenact(held, Self.driver, timeout: .seconds(120))
                        drew()
                    } catch {
                        state.withLock { $0.failures.append("\(error)") }
                    }
                }
                await client.close()
            }
            tasks.withLock { $0.append(task) }
        }
    }

    private func drew() {
        let reached = state.withLock { state in
            state.drawn += 1
            let reached = state.waiting.filter { $0.count <= state.drawn }
            state.waiting.removeAll { $0.count <= state.drawn }
            return reached
        }
        for waiting in reached { waiting.continuation.resume() }
    }

    /// Waits until so many more pictures have come.
    func draw(_ more: Int) async {
        await withCheckedContinuation { continuation in
            state.withLock { $0.waiting.append(($0.drawn + more, continuation)) }
        }
    }

    /// Ends all, and says what failed.
    func stop() async -> (drawn: Int, failures: [String]) {
        state.withLock { $0.isOver = true }
        for task in tasks.withLock({ $0 }) { await task.value }
        return state.withLock { ($0.drawn, $0.failures) }
    }
}
