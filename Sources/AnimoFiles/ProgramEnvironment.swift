import CArguments

/// The program's environment as it was at its start.
package enum ProgramEnvironment {
    /// Values by name; bytes that are no UTF-8 are kept as ``Swift/String/init(pathBytes:)`` does, since values name
    /// files. The first of several of one name counts, as for `getenv`.
    package static let all: [String: String] = {
        var all: [String: String] = [:]
        var index: Int32 = 0
        while let text = carguments_environment_at(index) {
            index += 1
            let bytes = UnsafeRawBufferPointer(start: text, count: ProgramArguments.length(of: text))
            guard let sign = bytes.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(pathBytes: bytes[..<sign])
            if all[name] == nil { all[name] = String(pathBytes: bytes[(sign + 1)...]) }
        }
        return all
    }()
}
