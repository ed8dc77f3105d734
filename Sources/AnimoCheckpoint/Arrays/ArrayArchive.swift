/// The content of any container: arrays by name and text by key.
package struct ArrayArchive: Sendable {
    package var arrays: [String: NamedArray]
    package var metadata: [String: String]
    /// What tensors that were passed over are stored as, by name: kinds of number that no network here uses.
    package var unread: [String: String] = [:]

    package init(arrays: [String: NamedArray] = [:], metadata: [String: String] = [:]) {
        self.arrays = arrays
        self.metadata = metadata
    }
}
