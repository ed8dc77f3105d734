import AnimoWire
import Foundation
import Synchronization

/// What abusers that go on until they are stopped have in common: their sockets, and when it is over.
final class Campaign: Sendable {
    private struct State {
        var isOver = false
        /// Sockets on which a thread may wait.
        var sockets: [ObjectIdentifier: RawSocket] = [:]
        var running = 0
        var rounds = 0
    }

    private let address: Address
    private let host: String?
    private let state = Mutex(State())

    init(against address: Address, from host: String?) {
        self.address = address
        self.host = host
    }

    /// Rounds that were finished, by all.
    var rounds: Int { state.withLock { $0.rounds } }

    /// Starts a thread that does one round after another, each on a connection of its own, until it is over.
    ///
    /// - Parameter round: does its worst and returns; what it throws ends the round.
    func start(_ round: @escaping @Sendable (RawSocket) throws -> Void) {
        state.withLock { $0.running += 1 }
        detachAbuser { [self] in
            while let socket = next() {
                try? round(socket)
                state.withLock { state in
                    state.sockets[ObjectIdentifier(socket)] = nil
                    state.rounds += 1
                }
            }
            state.withLock { $0.running -= 1 }
        }
    }

    /// Ends all rounds and waits for their threads. Blocks.
    func stop() {
        let sockets = state.withLock { state in
            state.isOver = true
            return Array(state.sockets.values)
        }
        for socket in sockets { socket.hangUp() }
        while state.withLock({ $0.running }) > 0 { usleep(1000) }
    }

    /// A new connection; nil once it is over. Whoever is refused tries again.
    private func next() -> RawSocket? {
        while !state.withLock({ $0.isOver }) {
            guard let socket = try? RawSocket(address, from: host) else {
                usleep(10_000)
                continue
            }
            let isOver = state.withLock { state in
                if !state.isOver { state.sockets[ObjectIdentifier(socket)] = socket }
                return state.isOver
            }
            return isOver ? nil : socket
        }
        return nil
    }
}
