import AnimoModel

/// The models that are served, by name; the first is the default.
public struct ModelRegistry: Sendable {
    public struct Entry: Sendable {
        public let name: String
        public let engine: any Engine

        public init(name: String, engine: any Engine) {
            self.name = name
            self.engine = engine
        }
    }

    public let entries: [Entry]

    public init(_ entries: [Entry]) { self.entries = entries }

    public var first: Entry? { entries.first }

    /// The model of that name; the empty name is the default's.
    public subscript(name: String) -> Entry? {
        name.isEmpty ? entries.first : entries.first { $0.name == name }
    }
}
