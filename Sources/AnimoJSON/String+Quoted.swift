extension String {
    /// A name out of a file, fit for a message: control characters escaped, long ones cut, quoted.
    package var quotedForMessage: String {
        var text = ""
        for scalar in unicodeScalars.prefix(96) {
            text += scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return "\"\(text)\(unicodeScalars.count > 96 ? "…" : "")\""
    }
}
