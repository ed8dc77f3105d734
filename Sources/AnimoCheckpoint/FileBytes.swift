import AnimoFiles
import Foundation

/// The bytes of one file, held once and shared by every array read from it.
///
/// Safe to share: the bytes are never written after the initialiser, and are released with the last array.
package final class FileBytes: @unchecked Sendable {
    /// Valid as long as `self` is.
    let base: UnsafeRawBufferPointer
    private let release: @Sendable (UnsafeRawBufferPointer) -> Void

    private init(_ base: UnsafeRawBufferPointer, release: @escaping @Sendable (UnsafeRawBufferPointer) -> Void) {
        self.base = base
        self.release = release
    }

    deinit { release(base) }

    /// Number of bytes.
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
    package convenience init(reading path: String) throws(CheckpointError) {
        let file = try OpenFile(path)
        try self.init(reading: file.size, bytesOf: file)
    }

    /// Reads the beginning of a file.
    ///
    /// The memory comes from the system by the page: it may be refused without ending the process, only pages that were
    /// read take room, and all are released with the last array.
    convenience init(reading count: Int, bytesOf file: borrowing OpenFile) throws(CheckpointError) {
        guard count > 0 else {
            self.init([])
            return
        }
        let address = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let address, address != MAP_FAILED else {
            throw CheckpointError(.tooLarge, "the file cannot be read: no memory for its \(count) bytes")
        }
        let pages = UnsafeMutableRawBufferPointer(start: address, count: count)
        var filled = 0
        while filled < count {
            let room = UnsafeMutableRawBufferPointer(rebasing: pages[filled...])
            let got = pread(file.descriptor, room.baseAddress, min(room.count, 1 << 26), off_t(filled))
            if got < 0 && errno == EINTR { continue }
            guard got > 0 else {
                let reason = got < 0 ? systemMessage() : "it became shorter than \(count) bytes while it was read"
                munmap(address, count)
                throw CheckpointError(.unreadable, "the file cannot be read: \(reason)")
            }
            filled += got
        }
        self.init(UnsafeRawBufferPointer(pages), release: Self.unmap)
    }

    /// Maps the file, so that only the pages looked at are read: for conversion, where most of a training checkpoint
    /// (the optimiser's moments) is never touched.
    package convenience init(mapping path: String) throws(CheckpointError) {
        let file = try OpenFile(path)
        guard file.size > 0 else {
            self.init([])
            return
        }
        let address = mmap(nil, file.size, PROT_READ, MAP_PRIVATE, file.descriptor, 0)
        guard let address, address != MAP_FAILED else {
            throw CheckpointError(.unreadable, "the file cannot be mapped: \(systemMessage())")
        }
        self.init(UnsafeRawBufferPointer(start: address, count: file.size), release: Self.unmap)
    }

    private static let unmap: @Sendable (UnsafeRawBufferPointer) -> Void = {
        munmap(UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count)
    }

    /// Lets `body` look at the bytes.
    package func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        defer { withExtendedLifetime(self) {} }
        return try body(base)
    }
}

/// A regular file, open for reading; a symbolic link is followed to it.
struct OpenFile: ~Copyable {
    /// Closed with this value.
    let descriptor: Int32
    /// Bytes when it was opened.
    let size: Int

    /// - Throws: `unreadable` where it cannot be opened or is no regular file.
    init(_ path: String) throws(CheckpointError) {
        // A pipe in its place must not make anybody wait.
        let descriptor = path.withPathBytes { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else {
            throw CheckpointError(.unreadable, "the file cannot be opened: \(systemMessage())")
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
