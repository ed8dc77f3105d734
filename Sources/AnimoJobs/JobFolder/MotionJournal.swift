import AnimoFiles
import Foundation
import Synchronization

/// Motion read from a driver, a line a frame, as recorded motion. Appended to, synced to disk every hundred
/// lines; a line that a lost run left unfinished is cut off.
package final class MotionJournal: Sendable {
    fileprivate struct State {
        var unsynced = 0
        var frames = 0
        var missing = 0
        var last: String?
    }

    private let descriptor: Int32
    private let path: String
    private let state = Mutex(State())

    /// Lines that are synced together.
    private static let batch = 100

    /// Opens the journal for appending, and creates it where there is none.
    ///
    /// - Parameter header: its first line. A journal with another one is begun anew.
    package init(_ path: String, header: String) throws {
        self.path = path
        descriptor = path.withPathBytes { open($0, O_RDWR | O_CREAT | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else { throw DurableFile.failure(path) }
        var found = State()
        var lines = LineReader(descriptor: descriptor)
        var whole: off_t = 0
        if try lines.next() == header {
            whole = lines.place
            while let line = try lines.next() {
                whole = lines.place
                found.count(line)
            }
        }
        guard ftruncate(descriptor, whole) == 0, lseek(descriptor, whole, SEEK_SET) == whole else {
            close(descriptor)
            throw DurableFile.failure(path)
        }
        if whole == 0 { try DurableFile.append(Array((header + "\n").utf8), to: descriptor, path) }
        state.withLock { $0 = found }
    }

    deinit { close(descriptor) }

    /// Lines of frames that are there, without the header.
    package var frames: Int { state.withLock { $0.frames } }
    /// Lines of frames without a head.
    package var missing: Int { state.withLock { $0.missing } }
    /// The last line; nil where there is none.
    package var last: String? { state.withLock { $0.last } }

    /// Appends a frame's line. Blocks; for one writer.
    package func append(_ line: String) throws {
        try DurableFile.append(Array((line + "\n").utf8), to: descriptor, path)
        let isDue = state.withLock { state in
            state.count(line)
            state.unsynced += 1
            return state.unsynced >= Self.batch
        }
        if isDue { try sync() }
    }

    /// Syncs all lines to disk.
    package func sync() throws {
        guard fsync(descriptor) == 0 else { throw DurableFile.failure(path) }
        state.withLock { $0.unsynced = 0 }
    }
}

extension MotionJournal.State {
    fileprivate mutating func count(_ line: String) {
        frames += 1
        if line.contains(": null") { missing += 1 }
        last = line
    }
}
