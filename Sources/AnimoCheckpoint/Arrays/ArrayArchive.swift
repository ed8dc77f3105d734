/// The content of any container: arrays by name and text by key.
package struct ArrayArchive: Sendable {
    package var arrays: [String: NamedArray]
    package var metadata: [String: String]

    package init(arrays: [String: NamedArray] = [:], metadata: [String: String] = [:]) {
        self.arrays = arrays
        self.metadata = metadata
    }
}
