#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Folders, whose names and the names in them are kept byte for byte as ``Swift/String/init(pathBytes:)`` does.
package enum Folder {
    /// Returns whether a folder is there, links followed.
    package static func exists(_ path: String) -> Bool {
        var information = stat()
        return path.withPathBytes { stat($0, &information) } == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a folder but for `.` and `..`, in the order of their bytes.
    ///
    /// - Returns: nil where there is no such folder, or it cannot be read; `errno` tells which.
    package static func names(in path: String) -> [String]? {
        guard let folder = path.withPathBytes({ opendir($0) }) else { return nil }
        defer { closedir(folder) }
        var names: [[UInt8]] = []
        while true {
            errno = 0
            guard let entry = readdir(folder) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { start in
                start.withMemoryRebound(to: UInt8.self, capacity: MemoryLayout.size(ofValue: start.pointee)) { bytes in
                    Array(
                        UnsafeBufferPointer(
                            start: bytes, count: strlen(UnsafeRawPointer(bytes).assumingMemoryBound(to: CChar.self))))
                }
            }
            if name != [0x2E], name != [0x2E, 0x2E] { names.append(name) }
        }
        guard errno == 0 else { return nil }
        return names.sorted { $0.lexicographicallyPrecedes($1) }.map { String(pathBytes: $0) }
    }
}

extension String {
    /// The part behind the last dot of a file's name, in lower case; empty where there is none.
    package var fileEnding: String {
        let name = self.split(separator: "/").last ?? ""
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return "" }
        return name[name.index(after: dot)...].lowercased()
    }
}
