import Foundation

/// The bytes of one file, held once and shared by every array read from it.
///
/// Safe to share: the bytes are never written after the initialiser, and are let go when the last array is.
package final class FileBytes: @unchecked Sendable {
    /// Valid as long as `self` is.
    let base: UnsafeRawBufferPointer
    private let release: @Sendable (UnsafeRawBufferPointer) -> Void

    private init(_ base: UnsafeRawBufferPointer, release: @escaping @Sendable (UnsafeRawBufferPointer) -> Void) {
        self.base = base
        self.release = release
    }

    deinit { release(base) }

    package var count: Int { base.count }

    /// A copy of `bytes`.
    package convenience init(_ bytes: [UInt8]) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        copy.copyBytes(from: bytes)
        self.init(UnsafeRawBufferPointer(copy)) { $0.deallocate() }
    }

    /// Bytes that outlive the process' need of them, such as those of the executable itself; nothing is copied.
    package convenience init(immortal bytes: UnsafeRawBufferPointer) {
        self.init(bytes) { _ in }
    }

    /// Reads the whole file into memory.
    ///
    /// Files that a daemon loads are read and not mapped: one that is shortened while it is mapped ends the process,
    /// and one that is rewritten would change after it was checked.
    ///
    /// - Parameter followingLinks: whether the last component of `path` may be a symbolic link.
    package convenience init(reading path: String, followingLinks: Bool = true) throws(CheckpointError) {
        let file = try OpenFile(path, followingLinks: followingLinks)
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: file.size, alignment: 4096)
        var filled = 0
        while filled < file.size {
            let room = UnsafeMutableRawBufferPointer(rebasing: copy[filled...])
            let got = read(file.descriptor, room.baseAddress, min(room.count, 1 << 30))
            if got < 0 && errno == EINTR { continue }
            guard got > 0 else {
                let reason = got < 0 ? systemMessage() : "it became shorter than \(file.size) bytes while it was read"
                copy.deallocate()
                throw CheckpointError(.unreadable, "the file cannot be read: \(reason)")
            }
            filled += got
        }
        self.init(UnsafeRawBufferPointer(copy)) { $0.deallocate() }
    }

    /// Maps the file, so that only the pages looked at are read: for conversion, where most of a training checkpoint
    /// (the optimiser's moments) is never touched.
    package convenience init(mapping path: String) throws(CheckpointError) {
        let file = try OpenFile(path, followingLinks: true)
        guard file.size > 0 else {
            self.init([])
            return
        }
        let address = mmap(nil, file.size, PROT_READ, MAP_PRIVATE, file.descriptor, 0)
        guard let address, address != MAP_FAILED else {
            throw CheckpointError(.unreadable, "the file cannot be mapped: \(systemMessage())")
        }
        self.init(UnsafeRawBufferPointer(start: address, count: file.size)) {
            munmap(UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count)
        }
    }

    /// Lets `body` look at the bytes.
    package func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        defer { withExtendedLifetime(self) {} }
        return try body(base)
    }
}

/// A regular file, open for reading.
private struct OpenFile: ~Copyable {
    let descriptor: Int32
    let size: Int

    init(_ path: String, followingLinks: Bool) throws(CheckpointError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followingLinks ? 0 : O_NOFOLLOW))
        guard descriptor >= 0 else {
            let reason = errno == ELOOP ? "it is a symbolic link; name the file itself" : systemMessage()
            throw CheckpointError(.unreadable, "the file cannot be opened: \(reason)")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw CheckpointError(.unreadable, "the file cannot be read: expected a regular file, got something else")
        }
        self.descriptor = descriptor
        self.size = Int(status.st_size)
    }

    deinit { close(descriptor) }
}

private func systemMessage() -> String { String(cString: strerror(errno)) }
