extension String {
    /// Text from outside, fit for a terminal, a log or a message: one line, in which nothing but letters reaches
    /// whoever shows it. Control characters, line ends and what turns the writing direction are escaped.
    ///
    /// The one way for every string that a file, a client or a daemon wrote.
    package var printable: String { printable(atMost: .max) }

    /// The same, cut behind so many characters of the original.
    package func printable(atMost limit: Int) -> String {
        var text = ""
        var count = 0
        for scalar in unicodeScalars {
            guard count < limit else { return text + "…" }
            count += 1
            if scalar.isUnprintable {
                text += scalar == "\n" ? "\\n" : scalar == "\r" ? "\\r" : "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// A name out of a file, fit for a message: ``printable(atMost:)``, quoted.
    package var quotedForMessage: String { "\"\(printable(atMost: 96))\"" }
}

extension Unicode.Scalar {
    /// Indicates whether it does something to whoever shows it instead of being seen: moves a cursor, ends a line,
    /// turns the writing direction. What joins letters and emoji is harmless.
    var isUnprintable: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: true
        case .format: !properties.isJoinControl
        default: false
        }
    }
}
