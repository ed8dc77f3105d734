/// Why a file of arrays could not be read or written.
///
/// The message names the part of the file, what was expected and what was found; it never holds a path, so that it
/// may travel to a client.
public struct CheckpointError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The operating system did not hand over the file.
        case unreadable
        /// The operating system did not take the file.
        case unwritable
        /// The file ends before what it promises.
        case truncated
        /// The bytes contradict themselves or the format.
        case malformed
        /// Well-formed, but a variant that is not read here.
        case unsupported
        /// Beyond a limit that protects the reader.
        case tooLarge
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}

extension String {
    /// A name out of a file, fit for a message: control characters escaped, long ones cut, quoted.
    package var quotedForMessage: String {
        var text = ""
        for scalar in unicodeScalars.prefix(96) {
            text += scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return "\"\(text)\(unicodeScalars.count > 96 ? "…" : "")\""
    }
}
