import AnimoMotion
import AnimoTestSupport
import Foundation
import Logging
import Testing

@testable import animod

/// Row 20: what finds its way into a log cannot pass for a line of its own.
@Suite struct LogTests {
    /// Bytes that people who forge logs have used, and anything else.
    private static func hostile(_ random: inout SplitMix64) -> String {
        let pieces = [
            "\n", "\r\n", "\r", "\u{0}", "\u{1B}[2K", "\u{85}", "\u{2028}", "\u{2029}", "\u{202E}", "\u{2066}", "\u{B}",
            "\u{C}", "2026-01-01T00:00:00Z info stopped", " level=error", "\"", "\\", "=", "é", "\u{FEFF}", "\u{7F}",
        ]
        return (0..<Int.random(in: 1...40, using: &random))
            .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
    }

    private static func isQuiet(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
    }

    @Test(arguments: 0..<20)
    func noInputWritesALineOfItsOwn(seed: UInt64) {
        var random = SplitMix64(state: seed)
        for _ in 0..<100 {
            let (message, value) = (Self.hostile(&random), Self.hostile(&random))
            let line = LineLog.line(at: .now, .info, message, ["key": "\(value)"])
            #expect(Self.isQuiet(line), "seed \(seed)")
            for (_, text) in JournalLog.fields(.info, message, ["key": "\(value)"]) {
                #expect(Self.isQuiet(text), "seed \(seed)")
            }
        }
    }

    /// A line split at unquoted blanks gives the fields that were logged, and no others.
    @Test func aValueDoesNotBecomeAnotherField() {
        let line = LineLog.line(at: .now, .info, "failed", ["error": "a\" level=error b=\"c", "name": "x=1\ny=2"])
        #expect(line.hasSuffix(#" info failed error="a\" level=error b=\"c" name="x=1\ny=2""#))
    }

    @Test func longInputIsCut() {
        let long = String(repeating: "x", count: 1_000_000)
        let line = LineLog.line(at: .now, .error, long, ["key": "\(long)"])
        #expect(line.count < 1000)
        #expect(JournalLog.fields(.error, long, ["key": "\(long)"]).allSatisfy { $0.1.count < 1000 })
    }

    @Test func whatIsHarmlessStaysReadable() {
        #expect(
            LineLog.line(at: Date(timeIntervalSince1970: 0), .info, "listening", ["address": "unix:/tmp/é"])
                == "1970-01-01T00:00:00Z info listening address=unix:/tmp/é")
    }
}
