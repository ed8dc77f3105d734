/// What any container yields: arrays by name and text by key.
public struct ArrayArchive: Sendable {
    public var arrays: [String: NamedArray]
    public var metadata: [String: String]

    public init(arrays: [String: NamedArray] = [:], metadata: [String: String] = [:]) {
        self.arrays = arrays
        self.metadata = metadata
    }
}
