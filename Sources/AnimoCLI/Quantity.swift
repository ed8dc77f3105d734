import Foundation

/// Numbers as people read them.
package enum Quantity {
    /// `850 µs`, `41 ms`, `1.3 s`, `2 min 5 s`.
    package static func seconds(_ value: Double) -> String {
        switch value {
        case ..<0.001: return "\(Int((value * 1e6).rounded())) µs"
        case ..<0.01: return fixed(value * 1000, 1) + " ms"
        case ..<1: return "\(Int((value * 1000).rounded())) ms"
        case ..<10: return fixed(value, 1) + " s"
        case ..<60: return "\(Int(value.rounded())) s"
        default:
            let whole = Int(value.rounded())
            if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
            if whole < 86_400 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
            return "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
        }
    }

    /// Microseconds, as ``seconds(_:)`` prints seconds.
    package static func microseconds(_ value: UInt64) -> String { seconds(Double(value) / 1e6) }

    /// `512 B`, `4.0 MiB`.
    package static func bytes(_ value: UInt64) -> String {
        var scaled = Double(value)
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if scaled < 1024 { return unit == "B" ? "\(value) B" : fixed(scaled, scaled < 100 ? 1 : 0) + " " + unit }
            scaled /= 1024
        }
        return fixed(scaled, 1) + " TiB"
    }

    /// With so many digits behind the point.
    package static func fixed(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }

    /// `1.2e-05`; zero is `0`.
    package static func scientific(_ value: Double) -> String { value == 0 ? "0" : String(format: "%.1e", value) }

    /// As short as it can be without losing what a person gave: `20`, `0.35`, `-12.5`.
    package static func plain(_ value: Double) -> String {
        guard abs(value) < 1e15 else { return "\(value)" }
        if value == value.rounded() { return String(Int(value)) }
        var text = fixed(value, 4)
        while text.hasSuffix("0") { text.removeLast() }
        return text
    }

    /// `1 picture`, `3 pictures`.
    package static func count(_ number: Int, _ noun: String) -> String {
        number == 1 ? "1 \(noun)" : "\(number) \(noun)s"
    }

    /// Two lower-case hexadecimal digits for each byte.
    package static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
