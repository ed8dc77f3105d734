import AnimoConcurrency
import AnimoFiles
import Foundation
import Subprocess
import Synchronization

/// A run of ffmpeg or ffprobe, in a process group of its own, so that Ctrl-C at the terminal does not reach it.
///
/// Standard input and output are pipes of ours, or closed; what it says goes to a file without a name, which never
/// fills up as a pipe that nobody reads does. ``read(into:)`` and ``write(_:)`` block and belong on threads that may.
package final class ToolProcess: Sendable {
    /// End of a run.
    package enum End: Sendable, Equatable {
        /// By itself, with its exit status.
        case exited(Int32)
        /// By a signal, with its number.
        case signalled(Int32)

        /// For messages: `status 1`, `signal 9`.
        package var words: String {
            switch self {
            case .exited(let status): "status \(status)"
            case .signalled(let number): "signal \(number)"
            }
        }
    }

    private struct Ends: Sendable {
        var input: Int32?
        var output: Int32?
    }

    private let ends: Mutex<Ends>
    private let errors: Int32
    private let group: pid_t
    private let end: Task<End, any Error>
    private let isOver = Mutex(false)

    private static let running = Mutex<Set<pid_t>>([])

    /// - Parameters:
    ///   - input: whether there is something to write to it.
    ///   - output: whether there is something to read from it.
    /// - Throws: `failed` where it cannot be started.
    package static func start(
        _ program: String, _ arguments: [String], input: Bool = false, output: Bool = false
    ) async throws -> ToolProcess {
        let errors = try unnamedFile()
        var opened: [Int32] = []
        do {
            let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
            guard nothing >= 0 else { throw failure("/dev/null") }
            opened.append(nothing)
            let toChild = input ? try pipe() : nil
            if let toChild { opened += [toChild.reading, toChild.writing] }
            let fromChild = output ? try pipe() : nil
            if let fromChild { opened += [fromChild.reading, fromChild.writing] }
            let (childInput, childOutput) = (toChild?.reading ?? nothing, fromChild?.writing ?? nothing)
            let (ourInput, ourOutput) = (toChild?.writing, fromChild?.reading)
            var options = PlatformOptions()
            options.processGroupID = 0
            let (started, announce) = AsyncStream<pid_t>.makeStream()
            let children = opened.filter { $0 != ourInput && $0 != ourOutput }
            let end = Task { [options] in
                defer { announce.finish() }
                let result = try await Subprocess.run(
                    .path(.init(program)), arguments: .init(arguments.map { $0.pathBytes + [0] }),
                    platformOptions: options,
                    input: .fileDescriptor(.init(rawValue: childInput), closeAfterSpawningProcess: false),
                    output: .fileDescriptor(.init(rawValue: childOutput), closeAfterSpawningProcess: false),
                    error: .fileDescriptor(.init(rawValue: errors), closeAfterSpawningProcess: false)
                ) { execution in
                    announce.yield(execution.processIdentifier.value)
                }
                switch result.terminationStatus {
                case .exited(let status): return End.exited(status)
                case .signaled(let number): return .signalled(number)
                }
            }
            var group: pid_t?
            for await identifier in started {
                group = identifier
                break
            }
            // The child has its own copies.
            for descriptor in children { close(descriptor) }
            opened.removeAll { children.contains($0) }
            guard let group else {
                _ = try await end.value
                throw JobError(.failed, "\(program) cannot be started")
            }
            running.withLock { _ = $0.insert(group) }
            return ToolProcess(
                ends: Ends(input: ourInput, output: ourOutput), errors: errors, group: group, end: end)
        } catch {
            for descriptor in opened { close(descriptor) }
            close(errors)
            if let error = error as? JobError { throw error }
            throw JobError(.failed, "\(program) cannot be started: \(error)")
        }
    }

    private init(ends: Ends, errors: Int32, group: pid_t, end: Task<End, any Error>) {
        self.ends = Mutex(ends)
        self.errors = errors
        self.group = group
        self.end = end
    }

    deinit {
        let ends = ends.withLock { $0 }
        for descriptor in [ends.input, ends.output] { if let descriptor { close(descriptor) } }
        if !isOver.withLock({ $0 }) { Self.endGroup(group) }
        close(errors)
    }

    /// Ends every run that has not ended: the program is about to leave.
    package static func endAll() {
        for group in running.withLock({ $0 }) { kill(-group, SIGKILL) }
    }

    private static func endGroup(_ group: pid_t) {
        guard running.withLock({ $0.remove(group) }) != nil else { return }
        kill(-group, SIGKILL)
    }

    /// Ends it now; its output is unfinished.
    package func terminate() {
        if !isOver.withLock({ $0 }) { kill(-group, SIGKILL) }
    }

    /// Waits for its end.
    @discardableResult
    package func finish() async throws -> End {
        let end = try await end.value
        isOver.withLock { $0 = true }
        Self.running.withLock { _ = $0.remove(group) }
        return end
    }

    /// Fills `buffer` from its output.
    ///
    /// - Returns: bytes that came; fewer than asked for at the end.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard let output = ends.withLock({ $0.output }) else { return 0 }
        var done = 0
        while done < buffer.count {
            let count = Foundation.read(output, buffer.baseAddress.map { $0 + done }, buffer.count - done)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure("its output") }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Its whole output.
    package func readAll(limit: Int) throws -> [UInt8] {
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try chunk.withUnsafeMutableBytes { try read(into: $0) }
            all += chunk[..<count]
            guard all.count <= limit else { throw JobError(.badData, "too long an answer") }
            if count < chunk.count { return all }
        }
    }

    /// - Returns: false where it has ended.
    package func write(_ bytes: [UInt8]) throws -> Bool {
        guard let input = ends.withLock({ $0.input }) else { return false }
        return try bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = Foundation.write(input, buffer.baseAddress.map { $0 + done }, buffer.count - done)
                if count < 0, errno == EINTR { continue }
                if count < 0, errno == EPIPE { return false }
                guard count >= 0 else { throw Self.failure("its input") }
                done += count
            }
            return true
        }
    }

    /// Closes its input.
    package func closeInput() {
        let input = ends.withLock { ends in
            defer { ends.input = nil }
            return ends.input
        }
        if let input { close(input) }
    }

    /// The end of its standard error, at most 4 kB.
    package var lastWords: String {
        let size = lseek(errors, 0, SEEK_END)
        guard size > 0 else { return "" }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = pread(errors, &buffer, buffer.count, max(0, size - off_t(buffer.count)))
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Number of lines of its standard error that hold one of these words.
    package func count(of words: [String]) -> Int {
        var number = 0
        var place: off_t = 0
        var rest = ""
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = pread(errors, &buffer, buffer.count, place)
            guard count > 0 else { break }
            place += off_t(count)
            let lines = (rest + String(decoding: buffer[..<count], as: UTF8.self)).split(
                separator: "\n", omittingEmptySubsequences: false)
            number += lines.dropLast().count { line in words.contains { line.contains($0) } }
            rest = lines.last.map { String($0.prefix(4096)) } ?? ""
        }
        return number
    }

    // MARK: Descriptors

    private static func pipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard Foundation.pipe(&ends) == 0 else { throw failure("a pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        #if os(Linux)
            // Frames are large: fewer turns for each. F_SETPIPE_SZ is a macro that Swift does not see.
            _ = fcntl(ends[1], 1031, 1 << 20)
        #endif
        return (ends[0], ends[1])
    }

    private static func unnamedFile() throws -> Int32 {
        let folder = ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var path = Array((folder + "/animo-XXXXXX").utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw failure(folder) }
        unlink(path)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return descriptor
    }

    private static func failure(_ what: String) -> JobError {
        JobError(.failed, "\(what): \(String(cString: strerror(errno)))")
    }
}
