import AnimoFiles
import Foundation

/// Lines of a file, each ended by a newline; text behind the last newline is no line.
package struct LineReader {
    private let descriptor: Int32
    private let owner: Owner?
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    /// Bytes of the lines that were given.
    package private(set) var place: off_t = 0

    private static let longest = 1 << 20

    private final class Owner {
        let descriptor: Int32
        init(_ descriptor: Int32) { self.descriptor = descriptor }
        deinit { close(descriptor) }
    }

    /// - Parameter descriptor: stays its owner's to close.
    init(descriptor: Int32) { (self.descriptor, owner) = (descriptor, nil) }

    /// - Throws: `notFound` where it cannot be read.
    package init(_ path: String) throws {
        descriptor = path.withPathBytes { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            throw JobError(.notFound, "cannot read '\(path)': \(String(cString: strerror(errno)))")
        }
        owner = Owner(descriptor)
    }

    /// The next line without its end, or nil after the last.
    ///
    /// - Throws: `badData` where a line has no end for a megabyte, or is no UTF-8.
    package mutating func next() throws -> String? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) {
                guard let text = String(validating: buffer[start..<end], as: UTF8.self) else {
                    throw JobError(.badData, "expected UTF-8")
                }
                place += off_t(end + 1 - start)
                start = end + 1
                return text
            }
            guard !isAtEnd else { return nil }
            buffer.removeFirst(start)
            start = 0
            searched = buffer.count
            guard buffer.count <= Self.longest else { throw JobError(.badData, "a line longer than 1 MiB") }
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            let count = Foundation.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw JobError(.badData, String(cString: strerror(errno))) }
            if count == 0 { isAtEnd = true } else { buffer += chunk[..<count] }
        }
    }

    /// As ``next()``; a last line without an end counts too.
    package mutating func nextOrRest() throws -> String? {
        if let line = try next() { return line }
        guard start < buffer.count else { return nil }
        defer { start = buffer.count }
        guard let text = String(validating: buffer[start...], as: UTF8.self) else {
            throw JobError(.badData, "expected UTF-8")
        }
        return text
    }
}
