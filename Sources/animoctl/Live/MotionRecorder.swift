import AnimoCLI
import AnimoConcurrency
import AnimoFiles
import AnimoMotion
import AnimoWire
import Foundation
import Synchronization

/// Records what a session rendered, as motion: poses where results tell them, else motions. On a thread of its
/// own, so that a slow disk holds nothing up.
final class MotionRecorder: Sendable {
    private let channels: [String]
    private let origin: [(name: String, value: String)]
    private let lines = BlockingQueue<String>()
    private let writer = Mutex<RecordingWriter?>(nil)
    private let failure = Mutex<(any Error)?>(nil)
    private let written = AsyncSemaphore(0)

    /// - Parameters:
    ///   - channels: names of a pose's numbers.
    ///   - origin: what is said in the header about where the motion is from.
    /// - Throws: `Failure` 73 where the file cannot be made.
    init(path: String, channels: [String], origin: [(name: String, value: String)]) throws {
        self.channels = channels
        self.origin = origin
        let descriptor = path.withPathBytes { open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else {
            throw Failure(.cannotWrite, "--record: cannot write '\(path)': \(String(cString: strerror(errno)))")
        }
        Thread.detachNewThread { [self] in
            defer {
                close(descriptor)
                written.signal()
            }
            do {
                while true {
                    switch lines.take() {
                    case .value(let line): try Terminal.write(Array((line + "\n").utf8), to: descriptor)
                    case .nothing: continue
                    case .end: return
                    }
                }
            } catch {
                failure.withLock { $0 = error }
            }
        }
    }

    /// Records a rendered result.
    ///
    /// - Parameter time: seconds of capture.
    func record(_ result: Wire.AnimateResult, at time: Double) {
        let tracking: ControlTracking? =
            switch result.tracking {
            case .unspecified: nil
            case .ok: .ok
            case .held: .held
            case .idle: .idle
            }
        let pose = result.pose?.values
        guard let numbers = pose ?? result.motion?.values else { return }
        let line = writer.withLock { writer in
            let used = writer ?? RecordingWriter(pose == nil ? .motion : .pose, channels: channels, origin: origin)
            if writer == nil { lines.put(used.header) }
            writer = used
            return used.line(time: time, numbers: numbers, tracking: tracking)
        }
        lines.put(line)
    }

    /// Waits until everything is written, also where the command was interrupted.
    ///
    /// - Throws: the error of the first write that failed.
    func finish() async throws {
        lines.finish()
        try await Task.detached { [written] in try await written.wait() }.value
        if let failure = failure.withLock({ $0 }) { throw failure }
    }
}
