/// A picture of a folder of the user's, which the page offers as a head. It is read when the page asks for it.
package struct FolderPicture: Sendable {
    /// Pictures that are offered of one folder.
    package static let limit = 30

    /// As the page shows it.
    let name: String
    /// The file, PNG or JPEG or what else the browser reads; may block.
    let read: @Sendable () throws -> [UInt8]

    /// Creates one from its fields.
    package init(name: String, read: @escaping @Sendable () throws -> [UInt8]) {
        self.name = name
        self.read = read
    }

    /// The place in the list that a request asks for, as `/folder/3`; nil for other paths.
    static func place(in path: String) -> Int? {
        guard path.hasPrefix("/folder/") else { return nil }
        return Int(path.dropFirst("/folder/".count))
    }
}
