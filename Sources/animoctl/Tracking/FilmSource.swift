import AnimoCLI
import AnimoFiles
import Foundation

/// The bytes of a file, of standard input, or of a film that ffmpeg decodes, in order.
final class FilmSource {
    private let descriptor: Int32
    private let name: String
    private let decoder: Process?
    /// Bytes that were looked at and not yet read.
    private var ahead: [UInt8] = []

    /// - Parameter file: `-` is standard input.
    /// - Throws: `Failure` 66 where there is no such file.
    init(_ file: String) throws {
        name = file
        decoder = nil
        guard file != "-" else {
            descriptor = dup(STDIN_FILENO)
            return
        }
        descriptor = file.withPathBytes { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            throw Failure(.notFound, "cannot read '\(file)': \(String(cString: strerror(errno)))")
        }
    }

    /// A film of any kind, as Y4M by ffmpeg.
    ///
    /// - Throws: `Failure` 65 where ffmpeg is not at hand.
    init(decoding file: String) throws {
        name = file
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "ffmpeg", "-nostdin", "-v", "error", "-i", "/dev/stdin", "-f", "yuv4mpegpipe", "-pix_fmt", "yuv444p", "-",
        ]
        process.standardInput = try Self.opened(file)
        let pipe = Pipe()
        process.standardOutput = pipe
        guard Self.hasDecoder else {
            throw Failure(
                .badData, "'\(file)': expected PNG, JPEG, Y4M or MJPEG; other films need ffmpeg, which is not installed"
            )
        }
        try process.run()
        decoder = process
        descriptor = dup(pipe.fileHandleForReading.fileDescriptor)
    }

    deinit {
        close(descriptor)
        if let decoder, decoder.isRunning { decoder.terminate() }
    }

    /// A film as a decoder's standard input, which it opens anew and can seek in: no argument has a name's bytes, and
    /// no name is taken for an option or a protocol.
    static func opened(_ file: String) throws -> FileHandle {
        let descriptor = file.withPathBytes { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            throw Failure(.notFound, "cannot read '\(file)': \(String(cString: strerror(errno)))")
        }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    private static var hasDecoder: Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            access("\($0)/ffmpeg", X_OK) == 0
        }
    }

    /// The first bytes without taking them; fewer where there are no more.
    func peek(_ count: Int) throws -> [UInt8] {
        while ahead.count < count {
            let more = try receive()
            if more.isEmpty { break }
            ahead += more
        }
        return Array(ahead.prefix(count))
    }

    /// The next bytes; none at the end.
    func read() throws -> [UInt8] {
        guard ahead.isEmpty else {
            defer { ahead = [] }
            return ahead
        }
        return try receive()
    }

    /// All that is left.
    ///
    /// - Throws: `Failure` 65 where it is more than a picture may have.
    func rest() throws -> [UInt8] {
        var all = try read()
        while case let more = try receive(), !more.isEmpty {
            all += more
            guard all.count <= InputFile.largest else { throw Failure(.badData, "'\(name)' is larger than 1 GiB") }
        }
        return all
    }

    /// To be called at the end: whether a decoder did its work.
    func finish() throws {
        guard let decoder else { return }
        decoder.waitUntilExit()
        guard decoder.terminationStatus == 0 else { throw Failure(.badData, "'\(name)': ffmpeg could not decode it") }
    }

    private func receive() throws -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Foundation.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                let reason = errno == EISDIR ? "it is a folder" : String(cString: strerror(errno))
                throw Failure(.badData, "'\(name)' cannot be read: \(reason)")
            }
            return Array(chunk.prefix(count))
        }
    }
}
