import CArguments

/// Arguments of the program.
package enum ProgramArguments {
    /// Without the program's own name; bytes that are no UTF-8 are kept as ``Swift/String/init(pathBytes:)`` does.
    package static let all: [String] = (1..<max(Int(carguments_count()), 1)).map { index in
        guard let text = carguments_at(Int32(index)) else { return "" }
        return String(pathBytes: UnsafeRawBufferPointer(start: text, count: length(of: text)))
    }

    /// Bytes up to the zero that ends a text of C.
    static func length(of text: UnsafePointer<CChar>) -> Int {
        var end = 0
        while text[end] != 0 { end += 1 }
        return end
    }
}
