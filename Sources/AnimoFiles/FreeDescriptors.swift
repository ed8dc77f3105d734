#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// File descriptors that the program may still open.
package enum FreeDescriptors {
    /// Descriptors that queues and their signals take when they begin, beside a file that is read meanwhile: the
    /// system's library ends the process where it gets none.
    package static let start = 8

    /// Number of descriptors that could be opened now, counted up to `most`.
    package static func count(upTo most: Int) -> Int {
        var opened: [CInt] = []
        defer { for descriptor in opened { close(descriptor) } }
        while opened.count < most {
            let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { break }
            opened.append(descriptor)
        }
        return opened.count
    }
}
