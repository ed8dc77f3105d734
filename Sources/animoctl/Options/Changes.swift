import AnimoWire
import ArgumentParser

/// `NAME=VALUE`, as `--set` and `--add` take it.
struct Change: Equatable, Sendable {
    let name: String
    let value: Double

    init(parsing text: String) throws {
        guard let equals = text.firstIndex(of: "=") else {
            throw ValidationError("expected NAME=VALUE, for instance yaw=15")
        }
        name = String(text[..<equals])
        guard !name.isEmpty, let value = Double(text[text.index(after: equals)...]), value.isFinite else {
            throw ValidationError("expected NAME=VALUE with a number, for instance mouth_a=0.8")
        }
        self.value = value
    }

    var wire: Wire.NamedValue { Wire.NamedValue(name: name, value: value) }
}

/// `NAME=FROM:TO:STEPS`, as `--vary` takes it.
struct Variation: Equatable, Sendable {
    let name: String
    let from: Double
    let to: Double
    let steps: Int

    static let maximumSteps = 24

    init(parsing text: String) throws {
        let expected = "expected NAME=FROM:TO:STEPS, for instance yaw=-20:20:5"
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else { throw ValidationError(expected) }
        let parts = text[text.index(after: equals)...].split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let from = Double(parts[0]), let to = Double(parts[1]), let steps = Int(parts[2]),
            from.isFinite, to.isFinite
        else { throw ValidationError(expected) }
        guard (1...Self.maximumSteps).contains(steps) else {
            throw ValidationError("expected 1 to \(Self.maximumSteps) steps, got \(steps)")
        }
        name = String(text[..<equals])
        self.from = from
        self.to = to
        self.steps = steps
    }

    /// From the first to the last value in even steps; one step is the first value alone.
    var values: [Double] {
        guard steps > 1 else { return [from] }
        return (0..<steps).map { step in
            let share = Double(step) / Double(steps - 1)
            return step == steps - 1 ? to : from + (to - from) * share
        }
    }
}
