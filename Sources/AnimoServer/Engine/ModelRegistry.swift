import Synchronization

/// The models that are served, by name; the first is the default.
///
/// Others can take their place at any time. Who has taken an entry out keeps it, so a session and a call in flight
/// end with the model they began with, and an engine is freed with the last of them.
package final class ModelRegistry: Sendable {
    /// A model under the name that it is served by.
    package struct Entry: Sendable {
        /// Name in requests and metrics.
        package let name: String
        /// The model itself; the registry's last reference frees it.
        package let engine: Engine
        /// The tracker that finds heads for it: its own, else that of the first tracker that is served.
        package fileprivate(set) var faces: ServedTracker?

        /// Creates an entry without a tracker; the registry finds it one.
        package init(name: String, engine: Engine) {
            self.name = name
            self.engine = engine
        }

        /// Whether it renders heads; a tracker alone does not.
        var renders: Bool { !engine.capabilities.domains.isEmpty }
    }

    private let served: Mutex<[Entry]>

    /// Serves `entries`, of which each model without a tracker gets that of the first that only tracks.
    package init(_ entries: [Entry]) { served = Mutex(Self.withFaces(entries)) }

    /// The models as they are served now, in the order of the configuration.
    package var entries: [Entry] { served.withLock { $0 } }

    /// The default model: the first that renders heads.
    package var first: Entry? { Self.first(of: entries) }

    private static func first(of entries: [Entry]) -> Entry? { entries.first(where: \.renders) ?? entries.first }

    /// The entries, each with its tracker.
    private static func withFaces(_ entries: [Entry]) -> [Entry] {
        func served(_ entry: Entry) -> ServedTracker? {
            entry.engine.tracker.map { ServedTracker(modelName: entry.name, tracker: $0) }
        }
        let shared = entries.first { !$0.renders }.flatMap(served)
        return entries.map { entry in
            var entry = entry
            entry.faces = served(entry) ?? shared
            return entry
        }
    }

    /// The model of that name; the empty name is the default's.
    package subscript(name: String) -> Entry? {
        let entries = entries
        return name.isEmpty ? Self.first(of: entries) : entries.first { $0.name == name }
    }

    /// The name of a served model by the identity of its engine, or of its tracker.
    func name(of engine: ObjectIdentifier) -> String? {
        entries.first { entry in
            ObjectIdentifier(entry.engine) == engine || entry.engine.tracker.map(ObjectIdentifier.init) == engine
        }?.name
    }

    /// Whether new calls can still reach an engine.
    func serves(_ engine: Engine) -> Bool { entries.contains { $0.engine === engine } }

    func replace(with entries: [Entry]) {
        let replaced = served.withLock { served in
            defer { served = Self.withFaces(entries) }
            return served
        }
        // Freed outside the lock.
        withExtendedLifetime(replaced) {}
    }
}
