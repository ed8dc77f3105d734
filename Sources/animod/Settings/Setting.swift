import AnimoCLI
import AnimoJSON

/// One key of the configuration: what it means, what it may hold, and how it is applied. The table of them is the
/// parser, the hint for an unknown key, the list in `--help` and the table of `systemd/README.md`.
struct Setting: Sendable {
    let key: String
    /// A noun phrase, as documentation and `--help` print it.
    let summary: String
    /// The default in words; nil where there is none.
    let standard: String?
    let kind: Kind

    /// Kind of a value. A value of another kind is rejected, never converted.
    enum Kind: Sendable {
        case text(@Sendable (inout SettingsDraft, String) throws -> Void)
        case texts(@Sendable (inout SettingsDraft, [String]) throws -> Void)
        case flag(@Sendable (inout SettingsDraft, Bool) -> Void)
        case integer(ClosedRange<Int>, @Sendable (inout SettingsDraft, Int) -> Void)
        case number(ClosedRange<Double>, @Sendable (inout SettingsDraft, Double) -> Void)
    }

    init(_ key: String, _ summary: String, default standard: String? = nil, _ kind: Kind) {
        self.key = key
        self.summary = summary
        self.standard = standard
        self.kind = kind
    }

    /// Takes the value of this key.
    ///
    /// - Throws: `StartFailure` that names the key, what was expected and what came.
    func apply(_ value: JSONValue, to draft: inout SettingsDraft) throws {
        switch (kind, value) {
        case (.text(let take), .string(let text)): try take(&draft, text)
        case (.flag(let take), .bool(let flag)): take(&draft, flag)
        case (.integer(let range, let take), .integer(let number)) where range.contains(number): take(&draft, number)
        case (.number(let range, let take), .integer), (.number(let range, let take), .number):
            guard let number = value.doubleValue, range.contains(number) else { throw refusal(of: value) }
            take(&draft, number)
        case (.texts(let take), .array(let items)):
            let texts = items.compactMap(\.stringValue)
            guard texts.count == items.count else { throw refusal(of: value) }
            try take(&draft, texts)
        case (.text, _), (.texts, _), (.flag, _), (.integer, _), (.number, _): throw refusal(of: value)
        }
    }

    /// The kind of value expected, in words.
    var expected: String {
        switch kind {
        case .text: "a string"
        case .texts: "a list of strings"
        case .flag: "true or false"
        case .integer(let range, _): "an integer from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range, _):
            "a number from \(Self.words(range.lowerBound)) to \(Self.words(range.upperBound))"
        }
    }

    /// Default and range, as the documentation's table has them.
    var defaultAndRange: String {
        let range: String? =
            switch kind {
            case .text, .texts, .flag: nil
            case .integer(let range, _): "\(range.lowerBound) to \(range.upperBound)"
            case .number(let range, _): "\(Self.words(range.lowerBound)) to \(Self.words(range.upperBound))"
            }
        return [standard ?? "none", range].compactMap { $0 }.joined(separator: "; ")
    }

    private func refusal(of value: JSONValue) -> StartFailure {
        .setting(key, "expected \(expected), got \(Self.words(value))")
    }

    /// A value as the file has it, shortened.
    static func words(_ value: JSONValue) -> String {
        let text = value.text
        return text.count > 60 ? "\(text.prefix(60))…" : text
    }

    private static func words(_ number: Double) -> String { Int(exactly: number).map { "\($0)" } ?? "\(number)" }
}
