import AnimoCLI
import AnimoJSON
import AnimoMotion

/// Mapping of a tracker's numbers to poses, by the name of a built-in one, or as a file.
enum MappingFile {
    /// - Throws: `Failure` 66 where there is no such file, 65 where it is no table.
    static func rules(_ name: String) throws -> MappingRules {
        if let builtIn = try MappingRules(named: name) { return builtIn }
        let bytes: [UInt8]
        do {
            bytes = try InputFile.read(name, as: "--mapping")
        } catch let failure as Failure where failure.status == .notFound {
            let names = MappingRules.builtInNames.joined(separator: ", ")
            throw Failure(.notFound, failure.message, hint: "built in are \(names)")
        }
        do {
            return .table(try MappingTable(parsing: bytes))
        } catch {
            throw Failure(.badData, "--mapping: \(name.quotedForMessage): \(error.message)")
        }
    }
}
