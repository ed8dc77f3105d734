import Foundation

/// Ends a process and removes its folder when ours is gone, however it went: a shell that waits at a pipe whose other
/// end only we hold, and the system closes with us.
final class Lifeline: @unchecked Sendable {
    private let shell = Process()
    private let pipe = Pipe()

    /// nil where there is no shell.
    init?(ending identifier: Int32, removing folder: String) {
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", "read -r _; kill \"$0\"; rm -rf -- \"$1\"", "\(identifier)", folder]
        shell.standardInput = pipe
        shell.standardOutput = FileHandle.nullDevice
        shell.standardError = FileHandle.nullDevice
        do { try shell.run() } catch { return nil }
    }

    /// The process has ended in order: the shell goes without a word, before it sees the pipe's end.
    func cut() { if shell.isRunning { kill(shell.processIdentifier, SIGKILL) } }
}
