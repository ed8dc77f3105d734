/// The safetensors container: eight bytes of header length, a JSON header, the data of all tensors.
package enum Safetensors {
    /// The longest header read or written.
    package static let headerLimit = 8 << 20
    /// The largest file read: far beyond any network served here.
    package static let fileLimit = 16 << 30
    /// The most tensors in one file; bounds what a header can make the reader allocate.
    package static let tensorLimit = 1 << 16
    /// The most dimensions of a tensor.
    static let rankLimit = 16
    /// The name under which the header keeps text.
    static let metadataName = "__metadata__"

    /// Returns whether the bytes begin as such a file does: text that has a bracket in the ninth place has no zeros
    /// before it.
    static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count > 8 && bytes[8] == UInt8(ascii: "{") && bytes[6] == 0 && bytes[7] == 0
    }
}
