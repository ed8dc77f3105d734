import Synchronization

/// The models that are served, by name; the first is the default.
///
/// Others can take their place at any time. Who has taken an entry out keeps it, so a session and a call in flight
/// end with the model they began with, and an engine is freed when the last of them has let go.
package final class ModelRegistry: Sendable {
    package struct Entry: Sendable {
        package let name: String
        package let engine: Engine

        package init(name: String, engine: Engine) {
            self.name = name
            self.engine = engine
        }
    }

    private let served: Mutex<[Entry]>

    package init(_ entries: [Entry]) { served = Mutex(entries) }

    package var entries: [Entry] { served.withLock { $0 } }

    package var first: Entry? { entries.first }

    /// The model of that name; the empty name is the default's.
    package subscript(name: String) -> Entry? {
        let entries = entries
        return name.isEmpty ? entries.first : entries.first { $0.name == name }
    }

    /// Whether new calls can still reach an engine.
    func serves(_ engine: Engine) -> Bool { entries.contains { $0.engine === engine } }

    func replace(with entries: [Entry]) {
        let replaced = served.withLock { served in
            defer { served = entries }
            return served
        }
        // Freed outside the lock.
        withExtendedLifetime(replaced) {}
    }
}
