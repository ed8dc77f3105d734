/// The content of any container: arrays by name and text by key.
package struct ArrayArchive: Sendable {
    /// Arrays by name.
    package var arrays: [String: NamedArray]
    /// Text by key.
    package var metadata: [String: String]
    /// Stored types of skipped tensors by name: kinds of number that no network here uses.
    package var unread: [String: String] = [:]

    /// Creates one from its fields.
    package init(arrays: [String: NamedArray] = [:], metadata: [String: String] = [:]) {
        self.arrays = arrays
        self.metadata = metadata
    }
}
