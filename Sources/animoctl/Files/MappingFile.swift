import AnimoCLI
import AnimoJSON
import AnimoMotion

/// Mapping tables by the name of a built-in one, or as a file.
enum MappingFile {
    /// - Throws: `Failure` 66 where there is no such file, 65 where it is no table.
    static func table(_ name: String) throws -> MappingTable {
        if let builtIn = MappingTable.BuiltIn(rawValue: name) { return try builtIn.table }
        let bytes: [UInt8]
        do {
            bytes = try InputFile.read(name, as: "--mapping")
        } catch let failure as Failure where failure.status == .notFound {
            let names = MappingTable.BuiltIn.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure(.notFound, failure.message, hint: "built in are \(names)")
        }
        do {
            return try MappingTable(parsing: bytes)
        } catch {
            throw Failure(.badData, "--mapping: \(name.quotedForMessage): \(error.message)")
        }
    }
}
