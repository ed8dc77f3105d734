/// A ZIP archive of files, such as a Python wheel, whose members are unpacked one by one.
package struct ZipArchive: Sendable {
    private let bytes: FileBytes
    private let directory: ZipDirectory

    /// Reads the table of contents, which stands at the end: other bytes may come before the first member.
    ///
    /// - Throws: where the bytes are no ZIP archive, or its directory is damaged or cut short.
    package init(_ bytes: FileBytes) throws(CheckpointError) {
        directory = try bytes.withUnsafeBytes { (raw) throws(CheckpointError) in try ZipDirectory(raw) }
        self.bytes = bytes
    }

    /// Names of all members, in no order; each stands once.
    package var names: [String] { Array(directory.entries.keys) }

    /// A member's contents, or nil where there is none of that name.
    ///
    /// - Parameter limit: the most bytes it may have.
    /// - Throws: where it is larger, encrypted, packed by another method than stored or deflated, damaged, or of
    ///   another size or checksum than the directory says.
    package func contents(of name: String, limit: Int) throws(CheckpointError) -> FileBytes? {
        let contents = try bytes.withUnsafeBytes { (raw) throws(CheckpointError) in
            try directory.contents(of: name, in: raw, limit: limit)
        }
        return contents.map { FileBytes($0) }
    }
}
