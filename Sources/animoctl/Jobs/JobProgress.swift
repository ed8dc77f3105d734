import AnimoCLI
import AnimoJSON
import Foundation
import Synchronization

/// Progress of a job, shown on a terminal in place, on a pipe each ten seconds, or as JSON lines.
final class JobProgress: Sendable {
    enum Stage: String, Sendable {
        case reading
        case rendering = "drawing"
    }

    private struct State {
        var item = 0
        var label = ""
        var stage = Stage.reading
        var done = 0
        var total: Int?
        var missing = 0
        /// Frames still to do in the items and readings to come.
        var waiting: [Stage: Int] = [:]
        var samples: [(time: ContinuousClock.Instant, frames: Int)] = []
        var speeds: [Stage: Double] = [:]
        var told: ContinuousClock.Instant?
    }

    private let items: Int
    private let json: Bool
    private let state = Mutex(State())

    /// Seconds that a speed is the average over.
    private static let span = 30.0

    init(items: Int, json: Bool) {
        self.items = items
        self.json = json
    }

    /// Begins a stage; `waiting` counts the frames of each stage that are left, without those of this one.
    func begin(_ stage: Stage, item: Int, label: String, done: Int, total: Int?, waiting: [Stage: Int]) {
        state.withLock { state in
            (state.stage, state.item, state.label) = (stage, item, label)
            (state.done, state.total, state.waiting) = (done, total, waiting)
            state.missing = 0
            state.samples = [(.now, done)]
        }
    }

    /// Takes note of frames of the stage that are done.
    func advance(_ frames: Int = 1, missing: Bool = false) {
        let now = ContinuousClock.now
        let (line, event): (String?, JSONValue?) = state.withLock { state in
            state.done += frames
            if missing { state.missing += 1 }
            if let last = state.samples.last, now - last.time >= .milliseconds(250) {
                state.samples.append((now, state.done))
                while state.samples.count > 2, (now - state.samples[0].time).seconds > Self.span {
                    state.samples.removeFirst()
                }
            }
            let interval: Double = json ? 1 : Terminal.standardErrorIsTerminal ? 0 : 10
            let begun = state.told ?? state.samples.first?.time ?? now
            guard interval == 0 || (now - begun).seconds >= interval else { return (nil, nil) }
            state.told = now
            return json ? (nil, progressEvent(&state)) : (words(&state), nil)
        }
        if let event { Self.print(event) }
        guard let line else { return }
        if Terminal.standardErrorIsTerminal { ProgressLine.shared.show(line) } else { Terminal.note(line) }
    }

    /// Estimated seconds for a number of frames of the stage; nil where unknown yet.
    func seconds(for frames: Int) -> Double? {
        let speed: Double? = state.withLock { state in self.speed(&state) }
        return speed.flatMap { $0 > 0 ? Double(frames) / $0 : nil }
    }

    /// Prints one JSON line; nothing where JSON is not asked for.
    func tell(_ event: String, _ members: KeyValuePairs<String, JSONValue>) {
        guard json else { return }
        var object = JSONObject()
        object["event"] = .string(event)
        for (name, value) in members { object[name] = value }
        Self.print(.object(object))
    }

    /// Reports a warning.
    func warn(_ message: String) {
        if json { tell("warning", ["message": .string(message)]) }
        Terminal.note("animoctl: " + message)
    }

    private static func print(_ event: JSONValue) { try? Terminal.print(event.text + "\n") }

    private func speed(_ state: inout State) -> Double? {
        guard let first = state.samples.first, let last = state.samples.last, last.frames > first.frames else {
            return state.speeds[state.stage]
        }
        let seconds = (last.time - first.time).seconds
        guard seconds > 0 else { return state.speeds[state.stage] }
        let speed = Double(last.frames - first.frames) / seconds
        state.speeds[state.stage] = speed
        return speed
    }

    /// Estimated seconds for all items; a stage of unknown speed is taken to be as fast as the other.
    private func remaining(_ state: inout State) -> Double? {
        guard let speed = speed(&state), speed > 0, let total = state.total else { return nil }
        var seconds = Double(max(0, total - state.done)) / speed
        for (stage, frames) in state.waiting { seconds += Double(frames) / (state.speeds[stage] ?? speed) }
        return seconds
    }

    private func words(_ state: inout State) -> String {
        let total = state.total.map { "/" + Self.grouped($0) } ?? ""
        var text =
            "item \(state.item)/\(items) \(state.label)  \(state.stage.rawValue) \(Self.grouped(state.done))\(total)"
        if let speed = speed(&state) { text += "  \(Quantity.fixed(speed, 1)) fps" }
        if let seconds = remaining(&state) { text += "  ETA \(Self.clock(seconds))" }
        if state.missing > 0 { text += "  \(state.missing) no head" }
        return text
    }

    private func progressEvent(_ state: inout State) -> JSONValue {
        var object = JSONObject()
        object["event"] = .string("progress")
        object["item"] = .integer(state.item)
        object["items"] = .integer(items)
        object["name"] = .string(state.label)
        object["stage"] = .string(state.stage.rawValue)
        object["frames"] = .integer(state.done)
        object["total"] = state.total.map { .integer($0) } ?? .null
        object["fps"] = speed(&state).map { .measured($0) } ?? .null
        object["eta_seconds"] = remaining(&state).map { .measured($0, digits: 0) } ?? .null
        object["no_head"] = .integer(state.missing)
        return .object(object)
    }

    /// `1,204`
    static func grouped(_ number: Int) -> String {
        let digits = String(abs(number))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return (number < 0 ? "-" : "") + text
    }

    /// `5:57`, `1:02:03`
    static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e7 else { return "?" }
        let whole = Int(seconds.rounded(.up))
        let two = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        return whole < 3600
            ? "\(whole / 60):\(two(whole % 60))" : "\(whole / 3600):\(two(whole % 3600 / 60)):\(two(whole % 60))"
    }
}
