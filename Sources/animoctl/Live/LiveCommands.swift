import AnimoCLI
import AnimoClient
import AnimoJSON
import AnimoMotion
import AnimoWire
import Foundation
import Synchronization

/// Changes of a running session, a JSON object a line of standard input, while a tracker drives.
///
/// `{"calibrate": {"over_ms": 500}}`, `{"mirror": true}`, `{"fixed": {"mouth_a": 1}, "blend_ms": 400}`
final class LiveCommands: Sendable {
    private let session: ReconnectingSession
    private let groups: [ControlGroup]
    private let smoothing: Double
    private let state: Mutex<ControlSettings>

    /// - Parameters:
    ///   - settings: those that the session was opened with.
    ///   - smoothing: default strength, for settings without one.
    init(_ session: ReconnectingSession, settings: ControlSettings, groups: [ControlGroup], smoothing: Double) {
        self.session = session
        self.groups = groups
        self.smoothing = smoothing
        state = Mutex(settings)
    }

    /// Settings in force, with the neutral that was measured last.
    var settings: ControlSettings {
        var settings = state.withLock { $0 }
        settings.neutral = session.neutral ?? settings.neutral
        return settings
    }

    /// Reads lines on a thread of its own, until standard input ends.
    func start() {
        Thread.detachNewThread { [self] in
            while let line = readLine() {
                guard !line.allSatisfy(\.isWhitespace) else { continue }
                do {
                    let change = try change(line)
                    Task { [session] in
                        do {
                            try await session.change(change)
                        } catch {
                            Terminal.note("animoctl: \(Failure(any: error)?.message ?? "\(error)")")
                        }
                    }
                } catch {
                    Terminal.note("animoctl: \(Failure(any: error)?.message ?? "\(error)")")
                }
            }
        }
    }

    /// The change that a line asks for.
    func change(_ line: String) throws -> Wire.AnimateChange {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: line.utf8)
        } catch {
            throw Failure(.badData, "standard input: expected a JSON object; \(error.message)")
        }
        guard var object = value.objectValue else {
            throw Failure(.badData, "standard input: expected a JSON object, got \(value.kind)")
        }
        var change = Wire.AnimateChange()
        if let calibrate = object["calibrate"] {
            object["calibrate"] = nil
            change.calibration = try Self.calibration(calibrate)
        }
        guard !object.names.isEmpty else { return change }
        let asked = try ControlSettings(object, at: "standard input")
        change.control = state.withLock { settings in
            settings.merge(asked)
            defer { settings.blend = nil }
            return settings.control(groups: groups, smoothing: smoothing)
        }
        return change
    }

    private static func calibration(_ value: JSONValue) throws -> Wire.Calibration {
        var calibration = Wire.Calibration()
        for (name, value) in value.objectValue?.members ?? [] {
            switch name {
            case "over_ms":
                guard let milliseconds = value.integerValue.flatMap({ UInt32(exactly: $0) }) else {
                    throw Failure(.badData, "calibrate.over_ms: expected milliseconds, got \(value.text)")
                }
                calibration.overMs = milliseconds
            case "eyes": calibration.eyes = value == .bool(true)
            default: throw Failure(.badData, "calibrate.\(name): unknown; known are over_ms, eyes")
            }
        }
        return calibration
    }
}
