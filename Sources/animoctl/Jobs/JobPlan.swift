import AnimoCLI
import AnimoFiles
import AnimoJobs
import Foundation

/// The items of a job, before anything is made.
struct JobPlan: Sendable {
    struct Item: Sendable {
        var source: String
        var driver: DriverInput
        var output: String
        var kind: OutputKind
        /// For people: the output's stem.
        var label: String

        /// Whether the output is a folder of pictures.
        var isSequence: Bool { kind.isPictures && !isPicture }
        /// Whether one picture drives, so that the output is one picture.
        var isPicture: Bool { if case .picture = driver { true } else { false } }

        /// The file of a frame, from 0, of a sequence of pictures.
        func picture(_ frame: Int) -> String {
            let digits = String(frame + 1)
            return output + "/" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits + "."
                + kind.rawValue
        }

        /// Removes the pictures of a sequence that another job left, up to the first that is missing.
        func removePictures() {
            guard isSequence else { return }
            var frame = 0
            while picture(frame).withPathBytes({ unlink($0) }) == 0 { frame += 1 }
        }
    }

    var items: [Item]
    /// Whether `--output` is a folder.
    var isFolder: Bool
    /// Files of the folders that the job ignores.
    var skipped: [String]

    /// - Throws: `Failure` 64, 65 or 66.
    init(_ run: Run) throws {
        guard let output = run.output else {
            throw Failure(.usage, "--output: expected a file or a folder, got nothing")
        }
        skipped = []
        var pairs: [ItemNames.Pair] = []
        var drivers: [String: DriverInput] = [:]
        if let list = run.pairs {
            let folder = list.lastIndex(of: "/").map { String(list[...$0]) } ?? ""
            let near = { (path: String) in path.hasPrefix("/") ? path : folder + path }
            do {
                pairs = try PairList.read(InputFile.read(list, as: "--pairs"))
            } catch let error as JobError {
                throw Failure(.badData, "--pairs: \(error.message)")
            }
            for index in pairs.indices {
                pairs[index].source = near(pairs[index].source)
                pairs[index].driving = near(pairs[index].driving)
                let driving = pairs[index].driving
                if drivers[driving] == nil { drivers[driving] = try DriverInput.all(at: driving).drivers.first }
            }
        } else {
            guard let source = run.source.source else {
                throw Failure(.usage, "--source: expected a picture or a folder")
            }
            guard let driving = run.driving else {
                throw Failure(.usage, "--driving: expected a video, a folder, recorded motion or a picture")
            }
            let (sources, others) = try Self.sources(at: source)
            let (found, skipped) = try DriverInput.all(at: driving)
            self.skipped = others + skipped
            for driver in found { drivers[driver.path] = driver }
            pairs = sources.flatMap { source in
                found.map { ItemNames.Pair(source: source, driving: $0.path) }
            }
        }
        let asked = run.format
        let named = OutputKind(name: output.split(separator: "/").last.map(String.init) ?? output)
        let isSingle = pairs.count == 1 && run.pairs == nil
        let isFile = isSingle && named != nil && !DurableFile.isFolder(output) && !output.hasSuffix("/")
        if isFile, let asked, asked != named {
            throw Failure(.usage, "--format \(asked.rawValue): expected that of --output, got '\(output)'")
        }
        func kind(_ pair: ItemNames.Pair) throws -> OutputKind {
            let isPicture = if case .picture? = drivers[pair.driving] { true } else { false }
            let kind =
                pair.given.flatMap { OutputKind(name: $0) } ?? (isFile ? named : nil) ?? asked
                ?? (isPicture ? .png : .mp4)
            guard kind.isPictures || !isPicture else {
                throw Failure(.usage, "a driving picture makes a picture: expected png or jpg, got \(kind.rawValue)")
            }
            return kind
        }
        let kinds = try pairs.map(kind)
        let isPictureOf = { (pair: ItemNames.Pair) in
            if case .picture? = drivers[pair.driving] { true } else { false }
        }
        // Endings may differ from item to item only where given names say so.
        let usual = zip(pairs, kinds).first { $0.0.given == nil }
        let ending = usual.map { pair, kind in kind.isPictures && !isPictureOf(pair) ? "" : "." + kind.rawValue } ?? ""
        let names = ItemNames.names(of: pairs, ending: ending)
        let isWhole = isSingle && !isFile && ending.isEmpty
        isFolder = !isFile
        let base = output.count > 1 && output.hasSuffix("/") ? String(output.dropLast()) : output
        items = zip(zip(pairs, kinds), names).map { pair, name in
            let (pair, kind) = pair
            let label = name.lastIndex(of: ".").map { $0 == name.startIndex ? name : String(name[..<$0]) } ?? name
            return Item(
                source: pair.source, driver: drivers[pair.driving] ?? DriverInput(file: pair.driving),
                output: isFile || isWhole ? base : base + "/" + name, kind: kind, label: label)
        }
        try check(alpha: run.alpha)
    }

    private func check(alpha: Bool) throws {
        if alpha, let item = items.first(where: { !$0.kind.keepsAlpha }) {
            throw Failure(
                .usage, "--alpha: \(item.kind.rawValue) keeps no alpha, expected one of \(OutputKind.withAlpha)")
        }
    }

    private static func sources(at path: String) throws -> (files: [String], skipped: [String]) {
        guard DurableFile.isFolder(path) else {
            guard path.withPathBytes({ access($0, R_OK) }) == 0 else {
                throw Failure(.notFound, "--source: cannot read '\(path)': \(String(cString: strerror(errno)))")
            }
            return ([path], [])
        }
        let listing = try FolderListing(path)
        let pictures = listing.names(.picture)
        guard !pictures.isEmpty else {
            throw Failure(.notFound, "--source: '\(path)': no PNG or JPEG pictures in this folder")
        }
        let others = listing.files.filter { $0.role != .picture }.map(\.name)
        return (pictures.map { path + "/" + $0 }, listing.skipped + others)
    }
}
